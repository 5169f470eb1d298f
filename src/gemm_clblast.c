/* gemm_clblast.c - CLBlast for f32; bias and activation follow in a step of
 * their own. Never for f16: CLBlast sums halves in half. */

#include "clblast.h"
#include "gemm.h"
#include "rows.h"
#include "validate.h"

static bool supports(const clinfer_context *ctx, const struct ci_gemm *g) {
  (void)ctx;
  return g->a.dtype == CLINFER_F32 && g->w.matrix.dtype == CLINFER_F32 &&
         g->c.dtype == CLINFER_F32 && g->a.cols > 0;
}

static clinfer_status plan_clblast(struct ci_plan *plan,
                                   const struct ci_gemm *g) {
  size_t temporary;
  CI_TRY(ci_clblast_temporary(plan->exec->queue, g, &temporary));
  atomic_store(&plan->ctx->used_clblast, true);
  ci_plan_clblast(plan, g, temporary);
  if (ci_has_vector(g->bias) || g->activation != CLINFER_NONE)
    ci_plan_bias_activation(plan, g->c, g->bias, g->activation, g->c);
  return CLINFER_OK;
}

const struct ci_gemm_provider ci_gemm_clblast = {CI_GEMM_CLBLAST, supports,
                                                 plan_clblast};
