/* gemm.c - which provider computes a GEMM. */

#include "gemm/gemm.h"

#include "gemm/table.h"
#include "row/rows.h"
#include "gemm/self_test.h"
#include "base/view.h"

/* Best first. The last one supports everything and cannot be disabled. */
#define PROVIDERS 9
static const struct ci_gemm_provider
    *const providers[PROVIDERS] = {&ci_gemm_cpu,      &ci_gemm_skinny,
                                   &ci_gemm_wgmma,    &ci_gemm_mma,
                                   &ci_gemm_units,    &ci_gemm_local,
                                   &ci_gemm_clblast,  &ci_gemm_tiled,
                                   &ci_gemm_reference},
           *const on_nvidia[PROVIDERS] = {
               &ci_gemm_cpu,   &ci_gemm_skinny,  &ci_gemm_wgmma,
               &ci_gemm_mma,   &ci_gemm_units,   &ci_gemm_local,
               &ci_gemm_tiled, &ci_gemm_clblast, &ci_gemm_reference};

const struct ci_gemm_provider *ci_gemm_provider(enum ci_provider id) {
  for (size_t i = 0; i < PROVIDERS; i++)
    if (providers[i]->id == id) return providers[i];
  return NULL;
}

static struct ci_gemm_choice
first_usable(const struct ci_gemm_provider *const *list, clinfer_context *ctx,
             const struct ci_gemm *gemm) {
  while (!ctx->enabled[(*list)->id] || !(*list)->supports(ctx, gemm) ||
         !ci_is_proven(ctx, *list))
    list++;
  return (struct ci_gemm_choice){*list, CI_ANY_VARIANT};
}

static struct ci_gemm_choice choose(clinfer_context *ctx,
                                    const struct ci_gemm *gemm) {
  const struct ci_gemm_choice tuned = ci_gemm_table_find(ctx, gemm);
  /* A weight is packed for gemm_cpu, whatever was measured without. */
  const bool for_cpu = gemm->w.packed && ctx->enabled[CI_GEMM_CPU];
  if (tuned.provider && (!for_cpu || tuned.provider == &ci_gemm_cpu) &&
      ci_is_proven(ctx, tuned.provider))
    return tuned;
  return first_usable(ctx->device.nvidia_sm ? on_nvidia : providers, ctx, gemm);
}

clinfer_status ci_plan_gemm_by(const struct ci_gemm_provider *const *list,
                               struct ci_plan *plan,
                               const struct ci_gemm *gemm) {
  const struct ci_gemm_choice best = first_usable(list, plan->ctx, gemm);
  return best.provider->plan(plan, gemm, best.variant);
}

static clinfer_status plan_choice(struct ci_plan *plan,
                                  const struct ci_gemm *gemm,
                                  struct ci_gemm_choice best) {
  const clinfer_status status = best.provider->plan(plan, gemm, best.variant);
  const bool refused = status == CLINFER_UNSUPPORTED &&
                       best.variant != CI_ANY_VARIANT;
  if (!refused) return status;
  /* It was measured for a shape that is only similar. */
  return best.provider->plan(plan, gemm, CI_ANY_VARIANT);
}

clinfer_status ci_plan_gemm(struct ci_plan *plan, const struct ci_gemm *gemm) {
  return plan_choice(plan, gemm, choose(plan->ctx, gemm));
}

static void plan_norm(struct ci_plan *plan, struct ci_normalise *n) {
  if (n->y.mem == NULL)
    n->y = ci_plan_matrix(plan, n->y.rows, n->y.cols, n->y.dtype);
  if (!ci_is_empty(n->y)) ci_plan_normalise(plan, n);
}

clinfer_status ci_plan_normalised_gemm(struct ci_plan *plan,
                                       struct ci_normalise n,
                                       struct ci_gemm gemm) {
  if (ci_is_empty(gemm.c)) {
    plan_norm(plan, &n);
    return CLINFER_OK;
  }
  gemm.a = n.y;
  const struct ci_gemm_choice best = choose(plan->ctx, &gemm);
  bool planned = false;
  if (!ci_is_empty(n.y) && best.provider->plan_normalised)
    CI_TRY(best.provider->plan_normalised(plan, &n, &gemm, &planned));
  if (planned) return CLINFER_OK;
  plan_norm(plan, &n);
  gemm.a = n.y; /* in scratch it lies no worse than the choice assumed */
  return plan_choice(plan, &gemm, best);
}

void ci_result_options(struct ci_step *step, const struct ci_gemm *g) {
  ci_option_vector(step, CI_OPTION_BIAS_TYPE, g->bias);
  ci_option_type(step, CI_OPTION_C_TYPE, g->c.dtype);
  ci_option_word(step, CI_OPTION_ACTIVATION, ci_activation_word(g->activation));
}

void ci_layout_options(struct ci_step *step, const struct ci_gemm *g) {
  ci_result_options(step, g);
  ci_option(step, CI_OPTION_W_OUT_IN, g->w.layout == CLINFER_OUT_IN);
}

void ci_gemm_options(struct ci_step *step, const struct ci_gemm *g) {
  ci_layout_options(step, g);
  ci_option_type(step, CI_OPTION_A_TYPE, g->a.dtype);
  ci_option_type(step, CI_OPTION_W_TYPE, g->w.matrix.dtype);
}

void ci_gemm_args(struct ci_step *step, const struct ci_gemm *g) {
  ci_arg_matrix(step, g->a);
  ci_arg_matrix(step, g->w.matrix);
  ci_arg_vector(step, g->bias);
  ci_arg_matrix(step, g->c);
  ci_arg_uint(step, g->c.rows);
  ci_arg_uint(step, g->c.cols);
  ci_arg_uint(step, g->a.cols);
}

size_t ci_alignment(const struct ci_device *device, clinfer_matrix m) {
  const size_t element = clinfer_dtype_size(m.dtype);
  if (!ci_aligns_buffers(device)) return element;
  const size_t bits = (m.offset | m.ld) * element | 16;
  return bits & ~(bits - 1);
}

void ci_arg_shared_tiles(struct ci_plan *plan, struct ci_step *step,
                         size_t tiles, size_t shares, size_t elements,
                         size_t counters) {
  const size_t word = sizeof(cl_ulong) / sizeof(cl_float);
  ci_arg_matrix(step,
                ci_plan_matrix(plan, tiles * shares, elements, CLINFER_F32));
  ci_arg_matrix(step,
                ci_plan_matrix(plan, tiles, counters * word, CLINFER_F32));
}
