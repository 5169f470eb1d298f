/* scratch.c - a pool of device buffers that outlive the calls that use them.
 *
 * A block may be taken again at once by the same queue: the next user waits
 * for the last one's event, which costs nothing in order. Another queue gets
 * it only when that event has completed; to wait across queues could hang,
 * as nobody may ever flush the other queue. */

#include "scratch.h"

#include <stdlib.h>

static void forget_if_over(struct ci_block *block) {
  if (block->last == NULL || !ci_is_over(block->last)) return;
  clReleaseEvent(block->last);
  block->last = NULL;
}

/* The smallest free block that is large enough. */
static struct ci_block *find(struct ci_pool *pool, cl_command_queue queue,
                             size_t size) {
  struct ci_block *best = NULL;
  for (struct ci_block *b = pool->blocks; b; b = b->next) {
    if (b->taken || b->size < size) continue;
    forget_if_over(b);
    if (b->last != NULL && b->queue != queue) continue;
    if (best == NULL || b->size < best->size) best = b;
  }
  return best;
}

static void release(struct ci_block *block) {
  if (block->last) clReleaseEvent(block->last);
  if (block->mem) clReleaseMemObject(block->mem);
  free(block);
}

/* Nobody uses it. A taken block's event is its taker's, who may be waiting on
 * it right now. */
static bool is_idle(struct ci_block *block) {
  if (block->taken) return false;
  forget_if_over(block);
  return block->last == NULL;
}

/* Too small for today's needs: the pool grows by replacing, not by adding. */
static void drop_smaller(struct ci_pool *pool, size_t size) {
  for (struct ci_block **at = &pool->blocks; *at;) {
    struct ci_block *b = *at;
    if (b->size < size && is_idle(b)) {
      *at = b->next;
      release(b);
    } else {
      at = &b->next;
    }
  }
}

static clinfer_status add(struct ci_pool *pool, cl_context cl, size_t size,
                          struct ci_block **block) {
  struct ci_block *b = calloc(1, sizeof *b);
  if (b == NULL) return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  cl_int code;
  b->size = size;
  b->mem = clCreateBuffer(cl, CL_MEM_READ_WRITE, size, NULL, &code);
  if (b->mem == NULL) {
    free(b);
    return ci_cl(code, "clCreateBuffer for scratch");
  }
  b->next = pool->blocks;
  *block = pool->blocks = b;
  return CLINFER_OK;
}

clinfer_status ci_pool_take(struct ci_pool *pool, cl_context cl,
                            cl_command_queue queue, size_t size,
                            struct ci_block **block) {
  clinfer_status status = CLINFER_OK;
  pthread_mutex_lock(&pool->lock);
  *block = find(pool, queue, size);
  if (*block == NULL) {
    drop_smaller(pool, size);
    status = add(pool, cl, size, block);
  }
  if (status == CLINFER_OK) (*block)->taken = true, (*block)->queue = queue;
  pthread_mutex_unlock(&pool->lock);
  return status;
}

void ci_pool_return(struct ci_pool *pool, struct ci_block *block,
                    cl_event last) {
  pthread_mutex_lock(&pool->lock);
  if (last != NULL) {
    clRetainEvent(last);
    if (block->last) clReleaseEvent(block->last);
    block->last = last;
  }
  block->taken = false;
  pthread_mutex_unlock(&pool->lock);
}

void ci_pool_destroy(struct ci_pool *pool) {
  for (struct ci_block *b = pool->blocks, *next; b; b = next) {
    next = b->next;
    if (b->last) clWaitForEvents(1, &b->last);
    release(b);
  }
  pthread_mutex_destroy(&pool->lock);
}
