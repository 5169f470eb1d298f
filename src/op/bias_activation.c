/* bias_activation.c - y = act(x + bias). */

#include "row/rows.h"
#include "op/validate.h"
#include "run/submit.h"

static clinfer_status check(const clinfer_context *ctx, clinfer_matrix x,
                            clinfer_vector bias, clinfer_activation activation,
                            clinfer_matrix y) {
  CI_TRY(ci_check_activation(activation));
  CI_TRY(ci_check_input(ctx, "x", x));
  CI_TRY(ci_check_output(ctx, "y", y));
  CI_TRY(ci_check_shape("y", y, x.rows, x.cols));
  CI_TRY(ci_check_vector(ctx, "bias", bias, x.cols));
  CI_TRY(ci_check_apart("y", y, "x", x, CI_SAME_ALLOWED));
  return ci_check_apart_vector("y", y, "bias", bias);
}

clinfer_status clinfer_bias_activation(clinfer_context *ctx,
                                       const clinfer_exec *exec,
                                       clinfer_matrix x, clinfer_vector bias,
                                       clinfer_activation activation,
                                       clinfer_matrix y) {
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, exec));
  CI_TRY(check(ctx, x, bias, activation, y));
  if (!ci_is_empty(y))
    CI_TRY(ci_plan_bias_activation(&plan, x,
                                   &(clinfer_epilogue){
                                       .bias = bias, .activation = activation},
                                   y));
  return ci_submit(&plan);
}
