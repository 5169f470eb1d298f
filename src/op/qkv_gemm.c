/* qkv_gemm.c - n = layer_norm(x); y = n W + bias; n is an output as well. */

#include "gemm/gemm.h"
#include "row/rows.h"
#include "op/validate.h"
#include "run/submit.h"
#include "op/weight.h"

/* The GEMM's matrix `a` is x here, as the check need not know n. */
static clinfer_status check_gemm(const clinfer_context *ctx,
                                 const struct ci_gemm *g) {
  CI_TRY(ci_check_input(ctx, "x", g->a));
  CI_TRY(ci_check_output(ctx, "y", g->c));
  CI_TRY(ci_check_shape("y", g->c, g->a.rows, g->c.cols));
  CI_TRY(ci_check_weight(ctx, "weight", &g->w, g->a.cols, g->c.cols));
  return ci_check_vector(ctx, "bias", g->epilogue.bias, g->c.cols);
}

static clinfer_status check_apart(const char *name, clinfer_matrix out,
                                  const struct ci_gemm *g,
                                  const clinfer_norm *norm) {
  CI_TRY(ci_check_apart(name, out, "weight", g->w.matrix, CI_SAME_REFUSED));
  CI_TRY(ci_check_apart_vector(name, out, "bias", g->epilogue.bias));
  return ci_check_apart_norm(name, out, norm);
}

static clinfer_status check(const clinfer_context *ctx, const struct ci_gemm *g,
                            const clinfer_norm *norm, clinfer_matrix n) {
  CI_TRY(check_gemm(ctx, g));
  CI_TRY(ci_check_norm(ctx, norm, g->a.cols));
  CI_TRY(ci_check_apart("y", g->c, "x", g->a, CI_SAME_REFUSED));
  CI_TRY(check_apart("y", g->c, g, norm));
  if (!ci_has_matrix(n)) return CLINFER_OK;
  CI_TRY(ci_check_output(ctx, "normalised", n));
  CI_TRY(ci_check_input(ctx, "normalised", n)); /* by the GEMM */
  CI_TRY(ci_check_shape("normalised", n, g->a.rows, g->a.cols));
  CI_TRY(ci_check_apart("normalised", n, "x", g->a, CI_SAME_ALLOWED));
  CI_TRY(ci_check_apart("normalised", n, "y", g->c, CI_SAME_REFUSED));
  return check_apart("normalised", n, g, norm);
}

clinfer_status clinfer_qkv_gemm(clinfer_context *ctx, const clinfer_exec *exec,
                                clinfer_matrix x, const clinfer_norm *norm,
                                clinfer_weight weight, clinfer_vector bias,
                                clinfer_matrix y, clinfer_matrix normalised) {
  struct ci_gemm gemm = {x, weight, {.bias = bias}, y};
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, exec));
  CI_TRY(check(ctx, &gemm, norm, normalised));

  struct ci_normalised_gemm both = {
      .n = {.x = x, .norm = norm, .y = normalised},
      .gemm = gemm,
      .keeps_y = ci_has_matrix(normalised)};
  if (!both.keeps_y)
    both.n.y = clinfer_matrix_of(NULL, x.rows, x.cols, x.dtype);
  CI_TRY(ci_find_in_place(&both.n, &both.in_place));
  CI_TRY(ci_plan_normalised_gemm(&plan, &both));
  return ci_submit(&plan);
}
