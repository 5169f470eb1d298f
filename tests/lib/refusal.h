/* refusal.h - what is common to all bad calls: the good call to spoil, objects
 * that are wrong for every call, and what a refusal leaves behind. */
#ifndef CLINFER_REFUSAL_H
#define CLINFER_REFUSAL_H

#include "calls.h"

enum { REFUSAL_STORES = 3 };
extern const struct call_sizes refusal_sizes;
extern const struct t_store refusal_stores[REFUSAL_STORES];
clinfer_context *refusal_ctx(void); /* the one that chooses freely */

/* Another cl_context on the same device, once it is asked for. */
extern struct refusal_other {
  cl_context cl;
  cl_command_queue queue;
  cl_mem buffer; /* 4096 bytes */
  cl_event event;
  clinfer_context *ctx;
} refusal_other;
void refusal_open_other(void);
void refusal_close_other(void);

/* Memory of the call's context. An image is NULL where the device has none. */
cl_mem refusal_buffer(const struct call *c, cl_mem_flags flags, size_t size);
cl_mem refusal_image(const struct call *c);
void refusal_release_buffers(void);
void refusal_release(void); /* that, and t_release */

struct refusal {
  clinfer_status status;
  const char *words; /* in the message */
};

/* Unlike anything that an OpenCL driver hands out. */
#define REFUSAL_NO_EVENT ((cl_event)&refusal_sizes)

/* `bad`, a spoiled copy of `good`, is refused as wanted: nothing is enqueued,
 * and no operand and no event is touched. */
void refusal_require(struct call *bad, const struct call *good,
                     struct refusal want);

/* The good call still works. */
void refusal_require_usable(const struct call *good);

#endif
