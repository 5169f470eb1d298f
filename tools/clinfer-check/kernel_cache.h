/* kernel_cache.h - the command `cache`. */
#ifndef CLINFER_CHECK_KERNEL_CACHE_H
#define CLINFER_CHECK_KERNEL_CACHE_H

#include "tool.h"

/* On the folder that the library would use. Returns an exit code. */
int kernel_cache_run(const struct options *options);

#endif
