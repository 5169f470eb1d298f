/* gemm.h - planning c = activation(a w + bias). */
#ifndef CI_GEMM_H
#define CI_GEMM_H

#include "plan.h"

/* Append the steps of the first provider that supports the problem. */
clinfer_status ci_plan_gemm(struct ci_plan *plan, const struct ci_gemm *gemm);

/* A way to compute a GEMM. */
enum { CI_ANY_VARIANT = -1 };
struct ci_gemm_provider {
  enum ci_provider id;
  bool (*supports)(const clinfer_context *ctx, const struct ci_gemm *gemm);
  /* `variant`: an index into `variants`, or CI_ANY_VARIANT for the one that
   * suits the shape. */
  clinfer_status (*plan)(struct ci_plan *plan, const struct ci_gemm *gemm,
                         int variant);
  const char *const *variants; /* names, then NULL; NULL: there is only one */
};
extern const struct ci_gemm_provider ci_gemm_cpu, ci_gemm_clblast,
    ci_gemm_tiled, ci_gemm_reference;

/* What every GEMM kernel takes: the storage types, bias and activation as
 * options; the operands and M, N, K as arguments. */
void ci_gemm_options(struct ci_step *step, const struct ci_gemm *gemm);
void ci_gemm_args(struct ci_step *step, const struct ci_gemm *gemm);

#endif
