/* providers.c - the providers' names, and turning them off by name. */

#include "context/providers.h"

#include <string.h>

#include "gemm/gemm.h"

#define NAME(name, text) text,
static const char *const names[] = {CI_PROVIDER_MAP(NAME)};
#undef NAME

const char *clinfer_provider_name(size_t index) {
  return index < CI_PROVIDERS ? names[index] : NULL;
}

const char *clinfer_provider_variant(size_t index, size_t variant) {
  if (index >= CI_PROVIDERS) return NULL;
  const struct ci_gemm_provider *gemm = ci_gemm_provider((enum ci_provider)
                                                             index);
  if (gemm == NULL || gemm->variants == NULL) return NULL;
  const char *const *variants = gemm->variants;
  while (*variants && variant > 0) variants++, variant--;
  return *variants;
}

static bool suits_device(const clinfer_context *ctx, enum ci_provider id) {
  const struct ci_gemm_provider *gemm = ci_gemm_provider(id);
  if (id == CI_ROW_ITEM) return ctx->device.is_cpu;
  return gemm == NULL || ci_suits_device(ctx, gemm);
}

clinfer_provider_state clinfer_context_provider(const clinfer_context *ctx,
                                                size_t index) {
  if (ctx == NULL || index >= CI_PROVIDERS) return CLINFER_PROVIDER_ABSENT;
  const enum ci_provider id = (enum ci_provider)index;
  const struct ci_gemm_provider *gemm = ci_gemm_provider(id);
  if (!suits_device(ctx, id)) return CLINFER_PROVIDER_ABSENT;
  if (!ctx->enabled[id]) return CLINFER_PROVIDER_DISABLED;
  if (gemm == NULL || !gemm->must_prove) return CLINFER_PROVIDER_READY;
  switch (atomic_load(&ctx->proofs.of[id])) {
    case CI_UNPROVEN:
      return CLINFER_PROVIDER_UNTESTED;
    case CI_PROVEN:
      return CLINFER_PROVIDER_READY;
    default:
      return CLINFER_PROVIDER_FAILED;
  }
}

void ci_disable_providers(const char *list, bool enabled[CI_PROVIDERS]) {
  while (*list) {
    const size_t length = strcspn(list, ", ");
    for (size_t p = 0; p < CI_REFERENCE; p++)
      if (strlen(names[p]) == length && !strncmp(names[p], list, length))
        enabled[p] = false;
    list += length;
    list += strspn(list, ", ");
  }
}
