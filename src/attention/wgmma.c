/* wgmma.c - the attention by TMA and the warp groups' products of sm_90. */

#include "attention/attention.h"

#include "base/arithmetic.h"
#include "cl/attention/wgmma.h"
#include "cl/lib/hopper.h"

enum { LEAST_ROOM = 64, MOST_ROOM = 128 };

/* TMA moves 16 bytes at the least. Where there are few keys or features, much
 * of a tile would be padding. */
static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  const clinfer_attention_terms *t = &problem->attention.terms;
  return target->device.nvidia_sm == 90 &&
         ci_suits_units(&problem->attention, MOST_ROOM) && t->q.cols > 32 &&
         t->v.cols > 32 && t->q.rows > 64 && t->k.rows > 64 &&
         ci_attention_alignment(t) == 16;
}

/* Heads whose keys and values fit a large GPU's cache together, with room for
 * what else passes through it. */
static size_t chunk_of(const struct ci_attention *a) {
  enum { BYTES = 24 << 20 };
  const clinfer_view k = a->terms.k, v = a->terms.v;
  const size_t share = ci_attention_share(a);
  const size_t bytes = k.rows * (k.cols + v.cols) * clinfer_dtype_size(k.dtype);
  return bytes < BYTES ? BYTES / bytes * share : share;
}

static clinfer_status plan_wgmma(struct ci_plan *plan,
                                 const struct ci_problem *problem,
                                 int variant) {
  const struct ci_attention *a = &problem->attention;
  const size_t units = plan->target->device.compute_units;
  const size_t pieces = a->y.batch * a->y.heads *
                        ci_parts(a->y.rows, ATTENTION_WGMMA_QUERIES);
  const size_t groups = ci_least(pieces, units);
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_ATTENTION_WGMMA);
  (void)variant;
  ci_attention_options(step, a);
  ci_option(step, CI_OPTION_ROOM, ci_attention_room(a, LEAST_ROOM));
  ci_attention_args(step, a);
  ci_arg_uint(step, a->y.batch);
  ci_arg_uint(step, chunk_of(a));
  ci_arg_matrix(step, ci_plan_matrix(plan, groups,
                                     ATTENTION_WGMMA_MAPS * MAP_BYTES / 4,
                                     CLINFER_F32));
  ci_grid(step, ATTENTION_WGMMA_GROUP, groups);
  return CLINFER_OK;
}

const struct ci_implementation ci_attention_wgmma = {
    .id = CI_ATTENTION_WGMMA,
    .supports = supports,
    .plan = plan_wgmma,
    .proves = CI_PROVES_EVERYWHERE};
