/* test_providers.c - a context that is restricted to one provider computes with
 * that one: what the operators' tests rely on. */

#include "context/context.h"
#include "gemm/gemm.h"
#include "row/rows.h"
#include "tester.h"

#include <string.h>

/* A provider, the kernel that it plans, NULL for a call of CLBlast's, and what
 * it is given. */
struct provider {
  const char *name, *kernel;
  clinfer_dtype dtype;
};

static const struct provider gemms[] = {
    {"gemm_cpu", "gemm/cpu", CLINFER_F32},
    {"gemm_skinny", "gemm/skinny", CLINFER_F32},
    {"gemm_wgmma", "gemm/wgmma", CLINFER_F16},
    {"gemm_mma", "gemm/mma", CLINFER_F16},
    {"gemm_units", "gemm/units", CLINFER_F16},
    {"gemm_clblast", NULL, CLINFER_F32},
    {"gemm_tiled", "gemm/tiled", CLINFER_F32},
    {"reference", "gemm/reference", CLINFER_F32},
};
static const struct provider rows[] = {
    {"row_item", "row/normalise_item", CLINFER_F32},
    {"row_registers", "row/normalise_registers", CLINFER_F32},
    {"row_group", "row/normalise_group", CLINFER_F32},
    {"reference", "row/normalise_reference", CLINFER_F32},
};
static const struct provider elements[] = {
    {"elementwise", "row/bias_activation", CLINFER_F32},
    {"reference", "row/bias_activation_reference", CLINFER_F32},
};

/* The context of that provider; NULL if it is not for this device. */
static clinfer_context *restricted_to(const char *name) {
  const struct t_provider *p = t_next(NULL, "");
  while (p && strcmp(p->name, name) != 0) p = t_next(p, "");
  return p ? p->ctx : NULL;
}

static void plan_gemm(struct ci_plan *plan, clinfer_matrix m) {
  const clinfer_matrix w = clinfer_matrix_of(NULL, 64, 64, m.dtype);
  const struct ci_gemm gemm = {.a = m, .w = clinfer_weight_of(w), .c = m};
  assert_int_equal(ci_plan_gemm(plan, &gemm), CLINFER_OK);
}

static void plan_normalise(struct ci_plan *plan, clinfer_matrix m) {
  const clinfer_norm norm = {.gamma = clinfer_vector_of(NULL, 64, m.dtype),
                             .eps = 1e-5f};
  ci_plan_normalise(plan,
                    &(struct ci_normalise){.x = m, .norm = &norm, .y = m});
}

static void plan_activation(struct ci_plan *plan, clinfer_matrix m) {
  ci_plan_bias_activation(plan, m, clinfer_no_vector(), CLINFER_RELU, m);
}

static bool is_of(const struct ci_step *step, const struct provider *p) {
  const char *kernel = step->id.kernel;
  return kernel && p->kernel ? strcmp(kernel, p->kernel) == 0
                             : kernel == p->kernel;
}

/* One of the steps is the provider's. */
static void require(const struct provider *p,
                    void (*make)(struct ci_plan *plan, clinfer_matrix m)) {
  clinfer_context *ctx = restricted_to(p->name);
  struct ci_plan plan;
  if (ctx == NULL) skip();
  assert_int_equal(ci_plan_begin(&plan, ctx, &t_exec), CLINFER_OK);
  make(&plan, clinfer_matrix_of(NULL, 8, 64, p->dtype));
  size_t i = 0;
  while (i < plan.step_count && !is_of(&plan.steps[i], p)) i++;
  assert_true(i < plan.step_count);
}

static void computes_gemms(void **state) { require(*state, plan_gemm); }
static void normalises(void **state) { require(*state, plan_normalise); }
static void activates(void **state) { require(*state, plan_activation); }

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(computes_gemms, gemms),
                                          T_TABLE(normalises, rows),
                                          T_TABLE(activates, elements)};
  return t_main(argc, argv, "providers", tables, T_COUNT(tables));
}
