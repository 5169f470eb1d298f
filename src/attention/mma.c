/* mma.c - the attention on NVIDIA's matrix units, sm_80 and later. */

#include "attention/attention.h"

#include "base/arithmetic.h"
#include "cl/attention/mma.h"

enum { MOST_ROOM = 128 };

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  return target->device.nvidia_sm >= 80 &&
         ci_suits_units(&problem->attention, MOST_ROOM);
}

static size_t room_of(const struct ci_attention *a) {
  size_t room = 32;
  while (room < a->terms.q.cols || room < a->y.cols) room *= 2;
  return room;
}

static clinfer_status plan_mma(struct ci_plan *plan,
                               const struct ci_problem *problem, int variant) {
  const struct ci_attention *a = &problem->attention;
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_ATTENTION_MMA);
  (void)variant;
  ci_attention_options(step, a);
  ci_option(step, CI_OPTION_ROOM, room_of(a));
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
