/* test_problem.c - small problems for self-tests: they never grow, and the
 * implementations of every device plan the same kernels for them. */

#include "base/view.h"
#include "choose/implementation.h"
#include "context/implementations.h"
#include "choose/clblast_parameters.h"
#include "tester.h"

#include <stdio.h>
#include <string.h>

/* ---- Devices, of any number of compute units */

static const struct invented {
  const char *name;
  struct ci_device device;
  clinfer_math math;
} invented[] = {
    {"H200", {.max_group = 1024, .local_memory = 48 << 10, .nvidia_sm = 90}, 0},
    {"H200, TF32",
     {.max_group = 1024, .local_memory = 48 << 10, .nvidia_sm = 90},
     CLINFER_MATH_TF32},
    {"A100, TF32x3",
     {.max_group = 1024, .local_memory = 48 << 10, .nvidia_sm = 80},
     CLINFER_MATH_TF32X3},
    {"T4", {.max_group = 1024, .local_memory = 48 << 10, .nvidia_sm = 75}, 0},
    {"MI300",
     {.max_group = 1024, .local_memory = 64 << 10, .units = CI_MFMA},
     0},
    {"Arc",
     {.max_group = 1024,
      .local_memory = 64 << 10,
      .units = CI_DPAS8,
      .intel_lanes = 8},
     0},
    {"a small GPU", {.max_group = 64, .local_memory = 16 << 10}, 0},
    {"a CPU",
     {.is_cpu = true, .max_group = 4096, .local_memory = 256 << 10},
     0},
};

static uint64_t seed;
static size_t below(size_t n) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (size_t)(seed >> 33) % n;
}
#define ONE_OF(...)                                                           \
  ((const size_t[]){__VA_ARGS__})[below(sizeof(const size_t[]){__VA_ARGS__} / \
                                        sizeof(size_t))]

static struct ci_target target_of(const struct invented *i) {
  struct ci_target target = {.device = i->device, .math = i->math};
  target.device.compute_units = (cl_uint)(below(2) ? ONE_OF(1, 8, 46, 58, 72,
                                                            104, 114, 132, 144)
                                                   : 1 + below(160));
  target.device.native_floats = 8;
  ci_list_implementations(&target);
  for (size_t p = 0; p < CI_PROVIDERS; p++) target.enabled[p] = true;
  return target;
}

/* ---- Problems without memory */

static size_t of_rows(void) {
  return below(2) ? 1 + below(20)
                  : ONE_OF(64, 130, 131, 200, 512, 513, 700, 1024, 1025, 1056,
                           2000, 5000);
}

static size_t of_cols(void) {
  return ONE_OF(1, 7, 64, 768, 1000, 4096, 4100, 4128, 5120, 8192, 11008, 14336,
                16384, 28672, 70000) +
         (below(3) ? 0 : below(20));
}

static clinfer_dtype of_dtype(void) {
  return (clinfer_dtype)ONE_OF(CLINFER_F32, CLINFER_F16, CLINFER_BF16);
}

static clinfer_matrix matrix(size_t rows, size_t cols, clinfer_dtype dtype) {
  clinfer_matrix m = clinfer_matrix_of(NULL, rows, cols, dtype);
  if (below(3) == 0) m.ld += ONE_OF(1, 4, 8, 16, 32, 1000);
  if (below(3) == 0) m.offset = ONE_OF(1, 2, 4, 8, 16, 100, 4096);
  return m;
}

static clinfer_vector vector(size_t size, clinfer_dtype dtype) {
  clinfer_vector v = clinfer_vector_of(NULL, size, dtype);
  if (below(3) == 0) return clinfer_no_vector();
  if (below(3) == 0) v.offset = ONE_OF(1, 4, 8, 24);
  return v;
}

static clinfer_epilogue epilogue(size_t rows, size_t cols) {
  clinfer_epilogue e = {.activation = (clinfer_activation)below(3),
                        .gated = below(4) == 0};
  e.bias = vector(ci_product_cols(&e, cols), of_dtype());
  if (below(3) == 0) e.residual = matrix(rows, cols, of_dtype());
  return e;
}

static struct ci_gemm gemm(size_t M, size_t K) {
  const size_t N = of_cols();
  const bool out_in = below(2);
  const clinfer_dtype dtype = of_dtype(), of_w = below(4) ? dtype : of_dtype();
  const clinfer_epilogue e = epilogue(M, N);
  const size_t out = ci_product_cols(&e, N);
  return (struct ci_gemm){
      .a = matrix(M, K, dtype),
      .w = {.matrix = matrix(out_in ? out : K, out_in ? K : out, of_w),
            .layout = out_in ? CLINFER_OUT_IN : CLINFER_IN_OUT},
      .epilogue = e,
      .c = matrix(M, N, below(4) ? dtype : of_dtype())};
}

static struct ci_normalise normalise(size_t rows, size_t cols,
                                     clinfer_norm *norm) {
  const clinfer_dtype dtype = of_dtype();
  struct ci_normalise n = {
      .x = matrix(rows, cols, dtype),
      .bias = vector(cols, dtype),
      .norm = norm,
      .rms = below(2),
      .y = matrix(rows, cols, below(4) ? dtype : of_dtype())};
  if (below(2)) n.residual = matrix(rows, cols, dtype);
  if (below(4) == 0) n.sum = matrix(rows, cols, dtype);
  *norm = (clinfer_norm){.gamma = vector(cols, dtype),
                         .beta = vector(cols, dtype)};
  return n;
}

static clinfer_view view(size_t heads, size_t rows, size_t cols,
                         clinfer_dtype dtype) {
  const clinfer_matrix m = matrix(2 * rows, heads * cols, dtype);
  clinfer_view v = clinfer_heads_of(m, 2, 0, heads, cols);
  if (below(3)) return v;
  v.row_stride = cols + below(20);
  v.head_stride = rows * v.row_stride + below(2) * 3;
  v.batch_stride = heads * v.head_stride + below(2) * 5;
  return v;
}

static struct ci_attention attention(void) {
  const clinfer_dtype dtype = of_dtype(), of_v = below(4) ? dtype : of_dtype();
  const size_t queries = of_rows(), keys = of_rows();
  const size_t size = 1 + below(140), value_size = 1 + below(140);
  const size_t kv_heads = 1 + below(5), heads = kv_heads * (1 + below(3));
  struct ci_attention a = {
      .terms = {.q = view(heads, queries, size, dtype),
                .k = view(kv_heads, keys, size, dtype),
                .v = view(kv_heads, keys, value_size, of_v),
                .scale = 1,
                .causal = (int)below(2),
                .soft_cap = (float)below(2)},
      .y = view(heads, queries, value_size, of_dtype()),
      .reads_lengths = below(2),
      .reads_positions = below(2)};
  if (below(2)) a.terms.mask = view(heads, queries, keys, of_dtype());
  return a;
}

static struct ci_problem any_problem(enum ci_kind kind, clinfer_norm *norm) {
  const size_t rows = of_rows(), cols = of_cols();
  const clinfer_matrix x = matrix(rows, cols, of_dtype()),
                       y = matrix(rows, cols, of_dtype());
  struct ci_problem p = {.kind = kind};
  switch (kind) {
    case CI_GEMM:
      p.gemm = gemm(rows, cols);
      break;
    case CI_NORMALISED_GEMM:
      p.normalised_gemm.n = normalise(rows, cols, norm);
      p.normalised_gemm.gemm = gemm(rows, cols);
      p.normalised_gemm.keeps_y = below(2);
      break;
    case CI_NORMALISE:
      p.normalise = normalise(rows, cols, norm);
      break;
    case CI_BIAS_ACTIVATION:
      p.bias_activation.epilogue = epilogue(rows, cols);
      p.bias_activation.x = matrix(rows,
                                   ci_product_cols(&p.bias_activation.epilogue,
                                                   cols),
                                   x.dtype);
      p.bias_activation.y = y;
      break;
    case CI_ATTENTION:
      p.attention = attention();
      break;
    default:
      p.residual_add.y = y;
      p.residual_add.terms = (clinfer_residual){
          .hidden = x,
          .residual = matrix(rows, cols, x.dtype),
          .attention = below(2) ? matrix(rows, cols, x.dtype)
                                : clinfer_no_matrix(),
          .attention_bias = vector(cols, x.dtype),
          .final_bias = vector(cols, x.dtype),
          .mp_size = 1};
      break;
  }
  return p;
}

/* ---- Small problems */

static void check_view(clinfer_view small, clinfer_view large) {
  assert_int_equal(small.dtype, large.dtype);
  assert_true(small.batch <= large.batch && small.heads <= large.heads);
  assert_true(small.rows <= large.rows && small.cols <= large.cols);
  assert_true(small.row_stride >= small.cols);
  assert_true(small.row_stride <= large.row_stride);
  assert_true(small.offset <= large.offset);
  assert_int_equal(ci_is_empty_view(small), ci_is_empty_view(large));
  assert_int_equal(small.cols % 16, large.cols % 16);
  assert_int_equal(small.row_stride % 16, large.row_stride % 16);
  assert_int_equal(small.offset % 16, large.offset % 16);
  assert_null(small.mem);
}

/* Of several matrices, where they begin. */
static void check_strides(clinfer_view small, clinfer_view large) {
  if (large.heads == 1 && large.batch == 1) return;
  assert_int_equal(small.head_stride % 16, large.head_stride % 16);
  assert_int_equal(small.batch_stride % 16, large.batch_stride % 16);
}

static void check_operands(struct ci_problem small, struct ci_problem large) {
  clinfer_norm norms[2];
  struct ci_operand s[CI_MOST_OPERANDS], l[CI_MOST_OPERANDS];
  const size_t count = ci_list_operands(&small, &norms[0], s);
  assert_int_equal(count, ci_list_operands(&large, &norms[1], l));
  for (size_t i = 0; i < count; i++) {
    assert_int_equal(s[i].is_output, l[i].is_output);
    assert_int_equal(s[i].whole_number < 0, l[i].whole_number < 0);
    check_view(s[i].view, l[i].view);
    check_strides(s[i].view, l[i].view);
  }
}

static const clinfer_exec exec = {.queue = NULL};

/* How many steps are the implementation's own: a gate that it leaves to a step
 * after them is a problem of another kind, which is proven by itself. */
static size_t own_steps(const struct ci_plan *plan,
                        const struct ci_problem *problem,
                        const struct ci_implementation *i) {
  const bool gated = problem->kind == CI_GEMM && problem->gemm.epilogue.gated;
  return plan->step_count - (gated && !i->gates);
}

/* The variant is the one that the large problem is computed by. */
static void check_plans(const struct ci_target *target,
                        const struct ci_problem *small,
                        const struct ci_problem *large,
                        const struct ci_implementation *i) {
  struct ci_plan of_small = {.target = target, .exec = &exec},
                 of_large = {.target = target, .exec = &exec};
  struct ci_choice choice = {i, CI_ANY_VARIANT};
  assert_int_equal(ci_plan_by(&of_large, large, &choice), CLINFER_OK);
  assert_int_equal(ci_plan_by(&of_small, small, &choice), CLINFER_OK);
  assert_int_equal(of_small.step_count, of_large.step_count);
  for (size_t s = 0; s < own_steps(&of_small, small, i); s++) {
    char texts[2][CI_LONGEST_OPTIONS];
    if (ci_id_equal(&of_small.steps[s].id, &of_large.steps[s].id)) continue;
    ci_options_text(&of_large.steps[s].id, texts[0]);
    ci_options_text(&of_small.steps[s].id, texts[1]);
    fail_msg("%u units, %s:\n%s\n%s", target->device.compute_units,
             ci_kernel_path((enum ci_kernel_name)of_large.steps[s].id.kernel),
             texts[0], texts[1]);
  }
}

static size_t element_count(const struct ci_problem *problem) {
  struct ci_problem p = *problem;
  clinfer_norm norm;
  struct ci_operand operands[CI_MOST_OPERANDS];
  const size_t count = ci_list_operands(&p, &norm, operands);
  size_t sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += ci_view_end(operands[i].view) - operands[i].view.offset;
  return sum;
}

/* Of every implementation that must prove itself and supports the problem. */
static size_t check_problem(const struct ci_target *target, enum ci_kind kind) {
  clinfer_norm norms[2];
  const struct ci_problem large = any_problem(kind, &norms[0]);
  struct ci_problem small = large;
  size_t plans = 0;
  ci_shrink(&small, &norms[1], target->device.compute_units);
  check_operands(small, large);
  assert_true(element_count(&small) < (size_t)1 << 28);
  for (const struct ci_implementation *const *i = target->lists[kind];
       (*i)->id != CI_REFERENCE; i++)
    if (ci_must_prove(target, *i) && (*i)->supports(target, &large)) {
      check_plans(target, &small, &large, *i);
      plans++;
    }
  return plans;
}

static void same_kernels(void **state) {
  enum { PROBLEMS = 20000 };
  const struct invented *i = *state;
  size_t plans = 0;
  seed = 5;
  for (size_t n = 0; n < PROBLEMS; n++) {
    const struct ci_target target = target_of(i);
    plans += check_problem(&target, (enum ci_kind)(n % CI_KINDS));
  }
  const bool proves = i->device.nvidia_sm || i->device.units;
  if (proves != (plans > PROBLEMS / 50)) fail_msg("%zu plans", plans);
}

/* What is empty stays so: a sum of no products, rows without elements. */
static void empty_ones(void) {
  clinfer_norm norm = {.eps = 0}, small_norm;
  const clinfer_matrix e = clinfer_matrix_of(NULL, 5, 0, CLINFER_F32);
  const struct ci_normalise n = {.x = e, .norm = &norm, .y = e};
  const struct ci_gemm g = {
      .a = e,
      .w = clinfer_weight_of(clinfer_matrix_of(NULL, 0, 7, CLINFER_F32)),
      .c = clinfer_matrix_of(NULL, 5, 7, CLINFER_F32)};
  const struct ci_problem empty[] = {
      {.kind = CI_GEMM, .gemm = g},
      {.kind = CI_NORMALISED_GEMM, .normalised_gemm = {n, g, true, false}},
      {.kind = CI_NORMALISE, .normalise = n},
      {.kind = CI_BIAS_ACTIVATION, .bias_activation = {.x = e, .y = e}},
      {.kind = CI_RESIDUAL_ADD,
       .residual_add = {.terms = {.hidden = e, .residual = e}, .y = e}}};
  for (size_t i = 0; i < T_COUNT(empty); i++) {
    struct ci_problem small = empty[i];
    ci_shrink(&small, &small_norm, 132);
    check_operands(small, empty[i]);
  }
}

static const struct t_single singles[] = {{"empty problems", empty_ones}};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(same_kernels, invented),
                                          T_TABLE(t_call, singles)};
  return t_main(argc, argv, "problem", tables, T_COUNT(tables));
}
