/* implementations.c - every implementation of every kind of problem: best
 * first, the last one supports everything and cannot be disabled. */

#include "context/implementations.h"

#include "attention/attention.h"
#include "gemm/gemm.h"
#include "row/rows.h"

typedef const struct ci_implementation *const list[];

#define ADDRESS(id, name) &ci_##name,
#define GEMMS(general, other) \
  { CI_SPECIAL_GEMM_MAP(ADDRESS) general, other, &ci_gemm_reference }
static list gemms = GEMMS(&ci_gemm_clblast, &ci_gemm_tiled);
static list gemms_on_nvidia = GEMMS(&ci_gemm_tiled, &ci_gemm_clblast);
#undef GEMMS
#undef ADDRESS

static list normalised_gemms = {&ci_gemm_skinny_normalised, &ci_gemm_in_steps};
static list normalisations = {&ci_normalise_item, &ci_normalise_registers,
                              &ci_normalise_group, &ci_normalise_reference};
static list bias_activations = {&ci_bias_activation_fast,
                                &ci_bias_activation_reference};
static list residual_adds = {&ci_residual_add_fast, &ci_residual_add_reference};
static list attentions = {&ci_attention_cpu,   &ci_attention_few,
                          &ci_attention_wgmma, &ci_attention_mma,
                          &ci_attention_tiled, &ci_attention_reference};

void ci_list_implementations(struct ci_target *target) {
  target->lists[CI_GEMM] = target->device.nvidia_sm ? gemms_on_nvidia : gemms;
  target->lists[CI_NORMALISED_GEMM] = normalised_gemms;
  target->lists[CI_NORMALISE] = normalisations;
  target->lists[CI_BIAS_ACTIVATION] = bias_activations;
  target->lists[CI_RESIDUAL_ADD] = residual_adds;
  target->lists[CI_ATTENTION] = attentions;
}
