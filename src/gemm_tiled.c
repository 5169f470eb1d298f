/* gemm_tiled.c - the portable GPU GEMM, with tiles in local memory. */

#include "gemm.h"
#include "tuning.h"

static bool supports(const clinfer_context *ctx, const struct ci_gemm *gemm) {
  (void)gemm;
  return ci_tile_side(&ctx->device) != 0;
}

static clinfer_status plan_tiled(struct ci_plan *plan, const struct ci_gemm *g,
                                 int variant) {
  (void)variant;
  const size_t side = ci_tile_side(&plan->ctx->device), tile = 4 * side;
  struct ci_step *step = ci_plan_kernel(plan, "gemm_tiled");
  ci_gemm_options(step, g);
  ci_option(step, "SIDE", side);
  ci_gemm_args(step, g);
  ci_grid2(step, side * side, (g->c.rows + tile - 1) / tile,
           (g->c.cols + tile - 1) / tile);
  return CLINFER_OK;
}

const struct ci_gemm_provider ci_gemm_tiled = {CI_GEMM_TILED, supports,
                                               plan_tiled, NULL};
