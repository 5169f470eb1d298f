/* test_mma.c - how the GEMM on matrix units is cut up; without a device.
 */

#include "gemm/gemm.h"
#include "gemm/mma.h"
#include "tester.h"

#include <string.h>

static void variants_fit(void **state) {
  (void)state;
  for (size_t i = 0; i < CI_MMA_VARIANTS; i++) {
    const struct ci_mma_variant *v = &ci_mma_variants[i];
    assert_non_null(ci_gemm_mma.variants[i]);
    assert_int_equal(v->rows % v->warp_rows, 0);
    assert_int_equal(v->cols % v->warp_cols, 0);
    assert_int_equal(v->warp_rows % 16 + v->warp_cols % 16, 0);
    assert_true(v->depth == 4 || v->depth == 8);
    assert_true((v->rows + v->cols) * v->depth * 16 * v->stages <= 48 << 10);
  }
  assert_null(ci_gemm_mma.variants[CI_MMA_VARIANTS]);
}

static const struct ci_mma_variant *choose(size_t M, size_t N, size_t K) {
  const struct ci_mma_problem p = {
      .M = M, .N = N, .chunks = K / 8, .products = 1, .compute_units = 132};
  return &ci_mma_variants[ci_mma_choice(&p)];
}

static void large_problems_take_large_tiles(void **state) {
  (void)state;
  const struct ci_mma_variant *v = choose(4096, 4096, 4096);
  assert_int_equal(v->rows * v->cols, 128 * 128);
  assert_int_equal(v->splits, 1);
}

static void few_tokens_keep_every_multiprocessor_busy(void **state) {
  static const size_t tokens[] = {1, 16, 32, 128};
  (void)state;
  for (size_t i = 0; i < T_COUNT(tokens); i++) {
    const struct ci_mma_variant *v = choose(tokens[i], 1024, 4096);
    const size_t tiles = (tokens[i] + v->rows - 1) / v->rows * (1024 / v->cols);
    assert_true(v->splits > 1);
    assert_true(tiles * v->splits >= 132 / 3);
  }
}

static void short_sums_are_not_split(void **state) {
  (void)state;
  assert_int_equal(choose(16, 1024, 0)->splits, 1);
  assert_int_equal(choose(16, 1024, 8)->splits, 1);
  assert_int_equal(choose(128, 1024, 128)->splits, 1);
}

/* The value of an option of the only step. */
static size_t option(const struct ci_plan *plan, enum ci_option_name name) {
  const struct ci_kernel_id *id = &plan->steps[0].id;
  for (size_t i = 0; i < id->option_count; i++)
    if (id->options[i].name == name) return id->options[i].value;
  fail_msg("there is no option %d", name);
  return 0;
}

/* Copies are as wide as a and w let them be; c is looked at by itself. */
static void operands_set_the_width_of_copies(void **state) {
  static const struct {
    clinfer_dtype dtype;
    size_t offset, ld;
    size_t width;
  } cases[] = {{CLINFER_F16, 0, 64, 16},  {CLINFER_F16, 8, 72, 16},
               {CLINFER_F16, 4, 64, 8},   {CLINFER_F16, 0, 66, 4},
               {CLINFER_F16, 0, 65, 2},   {CLINFER_F16, 1, 64, 2},
               {CLINFER_BF16, 8, 72, 16}, {CLINFER_F32, 4, 68, 16},
               {CLINFER_F32, 0, 65, 4}};
  (void)state;
  for (size_t i = 0; i < T_COUNT(cases); i++) {
    static struct ci_target target;
    target.device.nvidia_sm = 80;
    target.device.compute_units = 108;
    struct ci_plan plan = {.target = &target};
    struct ci_gemm g = {
        .a = clinfer_matrix_of(NULL, 33, 64, cases[i].dtype),
        .w = clinfer_weight_of(clinfer_matrix_of(NULL, 64, 64, cases[i].dtype)),
        .c = clinfer_matrix_of(NULL, 33, 64, cases[i].dtype)};
    g.w.matrix.offset = cases[i].offset;
    g.w.matrix.ld = cases[i].ld;
    const struct ci_problem problem = {.kind = CI_GEMM, .gemm = g};
    assert_int_equal(ci_gemm_mma.plan(&plan, &problem, 0), CLINFER_OK);
    assert_int_equal(option(&plan, CI_OPTION_COPY), cases[i].width);
    assert_int_equal(option(&plan, CI_OPTION_C_ALIGNED), 1);
  }
}

static void math_decides_on_f32(void **state) {
  static struct ci_target target;
  const struct ci_problem f16 = {.kind = CI_GEMM,
                                 .gemm = {.a.dtype = CLINFER_F16,
                                          .w.matrix.dtype = CLINFER_F16}},
                          f32 = {.kind = CI_GEMM,
                                 .gemm = {.a.dtype = CLINFER_F32,
                                          .w.matrix.dtype = CLINFER_F32}};
  (void)state;
  target.math = CLINFER_MATH_TF32;
  target.device.nvidia_sm = 75;
  assert_false(ci_gemm_mma.supports(&target, &f16));
  assert_false(ci_gemm_mma.supports(&target, &f32));
  target.device.nvidia_sm = 80;
  assert_true(ci_gemm_mma.supports(&target, &f16));
  assert_true(ci_gemm_mma.supports(&target, &f32));
  target.math = CLINFER_MATH_F32;
  assert_true(ci_gemm_mma.supports(&target, &f16));
  assert_false(ci_gemm_mma.supports(&target, &f32));
}

/* Both of two bytes, but not one of each. */
static void a_and_w_are_of_one_type(void **state) {
  static struct ci_target target;
  struct ci_problem p = {
      .kind = CI_GEMM,
      .gemm = {.a.dtype = CLINFER_BF16, .w.matrix.dtype = CLINFER_BF16}};
  (void)state;
  target.device.nvidia_sm = 80;
  assert_true(ci_gemm_mma.supports(&target, &p));
  p.gemm.a.dtype = CLINFER_F16;
  assert_false(ci_gemm_mma.supports(&target, &p));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(variants_fit),
      cmocka_unit_test(large_problems_take_large_tiles),
      cmocka_unit_test(few_tokens_keep_every_multiprocessor_busy),
      cmocka_unit_test(short_sums_are_not_split),
      cmocka_unit_test(operands_set_the_width_of_copies),
      cmocka_unit_test(math_decides_on_f32),
      cmocka_unit_test(a_and_w_are_of_one_type),
  };
  return cmocka_run_group_tests_name("gemm_mma", tests, NULL, NULL);
}
