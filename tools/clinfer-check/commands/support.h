/* support.h - the command `support`. */
#ifndef CLINFER_CHECK_COMMANDS_SUPPORT_H
#define CLINFER_CHECK_COMMANDS_SUPPORT_H

#include "formats/output.h"

/* On one device. Returns an exit code. */
int support_device(const struct options *options, const struct output *out,
                   const char *selector);

#endif
