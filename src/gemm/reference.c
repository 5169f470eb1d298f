/* reference.c - the plain GEMM: any device, any operands. */

#include "base/arithmetic.h"
#include "gemm/gemm.h"
#include "gemm/tile.h"

static clinfer_status plan_reference(struct ci_plan *plan,
                                     const struct ci_problem *problem,
                                     int variant) {
  const struct ci_gemm *g = &problem->gemm;
  (void)variant;
  const size_t group = ci_plain_group(&plan->target->device);
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_GEMM_REFERENCE);
  ci_gemm_options(step, g);
  ci_option(step, CI_OPTION_GATED, g->epilogue.gated != 0);
  ci_option(step, CI_OPTION_GROUP, group);
  ci_gemm_args(step, g);
  ci_grid(step, group, ci_parts(g->c.rows * g->c.cols, group));
  return CLINFER_OK;
}

const struct ci_implementation ci_gemm_reference = {.id = CI_REFERENCE,
                                                    .supports = ci_supports_all,
                                                    .plan = plan_reference,
                                                    .gates = true};
