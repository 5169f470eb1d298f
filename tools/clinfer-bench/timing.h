/* timing.h - how long a call takes, in three ways. */
#ifndef CLINFER_BENCH_TIMING_H
#define CLINFER_BENCH_TIMING_H

#include "bench.h"

struct timed_call {
  clinfer_status (*call)(const void *user, const clinfer_exec *exec);
  const void *user;
};

/* Seconds a call; medians, but for `first`.
 *
 * cold: caches are flushed before every call by a kernel that writes a large
 *   buffer. By the device's clock, from that kernel's end to the end of the
 *   call's last kernel: the gaps between the kernels are in it, and the one
 *   before the first. While the flush runs, the host enqueues what follows.
 * warm: by the host's clock, of calls back to back with one wait at their end.
 * host: how long a call keeps the host, likewise, but without that wait. */
struct timing {
  double first, cold, warm, host;
};

clinfer_status timing_measure(const struct bench *b, struct timed_call call,
                              struct timing *out);

/* Only the warm time. */
clinfer_status timing_warm(const struct bench *b, struct timed_call call,
                           double *out);

#endif
