/* cpu.c - the attention for CPUs: queries in the lanes of vectors. */

#include "attention/attention.h"

#include "base/arithmetic.h"
#include "gemm/cpu.h"

/* Longer heads would take what a core's cache has room for. */
enum { LEAST_ROOM = 64, MOST_ROOM = 256 };

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  return ci_is_vector_cpu(&target->device) &&
         ci_attention_room(&problem->attention, LEAST_ROOM) <= MOST_ROOM;
}

static clinfer_status plan_cpu(struct ci_plan *plan,
                               const struct ci_problem *problem, int variant) {
  const struct ci_attention *a = &problem->attention;
  const size_t lanes = ci_cpu_lanes(&plan->target->device);
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_ATTENTION_CPU);
  (void)variant;
  ci_attention_options(step, a);
  ci_option(step, CI_OPTION_LANES, lanes);
  ci_option(step, CI_OPTION_ROOM, ci_attention_room(a, LEAST_ROOM));
  ci_attention_args(step, a);
  ci_grid(step, 1, a->y.batch * a->y.heads * ci_parts(a->y.rows, 2 * lanes));
  return CLINFER_OK;
}

const struct ci_implementation ci_attention_cpu = {
    .id = CI_ATTENTION_CPU, .supports = supports, .plan = plan_cpu};
