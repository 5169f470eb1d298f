/* cpu.c - the attention for CPUs: queries in the lanes of vectors. */

#include "attention/attention.h"

#include "base/arithmetic.h"
#include "gemm/cpu.h"

/* Longer heads would take what a core's cache has room for. */
enum { LEAST_ROOM = 64, MOST_ROOM = 256 };

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  const struct ci_attention *a = &problem->attention;
  return ci_is_vector_cpu(&target->device) && a->terms.q.cols <= MOST_ROOM &&
         a->y.cols <= MOST_ROOM;
}

/* A power of two that holds a key and a value, so that few programs are built.
 */
static size_t room_of(const struct ci_attention *a) {
  size_t room = LEAST_ROOM;
  while (room < a->terms.q.cols || room < a->y.cols) room *= 2;
  return room;
}

static clinfer_status plan_cpu(struct ci_plan *plan,
                               const struct ci_problem *problem, int variant) {
  const struct ci_attention *a = &problem->attention;
  const size_t lanes = ci_cpu_lanes(&plan->target->device);
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_ATTENTION_CPU);
  (void)variant;
  ci_attention_options(step, a);
  ci_option(step, CI_OPTION_LANES, lanes);
  ci_option(step, CI_OPTION_ROOM, room_of(a));
  ci_attention_args(step, a);
  ci_grid(step, 1, a->y.batch * a->y.heads * ci_parts(a->y.rows, 2 * lanes));
  return CLINFER_OK;
}

const struct ci_implementation ci_attention_cpu = {
    .id = CI_ATTENTION_CPU, .supports = supports, .plan = plan_cpu};
