/* linear_epilogue.c - y = x W, with a bias, an activation, a gate and a
 * residual.
 */

#include "gemm/gemm.h"
#include "op/validate.h"
#include "run/submit.h"
#include "op/weight.h"

static clinfer_status check_epilogue(const clinfer_context *ctx,
                                     const clinfer_epilogue *e,
                                     clinfer_matrix y) {
  CI_TRY(ci_check_vector(ctx, "bias", e->bias, ci_product_cols(e, y.cols)));
  CI_TRY(ci_check_apart_vector("y", y, "bias", e->bias));
  if (!ci_has_matrix(e->residual)) return CLINFER_OK;
  CI_TRY(ci_check_input(ctx, "residual", e->residual));
  CI_TRY(ci_check_shape("residual", e->residual, y.rows, y.cols));
  return ci_check_apart("y", y, "residual", e->residual, CI_SAME_ALLOWED);
}

static clinfer_status check(const clinfer_context *ctx,
                            const struct ci_gemm *g) {
  CI_TRY(ci_check_activation(g->epilogue.activation));
  CI_TRY(ci_check_input(ctx, "x", g->a));
  CI_TRY(ci_check_output(ctx, "y", g->c));
  CI_TRY(ci_check_shape("y", g->c, g->a.rows, g->c.cols));
  CI_TRY(ci_check_weight(ctx, "weight", &g->w, g->a.cols,
                         ci_product_cols(&g->epilogue, g->c.cols)));
  CI_TRY(ci_check_apart("y", g->c, "x", g->a, CI_SAME_REFUSED));
  CI_TRY(ci_check_apart("y", g->c, "weight", g->w.matrix, CI_SAME_REFUSED));
  return check_epilogue(ctx, &g->epilogue, g->c);
}

clinfer_status clinfer_linear_epilogue(clinfer_context *ctx,
                                       const clinfer_exec *exec,
                                       clinfer_matrix x, clinfer_weight weight,
                                       const clinfer_epilogue *epilogue,
                                       clinfer_matrix y) {
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, exec));
  if (epilogue == NULL)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "epilogue is NULL");
  const struct ci_gemm gemm = {x, weight, *epilogue, y};
  CI_TRY(check(ctx, &gemm));
  if (!ci_is_empty(y)) CI_TRY(ci_plan_gemm(&plan, &gemm));
  return ci_submit(&plan);
}
