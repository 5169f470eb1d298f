/* program.h - kernels, compiled once: kept in memory and on disk. */
#ifndef CI_PROGRAM_H
#define CI_PROGRAM_H

#include <pthread.h>

#include "status.h"

/* One kernel of one program: the kernel has the name of its file. */
struct ci_kernel {
  struct ci_kernel *next;
  char *name, *options; /* what it was built from; identifies it */
  char *key;            /* what it is on disk; NULL once it is there */
  cl_program program;
  cl_kernel kernel;
  pthread_mutex_t lock; /* held from the first argument to the enqueue */
  cl_event first_run;   /* until the binary is saved */
};

enum { CI_KERNEL_BUCKETS = 64 };

struct ci_programs {
  pthread_mutex_t lock;
  struct ci_kernel *buckets[CI_KERNEL_BUCKETS];
};

/* The kernel of cl/<name>.cl with these options: from memory, else from the
 * cache folder, else compiled. It lives as long as the context. */
clinfer_status ci_kernel_get(clinfer_context *ctx, const char *name,
                             const char *options, struct ci_kernel **kernel);

/* To be called, with the kernel's lock held, for each enqueued run: saves the
 * binary once its first run is over. */
void ci_kernel_ran(clinfer_context *ctx, struct ci_kernel *kernel,
                   cl_event run);

/* Save what is unsaved and release everything. */
void ci_programs_destroy(clinfer_context *ctx);

#endif
