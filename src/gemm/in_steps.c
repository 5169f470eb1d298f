/* in_steps.c - a normalisation, then the GEMM of its result. */

#include "base/view.h"
#include "gemm/gemm.h"
#include "row/rows.h"

static clinfer_status plan_in_steps(struct ci_plan *plan,
                                    const struct ci_problem *problem,
                                    int variant) {
  struct ci_normalise n = problem->normalised_gemm.n;
  struct ci_gemm gemm = problem->normalised_gemm.gemm;
  (void)variant;
  if (!problem->normalised_gemm.keeps_y)
    n.y = ci_plan_matrix(plan, n.y.rows, n.y.cols, n.y.dtype);
  if (!ci_is_empty(n.y)) CI_TRY(ci_plan_normalise(plan, &n));
  gemm.a = n.y;
  return ci_is_empty(gemm.c) ? CLINFER_OK : ci_plan_gemm(plan, &gemm);
}

const struct ci_implementation ci_gemm_in_steps = {
    .id = CI_REFERENCE, .supports = ci_supports_all, .plan = plan_in_steps};
