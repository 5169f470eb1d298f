/* test_comparison.c - what is right passes, however odd the problem; what is a
 * little wrong does not. */

#define _POSIX_C_SOURCE 200809L

#include "choose/comparison.h"
#include "gemm/gemm.h"
#include "invented.h"
#include "invented_gemms.h"
#include "row/rows.h"
#include "tester.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

static clinfer_context *chooser(void) { return t_next(NULL, "")->ctx; }

static clinfer_status compare(clinfer_context *ctx, struct ci_problem problem,
                              const struct ci_implementation *i) {
  return ci_compare(&ctx->runtime, &ctx->target, &problem,
                    (struct ci_choice){i, CI_ANY_VARIANT});
}

/* ---- What is right: all that the library has for the device */

#define F16 CLINFER_F16
#define BF16 CLINFER_BF16
#define F32 CLINFER_F32
#define MATRIX(rows, cols, dtype) \
  { NULL, 1, rows, cols, (cols) + 2, dtype }
#define VECTOR(size, dtype) \
  { NULL, 3, size, dtype }
#define GEMM(M, N, K, dtype, ...)                                   \
  {                                                                 \
    .a = MATRIX(M, K, dtype), .w = {.matrix = MATRIX(K, N, dtype)}, \
    .c = MATRIX(M, N, dtype), __VA_ARGS__                           \
  }

static const clinfer_norm plain_norm = {.eps = 1e-5f},
                          full_norm = {.gamma = VECTOR(33, F32),
                                       .beta = VECTOR(33, F16),
                                       .eps = 1e-5f};

static const struct odd {
  const char *name;
  struct ci_problem problem;
} odds[] = {
    {"one product", {CI_GEMM, .gemm = GEMM(1, 1, 1, F32, )}},
    {"one product of halves", {CI_GEMM, .gemm = GEMM(1, 1, 1, F16, )}},
    {"no products",
     {CI_GEMM, .gemm = {.a = {NULL, 0, 3, 0, 0, F32},
                        .w.matrix = {NULL, 0, 0, 5, 5, F32},
                        .c = MATRIX(3, 5, F32)}}},
    {"bf16, of each a part",
     {CI_GEMM,
      .gemm = GEMM(7, 40, 300, BF16, .epilogue.bias = VECTOR(40, F16))}},
    {"no products of halves, but a bias",
     {CI_GEMM, .gemm = GEMM(3, 5, 0, F16, .epilogue.bias = VECTOR(5, F32))}},
    {"no products, a sigmoid",
     {CI_GEMM,
      .gemm = GEMM(3, 5, 0, F32, .epilogue.activation = CLINFER_SIGMOID)}},
    {"large sums, half of them cut off",
     {CI_GEMM,
      .gemm = GEMM(40, 264, 900, F16, .epilogue.activation = CLINFER_RELU)}},
    {"a sigmoid of large sums",
     {CI_GEMM,
      .gemm = GEMM(7, 40, 2100, F16, .epilogue.activation = CLINFER_SIGMOID)}},
    {"products and a residual",
     {CI_GEMM, .gemm = GEMM(7, 40, 300, F16,
                            .epilogue =
                                {
                                    .bias = VECTOR(40, F32),
                                    .activation = CLINFER_SILU,
                                    .residual = MATRIX(7, 40, F32),
                                })}},
    {"gated products",
     {CI_GEMM, .gemm = {.a = MATRIX(7, 300, F16),
                        .w.matrix = MATRIX(300, 80, F16),
                        .epilogue = {.bias = VECTOR(80, F16),
                                     .activation = CLINFER_GELU_ERF,
                                     .gated = 1,
                                     .residual = MATRIX(7, 40, F16)},
                        .c = MATRIX(7, 40, F16)}}},
    {"GELU of a row",
     {CI_GEMM,
      .gemm = GEMM(1, 300, 1000, F32, .epilogue.bias = VECTOR(300, F16),
                   .epilogue.activation = CLINFER_GELU_TANH)}},
    {"rows of one element",
     {CI_NORMALISE, .normalise = {.x = MATRIX(5, 1, F32),
                                  .norm = &plain_norm,
                                  .y = MATRIX(5, 1, F32)}}},
    {"rows of two halves",
     {CI_NORMALISE, .normalise = {.x = MATRIX(5, 2, F16),
                                  .norm = &plain_norm,
                                  .y = MATRIX(5, 2, F16)}}},
    {"all that a normalisation can have",
     {CI_NORMALISE, .normalise = {.x = MATRIX(7, 33, F16),
                                  .bias = VECTOR(33, F16),
                                  .residual = MATRIX(7, 33, F16),
                                  .norm = &full_norm,
                                  .rms = true,
                                  .y = MATRIX(7, 33, F16),
                                  .sum = MATRIX(7, 33, F16)}}},
    {"a normalised GEMM",
     {CI_NORMALISED_GEMM,
      .normalised_gemm = {.n = {.x = MATRIX(3, 33, F16),
                                .norm = &full_norm,
                                .y = MATRIX(3, 33, F16)},
                          .gemm = GEMM(3, 40, 33, F16,
                                       .epilogue.bias = VECTOR(40, F16))}}},
    {"a normalised GEMM that keeps its rows",
     {CI_NORMALISED_GEMM, .normalised_gemm = {.n = {.x = MATRIX(3, 33, F32),
                                                    .norm = &full_norm,
                                                    .y = MATRIX(3, 33, F16)},
                                              .gemm = GEMM(3, 40, 33, F16, ),
                                              .keeps_y = true}}},
    {"one element, cut off or not",
     {CI_BIAS_ACTIVATION,
      .bias_activation = {.x = MATRIX(1, 1, F16),
                          .epilogue.activation = CLINFER_RELU,
                          .y = MATRIX(1, 1, F32)}}},
    {"long rows of biases",
     {CI_BIAS_ACTIVATION,
      .bias_activation = {.x = MATRIX(2, 5000, F32),
                          .epilogue.bias = VECTOR(5000, F16),
                          .epilogue.activation = CLINFER_SILU,
                          .y = MATRIX(2, 5000, F16)}}},
    {"gated rows and a residual",
     {CI_BIAS_ACTIVATION,
      .bias_activation = {.x = MATRIX(3, 66, F32),
                          .epilogue = {.bias = VECTOR(66, F16),
                                       .activation = CLINFER_RELU,
                                       .gated = 1,
                                       .residual = MATRIX(3, 33, F16)},
                          .y = MATRIX(3, 33, F16)}}},
    {"all that a sum can have",
     {CI_RESIDUAL_ADD,
      .residual_add = {.terms = {.hidden = MATRIX(3, 33, F16),
                                 .residual = MATRIX(3, 33, F16),
                                 .attention = MATRIX(3, 33, F16),
                                 .attention_bias = VECTOR(33, F16),
                                 .final_bias = VECTOR(33, F16),
                                 .mp_size = 4},
                       .y = MATRIX(3, 33, F16)}}},
};

/* What never has to prove itself is compared in the wide run alone, but for
 * what the library would choose. */
static bool is_wanted(const struct ci_implementation *i,
                      const struct ci_target *target,
                      const struct ci_problem *problem) {
  return t_is_wide() || i->proves != CI_PROVES_NOWHERE ||
         i == ci_best(target, problem).implementation;
}

/* In a context that chooses freely, or is restricted to a provider; some
 * implementations support a problem only in the latter. */
static void check_all_of(clinfer_context *ctx,
                         const struct ci_problem *problem) {
  const struct ci_implementation *const *i = ctx->target.lists[problem->kind];
  for (bool is_last = false; !is_last; i++) {
    is_last = (*i)->id == CI_REFERENCE;
    if (!ctx->target.enabled[(*i)->id] ||
        !is_wanted(*i, &ctx->target, problem) ||
        !(*i)->supports(&ctx->target, problem) ||
        (ctx != chooser() && (*i)->supports(&chooser()->target, problem)))
      continue;
    t_at("%s", clinfer_provider_name((*i)->id));
    T_OK(compare(ctx, *problem, *i));
  }
}

static void passes(void **state) {
  const struct odd *odd = *state;
  for (const struct t_provider *p = NULL; (p = t_next(p, "")) != NULL;)
    check_all_of(p->ctx, &odd->problem);
}

/* ---- One product too few, whatever becomes of the sum */

static void one_too_few(void) {
  static const size_t lengths[] = {1, 2, 97, 4112};
  static const struct ci_implementation wrong = {.plan = invented_shorter};
  for (size_t i = 0; i < T_COUNT(lengths) * 3; i++)
    for (int a = CLINFER_NONE; a <= CLINFER_SIGMOID; a++) {
      static const clinfer_dtype dtypes[] = {F32, F16, BF16};
      const clinfer_dtype dtype = dtypes[i % 3];
      const struct ci_problem p = {
          CI_GEMM, .gemm = GEMM(3, 40, lengths[i / 3], dtype,
                                .epilogue.activation = (clinfer_activation)a)};
      t_at("K = %zu, activation %d, dtype %d", lengths[i / 3], a, (int)dtype);
      T_OK(compare(chooser(), p, &ci_gemm_reference));
      assert_int_equal(compare(chooser(), p, &wrong), CLINFER_UNSUPPORTED);
    }
}

/* ---- Wrong for other reasons: an operand is not as the problem says */

static clinfer_status plan_changed(struct ci_plan *plan,
                                   const struct ci_problem *problem,
                                   int variant) {
  struct ci_problem p = *problem;
  clinfer_norm norm = full_norm;
  switch (p.kind) {
    case CI_NORMALISE:
      p.normalise.rms = !p.normalise.rms;
      break;
    case CI_NORMALISED_GEMM:
      norm.gamma = p.normalised_gemm.n.norm->gamma;
      norm.beta = clinfer_no_vector();
      p.normalised_gemm.n.norm = &norm;
      break;
    case CI_BIAS_ACTIVATION:
      p.bias_activation.epilogue.activation = CLINFER_GELU_SIGMOID;
      break;
    default:
      p.residual_add.terms.mp_size++;
      break;
  }
  return invented_reference(p.kind)->plan(plan, &p, variant);
}

/* Of the other kinds of problems, in a context that must have it proven. */
static void other_kinds(void) {
  for (size_t i = 0; i < T_COUNT(odds); i++) {
    const struct ci_problem *p = &odds[i].problem;
    const bool is_last = i + 1 == T_COUNT(odds) ||
                         p->kind != odds[i + 1].problem.kind;
    if (p->kind == CI_GEMM || !is_last) continue;
    /* Its steps prove themselves one by one there. */
    if (p->kind == CI_NORMALISED_GEMM && chooser()->target.device.nvidia_sm)
      continue;
    for (int right = 0; right < 2; right++) {
      clinfer_context *ctx =
          invented_open("", p->kind,
                        (struct ci_implementation){
                            .plan = right ? invented_reference(p->kind)->plan
                                          : plan_changed});
      t_at("%s, %s", odds[i].name, right ? "right" : "wrong");
      assert_int_equal(invented_is_used(ctx, p), right);
      clinfer_context_destroy(ctx);
    }
  }
}

/* Rows of one element and no eps would be 0 / 0. */
static void no_eps(void) {
  static const clinfer_norm norm = {.eps = 0};
  const struct ci_problem p = {
      CI_NORMALISE,
      .normalise = {
          .x = MATRIX(5, 1, F32), .norm = &norm, .y = MATRIX(5, 1, F32)}};
  clinfer_context *ctx = invented_open("", CI_NORMALISE,
                                       ci_normalise_reference);
  assert_true(invented_is_used(ctx, &p));
  clinfer_context_destroy(ctx);
}

/* ---- Wrong kernels: the reference's text, changed */

static const struct changed {
  const char *name;
  const char *product, *sum; /* of x: what becomes of a weight, of a sum */
  clinfer_dtype dtype;
  clinfer_activation activation;
  clinfer_math math;
  bool passes;
} changed[] = {
    {"unchanged", "x", "x", F32, CLINFER_NONE, CLINFER_MATH_F32, true},
    {"unchanged halves", "x", "x", F16, CLINFER_NONE, CLINFER_MATH_F32, true},
    {"subnormals count as 0", "(fabs(x) < 0x1p-14f ? 0.0f : (x))", "x", F16,
     CLINFER_NONE, CLINFER_MATH_F32, false},
    {"subnormals count as 0 before a sigmoid",
     "(fabs(x) < 0x1p-14f ? 0.0f : (x))", "x", F16, CLINFER_SIGMOID,
     CLINFER_MATH_F32, false},
    {"floats are cut to TF32", "as_float(as_uint(x) & ~0x1FFFu)", "x", F32,
     CLINFER_NONE, CLINFER_MATH_F32, false},
    {"floats are cut to TF32 as they may be", "as_float(as_uint(x) & ~0x1FFFu)",
     "x", F32, CLINFER_NONE, CLINFER_MATH_TF32, true},
    {"unchanged bf16", "x", "x", BF16, CLINFER_NONE, CLINFER_MATH_F32, true},
    {"sums are halves", "x", "as_half(x)", F16, CLINFER_NONE, CLINFER_MATH_F32,
     false},
};

static clinfer_status plan_other_text(struct ci_plan *plan,
                                      const struct ci_problem *p, int variant) {
  const clinfer_status status = ci_gemm_reference.plan(plan, p, variant);
  plan->steps[plan->step_count - 1].id.kernel = CI_KERNEL_GEMM_TILED;
  return status;
}

/* Replace `from`, which is there. */
static void replace(char *text, size_t room, const char *from, const char *to) {
  char *at = strstr(text, from);
  assert_non_null(at);
  assert_true(strlen(text) + strlen(to) < room);
  memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
  memcpy(at, to, strlen(to));
}

/* gemm/tiled.cl of the folder becomes gemm/reference.cl with the change. */
static void change_text(const char *folder, const struct changed *c) {
  char path[2 * FILES_PATH], text[8192], macros[1024];
  size_t size;
  snprintf(path, sizeof path, "%s/gemm/reference.cl", folder);
  unsigned char *reference = files_read(path, &size);
  snprintf(macros, sizeof macros,
           "float as_half(float x) {\n"
           "  ushort bits;\n"
           "  vstore_half(x, 0, (half *)&bits);\n"
           "  return vload_half(0, (half *)&bits);\n"
           "}\n"
           "#define PRODUCT(x) %s\n#define SUMMED(x) %s\n",
           c->product, c->sum);
  assert_in_range(snprintf(text, sizeof text, "%s%s", macros,
                           (char *)reference),
                  1, sizeof text - 1);
  free(reference);
  replace(text, sizeof text, "gemm_reference", "gemm_tiled");
  replace(text, sizeof text, "WEIGHT(k, col);",
          "PRODUCT(WEIGHT(k, col));\n    part = SUMMED(part);");
  replace(text, sizeof text, "k++)\n", "k++) {\n");
  replace(text, sizeof text, "    sum += part;", "    }\n    sum += part;");
  snprintf(path, sizeof path, "%s/gemm/tiled.cl", folder);
  files_write(path, text, strlen(text));
}

static void changed_text(void **state) {
  const struct changed *c = *state;
  static const struct ci_implementation other = {.plan = plan_other_text};
  const struct ci_problem p = {
      CI_GEMM,
      .gemm = GEMM(3, 40, 600, c->dtype, .epilogue.activation = c->activation)};
  const clinfer_options options = {
      .struct_size = sizeof options, .cache_dir = "", .math = c->math};
  char folder[FILES_PATH];
  clinfer_context *ctx = NULL;
  files_make_folder(folder);
  files_copy(TEST_CL_DIR, folder);
  change_text(folder, c);
  setenv("CLINFER_CL_DIR", folder, 1);
  T_OK(clinfer_context_create(clinfer_context_cl(chooser()),
                              clinfer_context_device(chooser()), &options,
                              &ctx));
  unsetenv("CLINFER_CL_DIR");
  const clinfer_status status = compare(ctx, p, &other);
  if (status != (c->passes ? CLINFER_OK : CLINFER_UNSUPPORTED))
    fail_msg("%s", clinfer_last_error()->message);
  clinfer_context_destroy(ctx);
  files_remove(folder);
}

static const struct t_single singles[] = {
    {"one product too few", one_too_few},
    {"other kinds, right and wrong", other_kinds},
    {"no eps", no_eps},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(passes, odds),
                                          T_TABLE(changed_text, changed),
                                          T_TABLE(t_call, singles)};
  return t_main(argc, argv, "comparison", tables, T_COUNT(tables));
}
