/* fused_gemm_gelu.c - y = gelu_erf(x W + bias) W_out. */

#include "op/feed_forward.h"
#include "op/validate.h"
#include "run/submit.h"

static clinfer_status check(const clinfer_context *ctx, clinfer_matrix x,
                            const struct ci_feed_forward *f, clinfer_matrix y) {
  CI_TRY(ci_check_input(ctx, "x", x));
  CI_TRY(ci_check_output(ctx, "y", y));
  CI_TRY(ci_check_shape("y", y, x.rows, y.cols));
  CI_TRY(ci_check_feed_forward(ctx, f, x.cols, y.cols));
  CI_TRY(ci_check_apart("y", y, "x", x, CI_SAME_REFUSED));
  return ci_check_apart_feed_forward("y", y, f);
}

clinfer_status clinfer_fused_gemm_gelu(clinfer_context *ctx,
                                       const clinfer_exec *exec,
                                       clinfer_matrix x, clinfer_weight weight,
                                       clinfer_vector bias,
                                       clinfer_weight weight_out,
                                       clinfer_matrix y) {
  const struct ci_feed_forward f = {weight, bias, CLINFER_GELU_ERF, weight_out};
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, exec));
  CI_TRY(check(ctx, x, &f, y));
  if (!ci_is_empty(y)) CI_TRY(ci_plan_feed_forward(&plan, x, &f, x.dtype, y));
  return ci_submit(&plan);
}
