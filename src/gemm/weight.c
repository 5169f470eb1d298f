/* weight.c - weights: their check, and packing them for the CPU's GEMM. */

#include "gemm/weight.h"

#include <stdlib.h>

#include "gemm/tuning.h"
#include "op/validate.h"
#include "cl/gemm/cpu.h"

/* Whether w->packed was made for this context, from this very matrix. */
static bool packed_fits(const clinfer_context *ctx, const clinfer_weight *w) {
  const clinfer_packed *p = w->packed;
  const clinfer_matrix a = p->source.matrix, b = w->matrix;
  return p->cl == ctx->cl && p->device == ctx->device.id &&
         p->source.layout == w->layout && a.mem == b.mem &&
         a.offset == b.offset && a.rows == b.rows && a.cols == b.cols &&
         a.ld == b.ld && a.dtype == b.dtype;
}

clinfer_status ci_check_weight(const clinfer_context *ctx, const char *name,
                               const clinfer_weight *w, size_t in, size_t out) {
  if (w->layout != CLINFER_IN_OUT && w->layout != CLINFER_OUT_IN)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "%s: %d is no layout", name,
                   (int)w->layout);
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

clinfer_matrix ci_panels(const clinfer_weight *w, size_t width) {
  const size_t panels = (ci_weight_out(w) + width - 1) / width;
  return clinfer_matrix_of(NULL, panels * ci_weight_in(w), width, CLINFER_F32);
}

void ci_plan_pack(struct ci_plan *plan, const clinfer_weight *w,
                  clinfer_matrix panels) {
  const size_t in = ci_weight_in(w), out = ci_weight_out(w);
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_GEMM_PACK_PANELS);
  ci_option_type(step, CI_OPTION_W_TYPE, w->matrix.dtype);
  ci_option(step, CI_OPTION_W_OUT_IN, w->layout == CLINFER_OUT_IN);
  ci_option(step, CI_OPTION_WIDTH, panels.cols);
  ci_arg_matrix(step, w->matrix);
  ci_arg_matrix(step, panels);
  ci_arg_uint(step, out);
  ci_arg_uint(step, in);
  ci_grid2(step, 1, (in + PACK_DEPTH - 1) / PACK_DEPTH,
           (out + panels.cols - 1) / panels.cols);
}

static clinfer_status create(const clinfer_context *ctx,
                             const clinfer_weight *w, clinfer_packed **packed) {
  const struct ci_cpu_tile tile = ci_cpu_tile(&ctx->device, 1);
  clinfer_matrix panels = ci_panels(w, PANEL_WIDTH(tile.lanes));
  clinfer_packed *p = calloc(1, sizeof *p);
  if (p == NULL) return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  cl_int code;
  panels.mem = clCreateBuffer(ctx->cl, CL_MEM_READ_WRITE,
                              panels.rows * panels.cols * sizeof(float), NULL,
                              &code);
  if (panels.mem == NULL) {
    free(p);
    return ci_cl(code, "clCreateBuffer for a packed weight");
  }
  *p = (clinfer_packed){ctx->cl, ctx->device.id, *w, panels};
  *packed = p;
  return CLINFER_OK;
}

static clinfer_status fill(clinfer_context *ctx, cl_command_queue queue,
                           const clinfer_weight *w) {
  cl_event done;
  const clinfer_exec exec = {.queue = queue, .event = &done};
  struct ci_plan plan;
  CI_TRY(ci_plan_begin(&plan, ctx, &exec));
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
  CI_TRY(ci_plan_begin(&plan, ctx, &(clinfer_exec){.queue = queue}));
  CI_TRY(ci_check_weight(ctx, "w", w, ci_weight_in(w), ci_weight_out(w)));
  if (!ctx->enabled[CI_GEMM_CPU] || !ci_is_vector_cpu(&ctx->device) ||
      ci_is_empty(w->matrix))
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
