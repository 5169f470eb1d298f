/* few.c - the attention of few queries on NVIDIA, such as one of a generation:
 * as fast as memory hands over keys and values. */

#include "attention/attention.h"

#include "base/arithmetic.h"
#include "cl/attention/few.h"
#include "gemm/gemm.h"

enum { LEAST_ROOM = 64 };

/* Rows that a group computes: a power of two. */
static size_t rows_of(const struct ci_attention *a) {
  size_t rows = 1;
  while (rows < a->y.rows * ci_attention_share(a)) rows *= 2;
  return rows;
}

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  const struct ci_attention *a = &problem->attention;
  enum { MOST_ROWS = 8, MOST_ROOM = 256 };
  const size_t rows = rows_of(a), room = ci_attention_room(a, LEAST_ROOM);
  return target->device.nvidia_sm >= 80 && rows <= MOST_ROWS &&
         room <= MOST_ROOM && rows * room <= FEW_MOST_SUMS;
}

/* Groups that share the keys of a head: enough for the device to have several
 * on each compute unit, but so many keys for each that adding up costs little.
 */
static size_t parts_of(const struct ci_device *device,
                       const struct ci_attention *a) {
  enum { GROUPS_A_UNIT = 4, FEWEST_KEYS = 64, MOST_PARTS = 128 };
  const size_t heads = a->y.batch * a->terms.k.heads;
  const size_t wanted = ci_parts(GROUPS_A_UNIT * (size_t)device->compute_units,
                                 heads);
  const size_t most = ci_least(ci_parts(a->terms.k.rows, FEWEST_KEYS),
                               MOST_PARTS);
  const size_t parts = ci_least(wanted, most);
  return parts ? parts : 1;
}

static clinfer_status plan_few(struct ci_plan *plan,
                               const struct ci_problem *problem, int variant) {
  const struct ci_attention *a = &problem->attention;
  const struct ci_device *device = &plan->target->device;
  const size_t rows = rows_of(a), room = ci_attention_room(a, LEAST_ROOM);
  const size_t heads = a->y.batch * a->terms.k.heads;
  const size_t parts = parts_of(device, a);
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_ATTENTION_FEW);
  (void)variant;
  ci_attention_options(step, a);
  ci_option(step, CI_OPTION_ROWS, rows);
  ci_option(step, CI_OPTION_ROOM, room);
  ci_option(step, CI_OPTION_ALIGNED, ci_attention_alignment(&a->terms) == 16);
  ci_attention_args(step, a);
  ci_arg_shared_tiles(plan, step, heads, parts, FEW_FLOATS(rows, room), 1);
  ci_grid2(step, FEW_GROUP, heads, parts);
  return CLINFER_OK;
}

const struct ci_implementation ci_attention_few = {
    .id = CI_ATTENTION_FEW,
    .supports = supports,
    .plan = plan_few,
    .proves = CI_PROVES_EVERYWHERE};
