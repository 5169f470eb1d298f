/* bench.h - the command `bench`. */
#ifndef CLINFER_CHECK_BENCH_H
#define CLINFER_CHECK_BENCH_H

#include "output.h"

/* On one device, all of what the options select. Returns an exit code. */
int bench_device(const struct options *options, const struct output *out,
                 const char *selector);

#endif
