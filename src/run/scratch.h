/* scratch.h - device memory that a context keeps for intermediate results. */
#ifndef CI_SCRATCH_H
#define CI_SCRATCH_H

#include <pthread.h>

#include "base/status.h"

/* A buffer, and the one queue that may use it. */
struct ci_block {
  struct ci_block *next;
  cl_mem mem;
  size_t size;
  cl_command_queue queue; /* compared, never dereferenced */
  cl_event last;          /* out of order: what the next user waits for */
};

enum { CI_MOST_BLOCKS = 16 };

struct ci_pool {
  pthread_mutex_t lock;
  struct ci_block *blocks; /* not taken; the one returned last comes first */
};

/* A block of at least `size` bytes, for commands in that queue alone. If its
 * `last` is not NULL they must wait for it. */
clinfer_status ci_pool_take(struct ci_pool *pool, cl_context cl,
                            cl_command_queue queue, size_t size,
                            struct ci_block **block);

/* Give it back; `last` (retained here) is the last command that uses it. NULL
 * if none was enqueued, or if the queue is in order. */
void ci_pool_return(struct ci_pool *pool, struct ci_block *block,
                    cl_event last);

/* Or release it. */
void ci_pool_drop(struct ci_block *block);

/* Release everything; OpenCL keeps what commands in flight use. */
void ci_pool_destroy(struct ci_pool *pool);

#endif
