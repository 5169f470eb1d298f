/* mma.c - the attention on NVIDIA's matrix units, sm_80 and later. */

#include "attention/attention.h"

#include "base/arithmetic.h"
#include "cl/attention/mma.h"

enum { LEAST_ROOM = 32, MOST_ROOM = 128 };

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  return target->device.nvidia_sm >= 80 &&
         ci_suits_units(&problem->attention, MOST_ROOM);
}

static clinfer_status plan_mma(struct ci_plan *plan,
                               const struct ci_problem *problem, int variant) {
  const struct ci_attention *a = &problem->attention;
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_ATTENTION_MMA);
  (void)variant;
  ci_attention_options(step, a);
  ci_option(step, CI_OPTION_ROOM, ci_attention_room(a, LEAST_ROOM));
  ci_option(step, CI_OPTION_COPY, ci_attention_alignment(&a->terms));
  ci_attention_args(step, a);
  ci_grid(step, ATTENTION_MMA_GROUP,
          a->y.batch * a->y.heads * ci_parts(a->y.rows, ATTENTION_MMA_QUERIES));
  return CLINFER_OK;
}

const struct ci_implementation ci_attention_mma = {
    .id = CI_ATTENTION_MMA,
    .supports = supports,
    .plan = plan_mma,
    .proves = CI_PROVES_EVERYWHERE};
