/* launch.h - what it costs to launch anything. */
#ifndef CLINFER_BENCH_LAUNCH_H
#define CLINFER_BENCH_LAUNCH_H

#include "bench.h"

/* Time an empty kernel, and the library's smallest operator, as all operators
 * are timed. False if that fails. */
bool launch_measure(const struct bench *b);

#endif
