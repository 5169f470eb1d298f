/* reference.c - the plain GEMM: any device, any operands. */

#include "gemm/gemm.h"
#include "gemm/tuning.h"

static bool supports(const clinfer_context *ctx, const struct ci_gemm *gemm) {
  (void)ctx, (void)gemm;
  return true;
}

static clinfer_status plan_reference(struct ci_plan *plan,
                                     const struct ci_gemm *g, int variant) {
  (void)variant;
  const size_t group = ci_plain_group(&plan->ctx->device);
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_GEMM_REFERENCE);
  ci_gemm_options(step, g);
  ci_option(step, CI_OPTION_GROUP, group);
  ci_gemm_args(step, g);
  ci_grid(step, group, (g->c.rows * g->c.cols + group - 1) / group);
  return CLINFER_OK;
}

const struct ci_gemm_provider ci_gemm_reference = {
    .id = CI_REFERENCE, .supports = supports, .plan = plan_reference};
