/* refusal.c - what is common to all bad calls. */

#include "refusal.h"

#include <string.h>

#include "shim.h"

const struct call_sizes refusal_sizes = {3, 6, 10, 5};
const struct t_store refusal_stores[] = {
    {CLINFER_F32, 3, 2}, {CLINFER_F16, 1, 0}, {CLINFER_BF16, 1, 0}};

/* ---- Objects that are wrong for every call, made when first asked for */

struct refusal_other refusal_other;

void refusal_open_other(void) {
  if (refusal_other.cl) return;
  cl_device_id device = clinfer_context_device(t_next(NULL, "")->ctx);
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = ""};
  refusal_other.cl = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
  refusal_other.queue = clCreateCommandQueue(refusal_other.cl, device, 0, NULL);
  refusal_other.buffer = clCreateBuffer(refusal_other.cl, CL_MEM_READ_WRITE,
                                        4096, NULL, NULL);
  refusal_other.event = clCreateUserEvent(refusal_other.cl, NULL);
  assert_int_equal(clinfer_context_create(refusal_other.cl, device, &options,
                                          &refusal_other.ctx),
                   CLINFER_OK);
}

void refusal_close_other(void) {
  if (refusal_other.cl == NULL) return;
  clinfer_context_destroy(refusal_other.ctx);
  /* NVIDIA's driver waits for ever to release a context with an open event. */
  clSetUserEventStatus(refusal_other.event, CL_COMPLETE);
  clReleaseEvent(refusal_other.event);
  clReleaseMemObject(refusal_other.buffer);
  clReleaseCommandQueue(refusal_other.queue);
  clReleaseContext(refusal_other.cl);
}

static cl_mem spares[CALL_MOST_OPERANDS]; /* of the case under way */
static size_t spare_count;

cl_mem refusal_buffer(const struct call *c, cl_mem_flags flags, size_t size) {
  assert_true(spare_count < T_COUNT(spares));
  cl_mem mem = clCreateBuffer(clinfer_context_cl(c->ctx), flags, size, NULL,
                              NULL);
  assert_non_null(mem);
  return spares[spare_count++] = mem;
}

cl_mem refusal_image(const struct call *c) {
  const cl_image_format format = {CL_R, CL_FLOAT};
  const cl_image_desc desc = {.image_type = CL_MEM_OBJECT_IMAGE2D,
                              .image_width = 64,
                              .image_height = 64};
  assert_true(spare_count < T_COUNT(spares));
  return spares[spare_count++] = clCreateImage(clinfer_context_cl(c->ctx),
                                               CL_MEM_READ_WRITE, &format,
                                               &desc, NULL, NULL);
}

/* ---- One refusal */

static void require_words(const char *words) {
  if (strstr(clinfer_last_error()->message, words) == NULL)
    fail_msg("\"%s\" is not in \"%s\"", words, clinfer_last_error()->message);
}

void refusal_require(struct call *bad, const struct call *good,
                     struct refusal want) {
  cl_event event = REFUSAL_NO_EVENT;
  bad->exec.event = &event;
  const size_t commands = shim_commands();
  const clinfer_status status = call_run(bad);
  if (status != want.status)
    fail_msg("%s; wanted %s: %s", clinfer_status_text(status),
             clinfer_status_text(want.status), clinfer_last_error()->message);
  assert_int_equal(clinfer_last_error()->status, status);
  require_words(want.words);
  assert_true(event == REFUSAL_NO_EVENT);
  assert_int_equal(shim_commands(), commands);
  call_require_untouched(good);
}

void refusal_require_usable(const struct call *good) {
  T_OK(call_run(good));
  for (size_t i = 0; i < good->op->count; i++)
    if (good->op->operands[i].kind == CALL_OUTPUT) {
      T_READ(good->made[i]);
      assert_true(good->made[i]->values[0] == good->made[i]->values[0]);
    }
}

void refusal_release_buffers(void) {
  while (spare_count > 0) clReleaseMemObject(spares[--spare_count]);
}

void refusal_release(void) {
  refusal_release_buffers();
  t_release();
}

clinfer_context *refusal_ctx(void) { return t_next(NULL, "")->ctx; }
