/* reference.c - the plain attention: any device, any operands. */

#include "attention/attention.h"

#include "base/view.h"

/* The sums of a row wait in scratch: how many there are, no kernel knows when
 * it is built. */
static clinfer_status plan_reference(struct ci_plan *plan,
                                     const struct ci_problem *problem,
                                     int variant) {
  const struct ci_attention *a = &problem->attention;
  const size_t rows = a->y.batch * a->y.heads * a->y.rows;
  const clinfer_matrix sums = ci_plan_matrix(plan, rows, a->y.cols,
                                             CLINFER_F32);
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_ATTENTION_REFERENCE);
  (void)variant;
  ci_attention_options(step, a);
  ci_attention_args(step, a);
  ci_arg_matrix(step, sums);
  ci_grid(step, 1, rows);
  return CLINFER_OK;
}

const struct ci_implementation ci_attention_reference = {
    .id = CI_REFERENCE, .supports = ci_supports_all, .plan = plan_reference};
