/* timing.h - how long a call takes, in three ways. */
#ifndef CLINFER_BENCH_TIMING_H
#define CLINFER_BENCH_TIMING_H

#include "bench.h"

struct timed_call {
  clinfer_status (*call)(const void *user, const clinfer_exec *exec);
  const void *user;
};

/* A run of it; it must live as long. */
struct timed_call timing_recording(clinfer_recording *recording);

/* Seconds a call; medians, but for `first`, which is the first call of all.
 *
 * cold: caches are flushed before every call by a kernel that writes a large
 *   buffer. By the device's clock, from the start of the call's first kernel to
 *   the end of its last: the gaps between them are in it. While the flush runs,
 *   the host enqueues what follows.
 * gap: likewise, from the flush's end to that start.
 * warm: by the host's clock, of calls back to back with one wait at their end.
 * host: how long a call keeps the host, likewise, but without that wait. */
struct timing {
  double first, cold, gap, warm, host;
};

clinfer_status timing_measure(const struct bench *b, struct timed_call call,
                              struct timing *out);

/* Only the warm time. */
clinfer_status timing_warm(const struct bench *b, struct timed_call call,
                           double *out);

#endif
