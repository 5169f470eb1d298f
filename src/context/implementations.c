/* implementations.c - every implementation of every kind of problem: best
 * first, the last one supports everything and cannot be disabled. */

#include "context/implementations.h"

#include "gemm/gemm.h"
#include "row/rows.h"

typedef const struct ci_implementation *const list[];

static list gemms = {&ci_gemm_cpu,     &ci_gemm_skinny, &ci_gemm_wgmma,
                     &ci_gemm_mma,     &ci_gemm_units,  &ci_gemm_local,
                     &ci_gemm_clblast, &ci_gemm_tiled,  &ci_gemm_reference};
static list gemms_on_nvidia = {
    &ci_gemm_cpu,   &ci_gemm_skinny,  &ci_gemm_wgmma,
    &ci_gemm_mma,   &ci_gemm_units,   &ci_gemm_local,
    &ci_gemm_tiled, &ci_gemm_clblast, &ci_gemm_reference};
static list normalised_gemms = {&ci_gemm_skinny_normalised, &ci_gemm_in_steps};
static list normalisations = {&ci_normalise_item, &ci_normalise_registers,
                              &ci_normalise_group, &ci_normalise_reference};
static list bias_activations = {&ci_bias_activation_fast,
                                &ci_bias_activation_reference};
static list residual_adds = {&ci_residual_add_fast, &ci_residual_add_reference};

void ci_list_implementations(struct ci_target *target) {
  target->lists[CI_GEMM] = target->device.nvidia_sm ? gemms_on_nvidia : gemms;
  target->lists[CI_NORMALISED_GEMM] = normalised_gemms;
  target->lists[CI_NORMALISE] = normalisations;
  target->lists[CI_BIAS_ACTIVATION] = bias_activations;
  target->lists[CI_RESIDUAL_ADD] = residual_adds;
}
