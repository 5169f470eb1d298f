/* cache.h - the command `cache`. */
#ifndef CLINFER_CHECK_COMMANDS_CACHE_H
#define CLINFER_CHECK_COMMANDS_CACHE_H

#include "options.h"

/* On the folder that the library would use. Returns an exit code. */
int cache_run(const struct options *options);

#endif
