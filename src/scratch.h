/* scratch.h - device memory that a context keeps for intermediate results. */
#ifndef CI_SCRATCH_H
#define CI_SCRATCH_H

#include <pthread.h>
#include <stdbool.h>

#include "status.h"

/* A buffer and the last command that uses it. */
struct ci_block {
  struct ci_block *next;
  cl_mem mem;
  size_t size;
  bool taken;             /* by a call that is still enqueueing */
  cl_command_queue queue; /* the last user's; compared, never dereferenced */
  cl_event last;          /* NULL: never used */
};

struct ci_pool {
  pthread_mutex_t lock;
  struct ci_block *blocks;
};

/* A block of at least `size` bytes. If (*block)->last is not NULL the user must
 * wait for it; then the block was last used in the same queue. */
clinfer_status ci_pool_take(struct ci_pool *pool, cl_context cl,
                            cl_command_queue queue, size_t size,
                            struct ci_block **block);

/* Give it back; `last` (retained here) is the last command that uses it, or
 * NULL if none was enqueued. */
void ci_pool_return(struct ci_pool *pool, struct ci_block *block,
                    cl_event last);

/* Wait for what is in flight and release everything. */
void ci_pool_destroy(struct ci_pool *pool);

#endif
