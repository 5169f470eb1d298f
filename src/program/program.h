/* program.h - kernels, compiled once: kept in memory and on disk. */
#ifndef CI_PROGRAM_H
#define CI_PROGRAM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/log.h"
#include "program/options.h"

struct ci_kernel_run {
  cl_command_queue in_order; /* NULL: the queue is out of order */
  cl_event event;
};

/* What a kernel argument was set to last. */
enum { CI_MOST_VALUES = 32 };
struct ci_value {
  bool known;
  unsigned char bytes[32];
};

/* One kernel of one program. */
struct ci_kernel {
  struct ci_kernel *next;
  struct ci_kernel_id id;
  char *options;  /* as the compiler takes them */
  char *key;      /* what it is on disk; NULL: no more to do there */
  bool is_loaded; /* from disk, and not launched yet; else with a key:
                     still to be saved */
  cl_program program;
  cl_kernel kernel;
  pthread_mutex_t lock; /* held from the first argument to the enqueue */
  struct ci_value values[CI_MOST_VALUES];
  struct ci_kernel_run *runs; /* those in flight, until the binary is saved */
  size_t run_count;
  bool has_run; /* to its end */
};

enum {
  CI_KERNEL_BUCKET_BITS = 6,
  CI_KERNEL_BUCKETS = 1 << CI_KERNEL_BUCKET_BITS
};
/* Of a kernel whose id has that hash. */
static inline size_t ci_kernel_bucket(uint64_t hash) {
  return hash >> (64 - CI_KERNEL_BUCKET_BITS);
}

/* The kernels of one device of one cl_context, and what it takes to build them.
 */
struct ci_programs {
  cl_context cl;
  const struct ci_device *device;
  struct ci_log log;
  char *cl_dir;    /* folder of the kernels' text; NULL: what is embedded */
  char *cache_dir; /* folder of compiled kernels; NULL: none are kept on disk */
  bool kept_by_platform; /* compiled kernels are: none go into cache_dir */
  pthread_mutex_t lock;  /* held while a kernel is built and added; to look one
                            up takes none */
  _Atomic(struct ci_kernel *) kernels[CI_KERNEL_BUCKETS];
};

/* "gemm/tiled" */
static inline const char *ci_kernel_name(const struct ci_kernel *kernel) {
  return ci_kernel_path((enum ci_kernel_name)kernel->id.kernel);
}

/* The kernel that `id` names: from memory, else from the cache folder, else
 * compiled. It lives as long as the context. */
clinfer_status ci_kernel_get(struct ci_programs *programs,
                             const struct ci_kernel_id *id,
                             struct ci_kernel **kernel);

/* NULL stands for a kernel of CLBlast's, which has a lock of its own. */
static inline void ci_kernel_lock(struct ci_kernel *kernel) {
  if (kernel) pthread_mutex_lock(&kernel->lock);
}
static inline void ci_kernel_unlock(struct ci_kernel *kernel) {
  if (kernel) pthread_mutex_unlock(&kernel->lock);
}

/* With the kernel's lock held: set an argument. A value that is set already is
 * not set again; a buffer is, since its handle may have been given to another
 * one after it was released. */
clinfer_status ci_kernel_set(struct ci_kernel *kernel, cl_uint index,
                             size_t size, const void *value);
clinfer_status ci_kernel_set_buffer(struct ci_kernel *kernel, cl_uint index,
                                    cl_mem mem);

/* With the kernel's lock held: before a run is enqueued, save the binary if
 * that is still to do and no earlier run is in flight; then tell of the run.
 * `event` is looked at only if the kernel is unsaved. */
static inline bool ci_kernel_is_unsaved(const struct ci_kernel *kernel) {
  return kernel->key != NULL && !kernel->is_loaded;
}
void ci_kernel_save_if_idle(struct ci_programs *programs,
                            struct ci_kernel *kernel);
void ci_kernel_runs(struct ci_kernel *kernel, cl_command_queue in_order,
                    cl_event event);

/* With the kernel's lock held, after the arguments or the launch of a kernel of
 * `failed` came to `status`: if the binary on disk may be at fault, since it
 * was never launched, compile the kernel; once only. True as well if that was
 * done already, since `failed` was made. False: nothing has changed, nor has
 * the last error. */
bool ci_kernel_replaced(struct ci_programs *programs, struct ci_kernel *kernel,
                        cl_program failed, clinfer_status status);

/* Save what is unsaved and release everything. */
void ci_programs_destroy(struct ci_programs *programs);

#endif
