/* providers.c - what has become of each provider in a context. */

#include "context/context.h"
#include "context/implementations.h"
#include "attention/attention.h"
#include "gemm/samples.h"

const char *clinfer_provider_variant(size_t index, size_t variant) {
  struct ci_target any = {.enabled = {false}};
  if (index >= CI_PROVIDERS) return NULL;
  ci_list_implementations(&any);
  const struct ci_implementation
      *gemm = ci_find_implementation(&any, CI_GEMM, (enum ci_provider)index);
  if (gemm == NULL || gemm->variants == NULL) return NULL;
  const char *const *variants = gemm->variants;
  while (*variants && variant > 0) variants++, variant--;
  return *variants;
}

static bool suits_attention(const struct ci_target *target,
                            const struct ci_implementation *attention) {
  static const clinfer_dtype dtypes[] = {CLINFER_F32, CLINFER_F16};
  for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
    const struct ci_problem many = ci_attention_sample(dtypes[i], 130),
                            one = ci_attention_sample(dtypes[i], 1);
    if (attention->supports(target, &many) || attention->supports(target, &one))
      return true;
  }
  return false;
}

/* Whether it supports any of the usual GEMMs, as they are or with so many rows
 * that the device is small for them; or attention: it is for this device. */
static bool suits_device(const struct ci_target *target, enum ci_provider id) {
  const struct ci_implementation *gemm = ci_find_implementation(target, CI_GEMM,
                                                                id);
  const struct ci_implementation
      *attention = ci_find_implementation(target, CI_ATTENTION, id);
  if (id == CI_ROW_ITEM) return target->device.is_cpu;
  if (attention != NULL) return suits_attention(target, attention);
  if (gemm == NULL) return true;
  for (size_t i = 0; i < ci_gemm_sample_count; i++) {
    struct ci_problem sample = ci_gemm_sample(i);
    if (gemm->supports(target, &sample)) return true;
    sample.gemm.a.rows = sample.gemm.c.rows = 1 << 20;
    if (gemm->supports(target, &sample)) return true;
  }
  return false;
}

/* Of all implementations under that name: one that is wrong speaks louder than
 * those that are right, and those than one that is not tested yet. */
static clinfer_provider_state standing_of(const clinfer_context *ctx,
                                          enum ci_provider id) {
  bool must_prove = false, is_proven = false;
  for (int kind = 0; kind < CI_KINDS; kind++) {
    const struct ci_implementation
        *i = ci_find_implementation(&ctx->target, (enum ci_kind)kind, id);
    if (i == NULL || !ci_must_prove(&ctx->target, i)) continue;
    const enum ci_proof proof = atomic_load(&ctx->proofs.of[kind][id].proof);
    if (proof == CI_REFUTED) return CLINFER_PROVIDER_FAILED;
    must_prove = true;
    is_proven |= proof == CI_PROVEN;
  }
  return must_prove && !is_proven ? CLINFER_PROVIDER_UNTESTED
                                  : CLINFER_PROVIDER_READY;
}

clinfer_provider_state clinfer_context_provider(const clinfer_context *ctx,
                                                size_t index) {
  if (ctx == NULL || index >= CI_PROVIDERS) return CLINFER_PROVIDER_ABSENT;
  const enum ci_provider id = (enum ci_provider)index;
  if (!suits_device(&ctx->target, id)) return CLINFER_PROVIDER_ABSENT;
  if (!ctx->target.enabled[id]) return CLINFER_PROVIDER_DISABLED;
  return standing_of(ctx, id);
}
