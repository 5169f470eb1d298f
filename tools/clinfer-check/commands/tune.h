/* tune.h - the command `tune`. */
#ifndef CLINFER_CHECK_COMMANDS_TUNE_H
#define CLINFER_CHECK_COMMANDS_TUNE_H

#include "formats/output.h"

/* Find the fastest GEMM for each shape that the options select, and write the
 * table. Returns an exit code. */
int tune_device(const struct options *options, const struct output *out,
                const char *selector);

#endif
