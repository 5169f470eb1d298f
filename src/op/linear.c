/* linear.c - y = act(x W + bias). */

#include "gemm/gemm.h"
#include "op/validate.h"
#include "run/submit.h"
#include "op/weight.h"

static clinfer_status check(const clinfer_context *ctx,
                            const struct ci_gemm *g) {
  CI_TRY(ci_check_activation(g->activation));
  CI_TRY(ci_check_input(ctx, "x", g->a));
  CI_TRY(ci_check_output(ctx, "y", g->c));
  CI_TRY(ci_check_shape("y", g->c, g->a.rows, g->c.cols));
  CI_TRY(ci_check_weight(ctx, "weight", &g->w, g->a.cols, g->c.cols));
  CI_TRY(ci_check_vector(ctx, "bias", g->bias, g->c.cols));
  CI_TRY(ci_check_apart("y", g->c, "x", g->a, CI_SAME_REFUSED));
  CI_TRY(ci_check_apart("y", g->c, "weight", g->w.matrix, CI_SAME_REFUSED));
  return ci_check_apart_vector("y", g->c, "bias", g->bias);
}

clinfer_status clinfer_linear(clinfer_context *ctx, const clinfer_exec *exec,
                              clinfer_matrix x, clinfer_weight weight,
                              clinfer_vector bias,
                              clinfer_activation activation, clinfer_matrix y) {
  const struct ci_gemm gemm = {x, weight, bias, activation, y};
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, exec));
  CI_TRY(check(ctx, &gemm));
  if (!ci_is_empty(y)) CI_TRY(ci_plan_gemm(&plan, &gemm));
  return ci_submit(&plan);
}
