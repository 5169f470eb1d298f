/* layer_norm.c - normalise each row, scale by gamma, shift by beta. */

#include "row/rows.h"
#include "op/validate.h"
#include "run/submit.h"

static clinfer_status check(const clinfer_context *ctx, clinfer_matrix x,
                            const clinfer_norm *norm, clinfer_matrix y) {
  CI_TRY(ci_check_input(ctx, "x", x));
  CI_TRY(ci_check_output(ctx, "y", y));
  CI_TRY(ci_check_shape("y", y, x.rows, x.cols));
  CI_TRY(ci_check_norm(ctx, norm, x.cols));
  CI_TRY(ci_check_apart("y", y, "x", x, CI_SAME_ALLOWED));
  return ci_check_apart_norm("y", y, norm);
}

clinfer_status clinfer_layer_norm(clinfer_context *ctx,
                                  const clinfer_exec *exec, clinfer_matrix x,
                                  const clinfer_norm *norm, clinfer_matrix y) {
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, exec));
  CI_TRY(check(ctx, x, norm, y));
  if (!ci_is_empty(y))
    CI_TRY(ci_plan_normalise(&plan, &(struct ci_normalise){
                                        .x = x, .norm = norm, .y = y}));
  return ci_submit(&plan);
}
