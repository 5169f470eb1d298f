/* test_variants.c - every variant that a table may choose, not only those that
 * a size brings up by itself. */

#include "choose/comparison.h"
#include "context/context.h"
#include "gemm/gemm.h"
#include "gemm/samples.h"
#include "tester.h"

static const struct with_variants {
  const char *name;
  const struct ci_implementation *implementation;
} with_variants[] = {{"gemm_cpu", &ci_gemm_cpu},
                     {"gemm_tiled", &ci_gemm_tiled},
                     {"gemm_units", &ci_gemm_units},
                     {"gemm_mma", &ci_gemm_mma},
                     {"gemm_wgmma", &ci_gemm_wgmma}};

/* Whether the variant is for this device and GEMM. */
static bool plans(clinfer_context *ctx, const struct ci_problem *problem,
                  struct ci_choice choice) {
  struct ci_plan plan;
  T_OK(ci_begin(&plan, ctx, &t_exec));
  return ci_plan_by(&plan, problem, &choice) == CLINFER_OK;
}

/* Variants for matrix units meet every sample; of the others, which run
 * everywhere, the operators' tests meet most: here long sums in halves, and
 * what is ragged in floats. */
static bool is_wanted(const struct ci_implementation *p,
                      const struct ci_gemm *g) {
  return p->proves == CI_PROVES_EVERYWHERE ||
         (g->a.dtype == CLINFER_F16 && g->a.cols > 512 && g->c.rows > 100 &&
          g->w.layout == CLINFER_IN_OUT) ||
         (g->a.dtype == CLINFER_F32 && g->a.cols % 2);
}

static void compute_what_is_wanted(void **state) {
  const struct with_variants *row = *state;
  const struct ci_implementation *p = row->implementation;
  clinfer_context *ctx = t_next(NULL, "")->ctx;
  size_t computed = 0;
  for (size_t i = 0; i < ci_gemm_sample_count; i++) {
    const struct ci_problem gemm = ci_gemm_sample(i);
    if (!is_wanted(p, &gemm.gemm) || !p->supports(&ctx->target, &gemm))
      continue;
    for (int v = 0; p->variants[v]; v++) {
      const struct ci_choice choice = {p, v};
      t_at("%s %s, sample %zu", row->name, p->variants[v], i);
      if (!plans(ctx, &gemm, choice)) continue;
      T_OK(ci_compare(&ctx->runtime, &ctx->target, &gemm, choice));
      computed++;
    }
  }
  if (computed == 0) skip();
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(compute_what_is_wanted, with_variants)};
  return t_main(argc, argv, "variants", tables, T_COUNT(tables));
}
