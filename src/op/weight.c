/* weight.c - weights: their check, and their packed copies. */

#include "op/weight.h"

#include <stdlib.h>

#include "gemm/cpu.h"
#include "base/view.h"
#include "gemm/panels.h"
#include "op/validate.h"
#include "run/submit.h"

/* Whether w->packed was made for this context, from this very matrix. */
static bool packed_fits(const clinfer_context *ctx, const clinfer_weight *w) {
  const clinfer_packed *p = w->packed;
  const clinfer_matrix a = p->source.matrix, b = w->matrix;
  return p->cl == clinfer_context_cl(ctx) &&
         p->device == clinfer_context_device(ctx) &&
         p->source.layout == w->layout && a.mem == b.mem &&
         a.offset == b.offset && a.rows == b.rows && a.cols == b.cols &&
         a.ld == b.ld && a.dtype == b.dtype;
}

/* A caller that sets what this version does not know would get something else
 * than it asked for. */
static clinfer_status check_reserved(const char *name,
                                     const clinfer_weight *w) {
  for (size_t i = 0; i < sizeof w->reserved / sizeof *w->reserved; i++)
    if (w->reserved[i] != NULL)
      return ci_fail(CLINFER_UNSUPPORTED, 0,
                     "%s.reserved is not NULL: it is a weight of a later "
                     "version, or was not made by a function",
                     name);
  return CLINFER_OK;
}

clinfer_status ci_check_weight(const clinfer_context *ctx, const char *name,
                               const clinfer_weight *w, size_t in, size_t out) {
  if (w->layout != CLINFER_IN_OUT && w->layout != CLINFER_OUT_IN)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "%s: %d is no layout", name,
                   (int)w->layout);
  CI_TRY(check_reserved(name, w));
  CI_TRY(ci_check_input(ctx, name, w->matrix));
  if (ci_weight_in(w) != in || ci_weight_out(w) != out)
    return ci_fail(CLINFER_BAD_SHAPE, 0,
                   "%s takes %zu to %zu features; it must take %zu to %zu",
                   name, ci_weight_in(w), ci_weight_out(w), in, out);
  if (w->packed && !packed_fits(ctx, w))
    return ci_fail(CLINFER_BAD_ARGUMENT, 0,
                   "%s was packed for another context or matrix", name);
  return CLINFER_OK;
}

static clinfer_status create(const clinfer_context *ctx,
                             const clinfer_weight *w, clinfer_packed **packed) {
  clinfer_matrix panels = ci_panels(&ctx->target.device, w);
  clinfer_packed *p = calloc(1, sizeof *p);
  if (p == NULL) return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  cl_int code;
  panels.mem = clCreateBuffer(clinfer_context_cl(ctx), CL_MEM_READ_WRITE,
                              panels.rows * panels.cols * sizeof(float), NULL,
                              &code);
  if (panels.mem == NULL) {
    free(p);
    return ci_cl(code, "clCreateBuffer for a packed weight");
  }
  *p = (clinfer_packed){clinfer_context_cl(ctx), clinfer_context_device(ctx),
                        *w, panels};
  *packed = p;
  return CLINFER_OK;
}

static clinfer_status fill(clinfer_context *ctx, cl_command_queue queue,
                           const clinfer_weight *w) {
  cl_event done;
  const clinfer_exec exec = {.queue = queue, .event = &done};
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, &exec));
  ci_plan_pack(&plan, w, w->packed->panels);
  CI_TRY(ci_submit(&plan));
  const cl_int code = clWaitForEvents(1, &done);
  clReleaseEvent(done);
  return ci_cl(code, "clWaitForEvents for a packed weight");
}

clinfer_status clinfer_weight_pack(clinfer_context *ctx, cl_command_queue queue,
                                   clinfer_weight *w) {
  if (ctx == NULL || w == NULL)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "ctx or w is NULL");
  if (w->packed != NULL)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "the weight is packed already");
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, &(clinfer_exec){.queue = queue}));
  CI_TRY(ci_check_weight(ctx, "w", w, ci_weight_in(w), ci_weight_out(w)));
  if (!ctx->target.enabled[CI_GEMM_CPU] ||
      !ci_is_vector_cpu(&ctx->target.device) || ci_is_empty(w->matrix))
    return CLINFER_OK;
  CI_TRY(create(ctx, w, &w->packed));
  const clinfer_status status = fill(ctx, queue, w);
  if (status != CLINFER_OK) clinfer_weight_unpack(w);
  return status;
}

void clinfer_weight_unpack(clinfer_weight *w) {
  if (w == NULL || w->packed == NULL) return;
  clReleaseMemObject(w->packed->panels.mem);
  free(w->packed);
  w->packed = NULL;
}
