/* tiled.c - the attention for GPUs of any vendor. */

#include "attention/attention.h"

#include "base/arithmetic.h"
#include "cl/attention/tiled.h"

enum { LEAST_ROOM = 64, MOST_ROOM = 256 };

/* As many queries as the device has room for, but not twice as many as there
 * are; 0: it has none. */
static size_t queries_of(const struct ci_device *device,
                         const struct ci_attention *a) {
  const size_t room = ci_attention_room(a, LEAST_ROOM);
  if (room > MOST_ROOM) return 0;
  for (size_t queries = 64; queries >= 16; queries /= 2)
    if ((queries < 2 * a->y.rows || queries == 16) &&
        ATTENTION_TILE_GROUP(queries) <= device->max_group &&
        ATTENTION_TILE_FLOATS(queries, room) * sizeof(cl_float) <=
            device->local_memory)
      return queries;
  return 0;
}

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  return queries_of(&target->device, &problem->attention) > 0;
}

static clinfer_status plan_tiled(struct ci_plan *plan,
                                 const struct ci_problem *problem,
                                 int variant) {
  const struct ci_attention *a = &problem->attention;
  const size_t queries = queries_of(&plan->target->device, a);
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_ATTENTION_TILED);
  (void)variant;
  ci_attention_options(step, a);
  ci_option(step, CI_OPTION_QUERIES, queries);
  ci_option(step, CI_OPTION_ROOM, ci_attention_room(a, LEAST_ROOM));
  ci_attention_args(step, a);
  ci_grid(step, ATTENTION_TILE_GROUP(queries),
          a->y.batch * a->y.heads * ci_parts(a->y.rows, queries));
  return CLINFER_OK;
}

const struct ci_implementation ci_attention_tiled = {
    .id = CI_ATTENTION_TILED, .supports = supports, .plan = plan_tiled};
