/* panels.c - weights in the order in which the CPU's GEMM reads them. */

#include "gemm/panels.h"

#include "base/arithmetic.h"
#include "base/view.h"
#include "cl/gemm/cpu.h"

clinfer_matrix ci_panels(const struct ci_device *device,
                         const clinfer_weight *w) {
  const size_t width = CPU_PANEL_WIDTH(ci_cpu_lanes(device));
  const size_t panels = ci_parts(ci_weight_out(w), width);
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
  ci_grid2(step, 1, ci_parts(in, CPU_PACK_DEPTH), ci_parts(out, panels.cols));
}
