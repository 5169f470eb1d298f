/* bench.h - what every part of a run needs. */
#ifndef CLINFER_BENCH_BENCH_H
#define CLINFER_BENCH_BENCH_H

#include "arguments.h"
#include "lib/session.h"

struct bench {
  const struct arguments *arguments;
  struct session s;       /* its queue: for transfers, and for device time */
  cl_command_queue plain; /* in order, without profiling, which slows it down */
  struct {
    cl_mem buffer; /* larger than caches */
    size_t bytes;
    cl_kernel kernel; /* writes all of it */
  } flush;
  double copy_rate; /* bytes a second, read and written */
};

/* NULL, or why it failed; close it either way. */
const char *bench_open(struct bench *b, const struct arguments *arguments);
void bench_close(struct bench *b);

bool bench_is_cpu(const struct bench *b);

/* A kernel of this program's own; NULL if it cannot be built. */
cl_kernel bench_kernel(const struct bench *b, const char *name);

/* Enqueue it for so many items, a multiple of 64. */
clinfer_status bench_launch(cl_command_queue queue, cl_kernel kernel,
                            size_t items, cl_event *event);

#endif
