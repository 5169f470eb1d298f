/* mlp_gemm.c - n = layer_norm(input + input_bias + residual), or of residual
 * alone; y = act(n W + bias) W_out; n is an output as well. */

#include "op/feed_forward.h"
#include "row/rows.h"
#include "op/validate.h"
#include "run/submit.h"

static clinfer_status check_inputs(const clinfer_context *ctx,
                                   clinfer_matrix input,
                                   clinfer_vector input_bias,
                                   clinfer_matrix residual,
                                   int mlp_after_attn) {
  CI_TRY(ci_check_input(ctx, "residual", residual));
  if (!mlp_after_attn) {
    if (ci_has_matrix(input) || ci_has_vector(input_bias))
      return ci_fail(CLINFER_BAD_ARGUMENT, 0,
                     "without mlp_after_attn, input and input_bias are not "
                     "read; they must be {0}");
    return CLINFER_OK;
  }
  CI_TRY(ci_check_input(ctx, "input", input));
  CI_TRY(ci_check_shape("input", input, residual.rows, residual.cols));
  return ci_check_vector(ctx, "input_bias", input_bias, residual.cols);
}

/* An output may be the same view as input or residual only if `same` says so.*/
static clinfer_status check_apart(const char *name, clinfer_matrix out,
                                  const struct ci_normalise *n,
                                  const struct ci_feed_forward *f,
                                  enum ci_same same) {
  const bool beside = !ci_has_matrix(n->residual);
  CI_TRY(ci_check_apart(name, out, beside ? "residual" : "input", n->x, same));
  CI_TRY(ci_check_apart(name, out, "residual", n->residual, same));
  CI_TRY(ci_check_apart_vector(name, out, "input_bias", n->bias));
  CI_TRY(ci_check_apart_norm(name, out, n->norm));
  return ci_check_apart_feed_forward(name, out, f);
}

static clinfer_status check(const clinfer_context *ctx,
                            const struct ci_normalise *n,
                            const struct ci_feed_forward *f, clinfer_matrix y) {
  CI_TRY(ci_check_norm(ctx, n->norm, n->x.cols));
  CI_TRY(ci_check_output(ctx, "y", y));
  CI_TRY(ci_check_shape("y", y, n->x.rows, y.cols));
  CI_TRY(ci_check_feed_forward(ctx, f, n->x.cols, y.cols));
  CI_TRY(check_apart("y", y, n, f, CI_SAME_REFUSED));
  if (!ci_has_matrix(n->y)) return CLINFER_OK;
  CI_TRY(ci_check_output(ctx, "normalised", n->y));
  CI_TRY(ci_check_input(ctx, "normalised", n->y)); /* by the first GEMM */
  CI_TRY(ci_check_shape("normalised", n->y, n->x.rows, n->x.cols));
  CI_TRY(check_apart("normalised", n->y, n, f, CI_SAME_ALLOWED));
  return ci_check_apart("normalised", n->y, "y", y, CI_SAME_REFUSED);
}

clinfer_status clinfer_mlp_gemm(clinfer_context *ctx, const clinfer_exec *exec,
                                clinfer_matrix input, clinfer_vector input_bias,
                                clinfer_matrix residual, const clinfer_mlp *mlp,
                                clinfer_matrix y, clinfer_matrix normalised) {
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, exec));
  if (mlp == NULL) return ci_fail(CLINFER_BAD_ARGUMENT, 0, "mlp is NULL");
  CI_TRY(check_inputs(ctx, input, input_bias, residual, mlp->mlp_after_attn));

  struct ci_normalise n = {.x = input,
                           .bias = input_bias,
                           .residual = residual,
                           .norm = &mlp->norm,
                           .y = normalised};
  if (!mlp->mlp_after_attn) n.x = residual, n.residual = clinfer_no_matrix();
  const struct ci_feed_forward f = {mlp->weight, mlp->bias, mlp->activation,
                                    mlp->weight_out};
  CI_TRY(check(ctx, &n, &f, y));

  struct ci_normalised_gemm both = {.n = n, .keeps_y = ci_has_matrix(n.y)};
  if (!both.keeps_y)
    both.n.y = clinfer_matrix_of(NULL, residual.rows, residual.cols,
                                 residual.dtype);
  CI_TRY(ci_find_in_place(&both.n, &both.in_place));
  CI_TRY(ci_plan_normalised_feed_forward(&plan, both, &f, residual.dtype, y));
  return ci_submit(&plan);
}
