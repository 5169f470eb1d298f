/* layer_norm_residual.c - add bias and residual, then normalise each row.
 * The sum stays in float for the normalisation; only its copy is rounded. */

#include "row/rows.h"
#include "op/validate.h"
#include "run/submit.h"

static clinfer_status check_inputs(const clinfer_context *ctx,
                                   const struct ci_normalise *n) {
  CI_TRY(ci_check_input(ctx, "x", n->x));
  CI_TRY(ci_check_input(ctx, "residual", n->residual));
  CI_TRY(ci_check_shape("residual", n->residual, n->x.rows, n->x.cols));
  CI_TRY(ci_check_vector(ctx, "bias", n->bias, n->x.cols));
  return ci_check_norm(ctx, n->norm, n->x.cols);
}

static clinfer_status check_output(const clinfer_context *ctx, const char *name,
                                   clinfer_matrix y,
                                   const struct ci_normalise *n) {
  CI_TRY(ci_check_output(ctx, name, y));
  CI_TRY(ci_check_shape(name, y, n->x.rows, n->x.cols));
  CI_TRY(ci_check_apart(name, y, "x", n->x, CI_SAME_ALLOWED));
  CI_TRY(ci_check_apart(name, y, "residual", n->residual, CI_SAME_ALLOWED));
  CI_TRY(ci_check_apart_vector(name, y, "bias", n->bias));
  return ci_check_apart_norm(name, y, n->norm);
}

static clinfer_status check(const clinfer_context *ctx,
                            const struct ci_normalise *n) {
  CI_TRY(check_inputs(ctx, n));
  CI_TRY(check_output(ctx, "y", n->y, n));
  if (!ci_has_matrix(n->sum)) return CLINFER_OK;
  CI_TRY(check_output(ctx, "sum", n->sum, n));
  return ci_check_apart("sum", n->sum, "y", n->y, CI_SAME_REFUSED);
}

clinfer_status clinfer_layer_norm_residual(clinfer_context *ctx,
                                           const clinfer_exec *exec,
                                           clinfer_matrix x,
                                           clinfer_vector bias,
                                           clinfer_matrix residual,
                                           const clinfer_norm *norm,
                                           clinfer_matrix y,
                                           clinfer_matrix sum) {
  const struct ci_normalise n = {.x = x,
                                 .bias = bias,
                                 .residual = residual,
                                 .norm = norm,
                                 .y = y,
                                 .sum = sum};
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, exec));
  CI_TRY(check(ctx, &n));
  if (!ci_is_empty(y)) CI_TRY(ci_plan_normalise(&plan, &n));
  return ci_submit(&plan);
}
