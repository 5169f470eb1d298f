/* gemm.c - which provider computes a GEMM. */

#include "gemm.h"

#include "rows.h"
#include "validate.h"

/* Best first. The last one supports everything and cannot be disabled. */
static const struct ci_gemm_provider *const providers[] = {
    &ci_gemm_cpu, &ci_gemm_clblast, &ci_gemm_tiled, &ci_gemm_reference};

clinfer_status ci_plan_gemm(struct ci_plan *plan, const struct ci_gemm *gemm) {
  const clinfer_context *ctx = plan->ctx;
  size_t i = 0;
  while (!ctx->enabled[providers[i]->id] || !providers[i]->supports(ctx, gemm))
    i++;
  return providers[i]->plan(plan, gemm, CI_ANY_VARIANT);
}

void ci_gemm_options(struct ci_step *step, const struct ci_gemm *g) {
  ci_option_operand(step, "A", g->a.dtype, true);
  ci_option_operand(step, "W", g->w.matrix.dtype, true);
  ci_option_operand(step, "BIAS", g->bias.dtype, ci_has_vector(g->bias));
  ci_option_operand(step, "C", g->c.dtype, true);
  ci_option_word(step, "ACTIVATION", ci_activation_name(g->activation));
  if (g->w.layout == CLINFER_OUT_IN) ci_option(step, "W_OUT_IN", 1);
}

void ci_gemm_args(struct ci_step *step, const struct ci_gemm *g) {
  ci_arg_matrix(step, g->a);
  ci_arg_matrix(step, g->w.matrix);
  ci_arg_vector(step, g->bias);
  ci_arg_matrix(step, g->c);
  ci_arg_uint(step, g->c.rows);
  ci_arg_uint(step, g->c.cols);
  ci_arg_uint(step, g->a.cols);
}
