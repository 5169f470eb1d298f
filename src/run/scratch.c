/* scratch.c - a pool of device buffers that outlive the calls that use them.
 *
 * A block belongs to one queue. So an in-order queue needs no event to use its
 * block again, and no queue waits for another, which could hang: nobody may
 * ever flush that one. The handle of a queue that is gone may come back as that
 * of a new one, but not before the old one's commands have ended. Blocks are
 * released whatever uses them; OpenCL keeps them until its commands end. */

#include "run/scratch.h"

#include <stdlib.h>

void ci_pool_drop(struct ci_block *block) {
  if (block == NULL) return;
  if (block->last) clReleaseEvent(block->last);
  clReleaseMemObject(block->mem);
  free(block);
}

static struct ci_block *take_first(struct ci_block **list) {
  struct ci_block *b = *list;
  if (b != NULL) *list = b->next;
  return b;
}

/* A block of the queue, out of the list; NULL if there is none. */
static struct ci_block *find(struct ci_pool *pool, cl_command_queue queue) {
  pthread_mutex_lock(&pool->lock);
  struct ci_block **at = &pool->blocks;
  while (*at && (*at)->queue != queue) at = &(*at)->next;
  struct ci_block *block = take_first(at);
  pthread_mutex_unlock(&pool->lock);
  return block;
}

static clinfer_status create(cl_context cl, cl_command_queue queue, size_t size,
                             struct ci_block **block) {
  struct ci_block *b = calloc(1, sizeof *b);
  if (b == NULL) return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  cl_int code;
  b->queue = queue;
  b->size = size;
  b->mem = clCreateBuffer(cl, CL_MEM_READ_WRITE, size, NULL, &code);
  if (b->mem == NULL) {
    free(b);
    return ci_cl(code, "clCreateBuffer for scratch");
  }
  *block = b;
  return CLINFER_OK;
}

clinfer_status ci_pool_take(struct ci_pool *pool, cl_context cl,
                            cl_command_queue queue, size_t size,
                            struct ci_block **block) {
  struct ci_block *b = find(pool, queue);
  if (b == NULL || b->size < size) {
    ci_pool_drop(b);
    return create(cl, queue, size, block);
  }
  if (b->last &&
      ci_is_over(b->last)) { /* to wait for a failed one would fail */
    clReleaseEvent(b->last);
    b->last = NULL;
  }
  *block = b;
  return CLINFER_OK;
}

void ci_pool_return(struct ci_pool *pool, struct ci_block *block,
                    cl_event last) {
  if (last != NULL) {
    if (clRetainEvent(last) != CL_SUCCESS) { /* the next user could not wait */
      ci_pool_drop(block);
      return;
    }
    if (block->last) clReleaseEvent(block->last);
    block->last = last;
  }
  pthread_mutex_lock(&pool->lock);
  block->next = pool->blocks;
  pool->blocks = block;
  struct ci_block **at = &pool->blocks;
  for (size_t i = 0; *at && i < CI_MOST_BLOCKS; i++) at = &(*at)->next;
  ci_pool_drop(take_first(at)); /* the one unused for longest */
  pthread_mutex_unlock(&pool->lock);
}

void ci_pool_destroy(struct ci_pool *pool) {
  while (pool->blocks) ci_pool_drop(take_first(&pool->blocks));
  pthread_mutex_destroy(&pool->lock);
}
