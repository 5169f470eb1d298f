/* invented_gemms.c - GEMMs that are right, wrong or broken, each in its way. */

#include "invented_gemms.h"

#include "gemm/gemm.h"
#include "row/rows.h"

bool invented_only_f32(const struct ci_target *target,
                       const struct ci_problem *problem) {
  (void)target;
  return problem->gemm.a.dtype == CLINFER_F32;
}

clinfer_status invented_right(struct ci_plan *plan, const struct ci_problem *p,
                              int variant) {
  return ci_gemm_reference.plan(plan, p, variant);
}

/* By way of an f32 copy in scratch. */
clinfer_status invented_in_steps(struct ci_plan *plan,
                                 const struct ci_problem *p, int variant) {
  struct ci_problem wide = *p;
  const clinfer_matrix a = p->gemm.a;
  wide.gemm.a = ci_plan_matrix(plan, a.rows, a.cols, CLINFER_F32);
  CI_TRY(ci_plan_bias_activation(plan, a, &(clinfer_epilogue){0}, wide.gemm.a));
  return invented_right(plan, &wide, variant);
}

clinfer_status invented_shorter(struct ci_plan *plan,
                                const struct ci_problem *p, int variant) {
  struct ci_problem shorter = *p;
  shorter.gemm.a.cols--;
  return invented_right(plan, &shorter, variant);
}

/* Reads the padding of a and of w, [N, K]. */
clinfer_status invented_longer(struct ci_plan *plan, const struct ci_problem *p,
                               int variant) {
  struct ci_problem longer = *p;
  longer.gemm.a.cols++;
  return invented_right(plan, &longer, variant);
}

clinfer_status invented_narrower(struct ci_plan *plan,
                                 const struct ci_problem *p, int variant) {
  struct ci_problem narrower = *p;
  narrower.gemm.c.cols--;
  return invented_right(plan, &narrower, variant);
}

/* All but the last element: the reference has a work-item for each. */
clinfer_status invented_lacking(struct ci_plan *plan,
                                const struct ci_problem *p, int variant) {
  CI_TRY(invented_right(plan, p, variant));
  struct ci_step *step = &plan->steps[plan->step_count - 1];
  const struct ci_option one = {CI_OPTION_GROUP, false, 1};
  for (size_t i = 0; i < step->id.option_count; i++)
    if (step->id.options[i].name == CI_OPTION_GROUP) step->id.options[i] = one;
  step->local[0] = 1;
  step->global[0] = p->gemm.c.rows * p->gemm.c.cols - 1;
  return CLINFER_OK;
}

/* A second step puts numbers between the rows of c. */
clinfer_status invented_wider(struct ci_plan *plan, const struct ci_problem *p,
                              int variant) {
  clinfer_matrix numbers = p->gemm.c, padding = p->gemm.c;
  numbers.cols = padding.cols = p->gemm.c.ld - p->gemm.c.cols;
  padding.offset += p->gemm.c.cols;
  CI_TRY(invented_right(plan, p, variant));
  return ci_plan_bias_activation(plan, numbers, &(clinfer_epilogue){0},
                                 padding);
}

clinfer_status invented_without_bias(struct ci_plan *plan,
                                     const struct ci_problem *p, int variant) {
  struct ci_problem without = *p;
  without.gemm.epilogue.bias = clinfer_no_vector();
  return invented_right(plan, &without, variant);
}

clinfer_status invented_unbuildable(struct ci_plan *plan,
                                    const struct ci_problem *p, int variant) {
  const clinfer_status status = invented_right(plan, p, variant);
  ci_option_word(&plan->steps[plan->step_count - 1], CI_OPTION_GROUP,
                 CI_WORD_none);
  return status;
}

clinfer_status invented_unlaunchable(struct ci_plan *plan,
                                     const struct ci_problem *p, int variant) {
  const clinfer_status status = invented_right(plan, p, variant);
  plan->steps[plan->step_count - 1].global[0]++; /* no whole number of groups */
  return status;
}

clinfer_status invented_last_wrong(struct ci_plan *plan,
                                   const struct ci_problem *p, int variant) {
  return (variant == 1 ? invented_shorter : invented_right)(plan, p, variant);
}

clinfer_status invented_halves_wrong(struct ci_plan *plan,
                                     const struct ci_problem *p, int variant) {
  return (invented_only_f32(NULL, p) ? invented_right
                                     : invented_shorter)(plan, p, variant);
}
