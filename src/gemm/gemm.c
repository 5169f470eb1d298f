/* gemm.c - what the implementations of GEMMs share. */

#include "gemm/gemm.h"

#include "base/view.h"
#include "row/rows.h"

clinfer_status ci_plan_gemm(struct ci_plan *plan, const struct ci_gemm *gemm) {
  const struct ci_problem problem = {.kind = CI_GEMM, .gemm = *gemm};
  return ci_plan(plan, &problem);
}

clinfer_status ci_plan_normalised_gemm(struct ci_plan *plan,
                                       const struct ci_normalised_gemm *both) {
  const struct ci_problem problem = {.kind = CI_NORMALISED_GEMM,
                                     .normalised_gemm = *both};
  return ci_plan(plan, &problem);
}

void ci_layout_options(struct ci_step *step, const struct ci_gemm *g) {
  ci_option(step, CI_OPTION_W_OUT_IN, g->w.layout == CLINFER_OUT_IN);
}

void ci_gemm_options(struct ci_step *step, const struct ci_gemm *g) {
  ci_layout_options(step, g);
  ci_option_type(step, CI_OPTION_A_TYPE, g->a.dtype);
  ci_option_type(step, CI_OPTION_W_TYPE, g->w.matrix.dtype);
}

void ci_gemm_args(struct ci_step *step, const struct ci_gemm *g) {
  ci_arg_matrix(step, g->a);
  ci_arg_matrix(step, g->w.matrix);
  ci_take_epilogue(step, &g->epilogue);
  ci_option_type(step, CI_OPTION_C_TYPE, g->c.dtype);
  ci_arg_matrix(step, g->c);
  ci_arg_uint(step, g->c.rows);
  ci_arg_uint(step, g->c.cols);
  ci_arg_uint(step, g->a.cols);
}

bool ci_is_narrow(const struct ci_gemm *g) {
  return g->a.dtype == g->w.matrix.dtype && clinfer_dtype_size(g->a.dtype) == 2;
}

size_t ci_alignment(const struct ci_device *device, clinfer_matrix m) {
  const size_t element = clinfer_dtype_size(m.dtype);
  if (!ci_aligns_buffers(device)) return element;
  const size_t bits = (m.offset | m.ld) * element | 16;
  return bits & ~(bits - 1);
}

void ci_arg_shared_tiles(struct ci_plan *plan, struct ci_step *step,
                         size_t tiles, size_t shares, size_t elements,
                         size_t counters) {
  const size_t word = sizeof(cl_ulong) / sizeof(cl_float);
  ci_arg_matrix(step,
                ci_plan_matrix(plan, tiles * shares, elements, CLINFER_F32));
  ci_arg_matrix(step,
                ci_plan_matrix(plan, tiles, counters * word, CLINFER_F32));
}
