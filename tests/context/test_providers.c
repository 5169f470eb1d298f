/* test_providers.c - a context that is restricted to one provider computes with
 * that one: what the operators' tests rely on. */

#include "attention/attention.h"
#include "context/context.h"
#include "gemm/gemm.h"
#include "row/rows.h"
#include "tester.h"

#include <string.h>

/* A provider, the kernel that it plans, and what it is given.
 */
struct provider {
  const char *name;
  enum ci_kernel_name kernel; /* CI_KERNELS: none of the library's own */
  clinfer_dtype dtype;
};

static const struct provider gemms[] = {
    {"gemm_cpu", CI_KERNEL_GEMM_CPU, CLINFER_F32},
    {"gemm_skinny", CI_KERNEL_GEMM_SKINNY, CLINFER_F32},
    {"gemm_wgmma", CI_KERNEL_GEMM_WGMMA, CLINFER_F16},
    {"gemm_mma", CI_KERNEL_GEMM_MMA, CLINFER_F16},
    {"gemm_units", CI_KERNEL_GEMM_UNITS, CLINFER_F16},
    {"gemm_clblast", CI_KERNELS, CLINFER_F32},
    {"gemm_tiled", CI_KERNEL_GEMM_TILED, CLINFER_F32},
    {"reference", CI_KERNEL_GEMM_REFERENCE, CLINFER_F32},
};
static const struct provider rows[] = {
    {"row_item", CI_KERNEL_ROW_NORMALISE_ITEM, CLINFER_F32},
    {"row_registers", CI_KERNEL_ROW_NORMALISE_REGISTERS, CLINFER_F32},
    {"row_group", CI_KERNEL_ROW_NORMALISE_GROUP, CLINFER_F32},
    {"reference", CI_KERNEL_ROW_NORMALISE_REFERENCE, CLINFER_F32},
};
static const struct provider elements[] = {
    {"elementwise", CI_KERNEL_ROW_BIAS_ACTIVATION, CLINFER_F32},
    {"reference", CI_KERNEL_ROW_BIAS_ACTIVATION_REFERENCE, CLINFER_F32},
};

static const struct provider attentions[] = {
    {"attention_cpu", CI_KERNEL_ATTENTION_CPU, CLINFER_F32},
    {"attention_wgmma", CI_KERNEL_ATTENTION_WGMMA, CLINFER_F16},
    {"attention_mma", CI_KERNEL_ATTENTION_MMA, CLINFER_F16},
    {"attention_tiled", CI_KERNEL_ATTENTION_TILED, CLINFER_F32},
    {"reference", CI_KERNEL_ATTENTION_REFERENCE, CLINFER_F32},
};

static const struct provider queries[] = {
    {"attention_few", CI_KERNEL_ATTENTION_FEW, CLINFER_F16},
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
  const struct ci_normalise n = {.x = m, .norm = &norm, .y = m};
  assert_int_equal(ci_plan_normalise(plan, &n), CLINFER_OK);
}

static void plan_activation(struct ci_plan *plan, clinfer_matrix m) {
  assert_int_equal(ci_plan_bias_activation(plan, m,
                                           &(clinfer_epilogue){
                                               .activation = CLINFER_RELU},
                                           m),
                   CLINFER_OK);
}

static void plan_attention(struct ci_plan *plan, clinfer_matrix m) {
  const struct ci_problem p = ci_attention_sample(m.dtype, 130);
  assert_int_equal(ci_plan(plan, &p), CLINFER_OK);
}

static bool is_of(const struct ci_step *step, const struct provider *p) {
  if (step->kind != &ci_kernel_step) return p->kernel == CI_KERNELS;
  return step->id.kernel == p->kernel;
}

/* One of the steps is the provider's. */
static void require(const struct provider *p,
                    void (*make)(struct ci_plan *plan, clinfer_matrix m)) {
  clinfer_context *ctx = restricted_to(p->name);
  struct ci_plan plan;
  if (ctx == NULL) skip();
  assert_int_equal(ci_begin(&plan, ctx, &t_exec), CLINFER_OK);
  make(&plan, clinfer_matrix_of(NULL, 8, 64, p->dtype));
  size_t i = 0;
  while (i < plan.step_count && !is_of(&plan.steps[i], p)) i++;
  assert_true(i < plan.step_count);
}

static void computes_gemms(void **state) { require(*state, plan_gemm); }
static void normalises(void **state) { require(*state, plan_normalise); }
static void activates(void **state) { require(*state, plan_activation); }
static void plan_query(struct ci_plan *plan, clinfer_matrix m) {
  const struct ci_problem p = ci_attention_sample(m.dtype, 1);
  assert_int_equal(ci_plan(plan, &p), CLINFER_OK);
}

static void attends(void **state) { require(*state, plan_attention); }
static void attends_to_few(void **state) { require(*state, plan_query); }

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(computes_gemms, gemms), T_TABLE(normalises, rows),
      T_TABLE(activates, elements), T_TABLE(attends, attentions),
      T_TABLE(attends_to_few, queries)};
  return t_main(argc, argv, "providers", tables, T_COUNT(tables));
}
