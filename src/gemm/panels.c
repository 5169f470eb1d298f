/* panels.c - weights in the order in which the CPU's GEMM reads them. */

#include "gemm/panels.h"

#include "base/view.h"
#include "cl/gemm/cpu.h"

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
