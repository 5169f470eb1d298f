/* test_variants.c - every variant that a table may choose, not only those that
 * a size brings up by itself. Providers that must prove themselves run all of
 * theirs before they compute anything. */

#include "gemm/gemm.h"
#include "gemm/sample.h"
#include "run/plan.h"
#include "tester.h"

struct named_provider {
  const char *name;
  const struct ci_gemm_provider *provider;
};
static const struct named_provider providers[] = {
    {"gemm_cpu", &ci_gemm_cpu}, {"gemm_tiled", &ci_gemm_tiled}};

/* Whether the variant is for this device and GEMM. */
static bool plans(clinfer_context *ctx, const struct ci_gemm_provider *p,
                  const struct ci_gemm *gemm, int variant) {
  struct ci_plan plan;
  T_OK(ci_plan_begin(&plan, ctx, &t_exec));
  return p->plan(&plan, gemm, variant) == CLINFER_OK;
}

/* In halves and in floats, whole and ragged, and with sums of several chains.
 */
static void compute_what_is_wanted(void **state) {
  const struct named_provider *p = *state;
  clinfer_context *ctx = t_next(NULL, "")->ctx;
  size_t computed = 0;
  for (size_t i = 0; i < ci_gemm_sample_count; i++) {
    const struct ci_gemm gemm = ci_gemm_sample(i);
    const bool is_long = gemm.a.cols > 512 && gemm.w.layout == CLINFER_IN_OUT;
    const bool is_ragged = gemm.a.dtype == CLINFER_F32 && gemm.a.cols % 2;
    if (!is_long && !is_ragged) continue;
    if (!p->provider->supports(ctx, &gemm)) continue;
    for (int v = 0; p->provider->variants[v]; v++) {
      t_at("%s %s, sample %zu", p->name, p->provider->variants[v], i);
      if (!plans(ctx, p->provider, &gemm, v)) continue;
      T_OK(ci_gemm_sample_check(ctx, t_queue, p->provider, v, i));
      computed++;
    }
  }
  if (computed == 0) skip();
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(compute_what_is_wanted, providers)};
  return t_main(argc, argv, "variants", tables, T_COUNT(tables));
}
