/* providers.h - what can compute a GEMM or a row operator; best first. */
#ifndef CI_PROVIDERS_H
#define CI_PROVIDERS_H

#include <stdbool.h>

/* GEMMs for some devices or shapes, best first: name in this code, name for
 * users. gemm_mma is the implementation ci_gemm_mma. */
#define CI_SPECIAL_GEMM_MAP(X)   \
  X(CI_GEMM_CPU, gemm_cpu)       \
  X(CI_GEMM_SKINNY, gemm_skinny) \
  X(CI_GEMM_WGMMA, gemm_wgmma)   \
  X(CI_GEMM_MMA, gemm_mma)       \
  X(CI_GEMM_UNITS, gemm_units)   \
  X(CI_GEMM_LOCAL, gemm_local)

/* Every provider. The reference kernels are last, can do everything, and cannot
 * be disabled. */
#define CI_PROVIDER_MAP(X)               \
  CI_SPECIAL_GEMM_MAP(X)                 \
  X(CI_GEMM_CLBLAST, gemm_clblast)       \
  X(CI_GEMM_TILED, gemm_tiled)           \
  X(CI_ROW_ITEM, row_item)               \
  X(CI_ROW_REGISTERS, row_registers)     \
  X(CI_ROW_GROUP, row_group)             \
  X(CI_ELEMENTWISE, elementwise)         \
  X(CI_ATTENTION_CPU, attention_cpu)     \
  X(CI_ATTENTION_FEW, attention_few)     \
  X(CI_ATTENTION_WGMMA, attention_wgmma) \
  X(CI_ATTENTION_MMA, attention_mma)     \
  X(CI_ATTENTION_TILED, attention_tiled) \
  X(CI_REFERENCE, reference)

#define CI_PROVIDER_ENUM(id, name) id,
enum ci_provider { CI_PROVIDER_MAP(CI_PROVIDER_ENUM) CI_PROVIDERS };
#undef CI_PROVIDER_ENUM

/* Clear enabled[p] for each name in a comma-separated list. Unknown names are
 * passed over: a list may be meant for a newer version. */
void ci_disable_providers(const char *list, bool enabled[CI_PROVIDERS]);

#endif
