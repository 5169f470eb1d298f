/* test_plan.c - plans for invented devices: which kernels, with what options,
 * over which grids; and sizes that no device has. */

#include "context/implementations.h"
#include "op/feed_forward.h"
#include "gemm/clblast_calls.h"
#include "gemm/gemm.h"
#include "row/rows.h"
#include "run/submit.h"
#include "tester.h"
#include "gemm/tile.h"

#include <stdio.h>
#include <string.h>

/* Nothing of what is invented can prove itself, so what has to is off. */
static struct ci_target make_target(struct ci_device device) {
  struct ci_target target = {.device = device};
  ci_list_implementations(&target);
  for (size_t p = 0; p < CI_PROVIDERS; p++) target.enabled[p] = true;
  for (size_t k = 0; k < CI_KINDS; k++)
    for (size_t i = 0; target.lists[k][i]->id != CI_REFERENCE; i++)
      if (ci_must_prove(&target, target.lists[k][i]))
        target.enabled[target.lists[k][i]->id] = false;
  return target;
}

static const clinfer_exec exec = {.queue = NULL};

/* As ci_plan_begin leaves it: anything may lie in what it does not set. */
static struct ci_plan make_plan(const struct ci_target *target) {
  struct ci_plan plan;
  memset(&plan, 0xa5, sizeof plan);
  plan.target = target;
  plan.proofs = NULL;
  plan.exec = &exec;
  ci_plan_clear(&plan);
  return plan;
}

static const struct ci_device cpu = {
    .is_cpu = true, .max_group = 4096, .native_floats = 16};
static const struct ci_device gpu = {
    .max_group = 256, .local_memory = 48 << 10, .native_floats = 1};
static const struct ci_device lone = {
    .max_group = 1, .local_memory = 48 << 10, .native_floats = 4};
static const struct ci_device small = {
    .max_group = 64, .local_memory = 16 << 10, .native_floats = 1};
static const struct ci_device without_local = {
    .max_group = 256, .local_memory = 0, .native_floats = 1};

static clinfer_matrix matrix(size_t rows, size_t cols, clinfer_dtype dtype) {
  return clinfer_matrix_of(NULL, rows, cols, dtype);
}

/* Every group has a size that the device can run, and divides the grid. */
static void check_grid(const struct ci_step *step,
                       const struct ci_device *device) {
  size_t items = 1;
  assert_true(step->dims == 1 || step->dims == 2);
  for (cl_uint d = 0; d < step->dims; d++) {
    assert_true(step->local[d] > 0 && step->global[d] > 0);
    assert_int_equal(step->global[d] % step->local[d], 0);
    items *= step->local[d];
  }
  assert_true(items <= device->max_group);
}

static bool has_option(const struct ci_step *step, const char *option) {
  char text[CI_LONGEST_OPTIONS];
  assert_int_equal(ci_options_text(&step->id, text), CLINFER_OK);
  return strstr(text, option) != NULL;
}

static void check_gemm(const struct ci_device *device, clinfer_dtype dtype,
                       size_t M, enum ci_kernel_name kernel) {
  struct ci_target target = make_target(*device);
  struct ci_plan plan = make_plan(&target);
  const struct ci_gemm gemm = {matrix(M, 33, dtype),
                               clinfer_weight_of(matrix(33, 65, dtype)),
                               {.activation = CLINFER_RELU},
                               matrix(M, 65, dtype)};
  assert_int_equal(ci_plan_gemm(&plan, &gemm), CLINFER_OK);
  const struct ci_step *last = &plan.steps[plan.step_count - 1];
  assert_int_equal(last->id.kernel, kernel);
  assert_true(has_option(last, "-DACTIVATION=relu"));
  for (size_t i = 0; i < plan.step_count; i++)
    check_grid(&plan.steps[i], device);
}

static void gemms(void **state) {
  static const clinfer_dtype dtypes[] = {CLINFER_F32, CLINFER_F16};
  static const size_t rows[] = {1, 2, 7, 8, 9, 16, 17, 1000};
  (void)state;
  for (size_t i = 0; i < T_COUNT(rows) * T_COUNT(dtypes); i++) {
    const size_t M = rows[i / 2];
    const clinfer_dtype dtype = dtypes[i % 2];
    check_gemm(&cpu, dtype, M, CI_KERNEL_GEMM_CPU);
    check_gemm(&gpu, dtype, M,
               M <= 16 ? CI_KERNEL_GEMM_SKINNY : CI_KERNEL_GEMM_TILED);
    check_gemm(&small, dtype, M, CI_KERNEL_GEMM_TILED);
    check_gemm(&lone, dtype, M, CI_KERNEL_GEMM_REFERENCE);
    check_gemm(&without_local, dtype, M, CI_KERNEL_GEMM_REFERENCE);
  }
}

static void check_limited(const struct ci_device *device, clinfer_dtype dtype,
                          size_t M, enum ci_kernel_name kernel) {
  struct ci_target target = make_target(*device);
  struct ci_plan plan = make_plan(&target);
  const clinfer_matrix x = matrix(M, 768, dtype);
  const clinfer_norm norm = {.gamma = clinfer_vector_of(NULL, 768, dtype)};
  const struct ci_normalised_gemm both = {
      .n = {.x = x, .norm = &norm, .y = x},
      .gemm = {.w = clinfer_weight_of(matrix(768, 2304, dtype)),
               .c = matrix(M, 2304, dtype)}};
  const clinfer_residual terms = {.hidden = x, .residual = x, .mp_size = 1};
  assert_int_equal(ci_plan_bias_activation(&plan, x,
                                           &(clinfer_epilogue){
                                               .activation = CLINFER_SILU},
                                           x),
                   CLINFER_OK);
  assert_int_equal(ci_plan_residual_add(&plan, &terms, x), CLINFER_OK);
  assert_int_equal(ci_plan_normalised_gemm(&plan, &both), CLINFER_OK);
  assert_int_equal(plan.step_count, 4); /* the normalisation by itself */
  assert_int_equal(plan.steps[3].id.kernel, kernel);
  for (size_t i = 0; i < plan.step_count; i++)
    check_grid(&plan.steps[i], device);
}

/* A driver may allow less than NVIDIA's hardware has. Where the kernels for
 * matrix units then fail to prove themselves, those that take over fit. */
static void limited_nvidia(void **state) {
  static const struct {
    size_t max_group;
    cl_ulong local_memory;
    enum ci_kernel_name gemm;
  } limits[] = {{1, 48 << 10, CI_KERNEL_GEMM_REFERENCE},
                {64, 48 << 10, CI_KERNEL_GEMM_TILED},
                {64, 16 << 10, CI_KERNEL_GEMM_TILED},
                {1024, 16 << 10, CI_KERNEL_GEMM_TILED}};
  (void)state;
  for (size_t i = 0; i < T_COUNT(limits); i++) {
    const struct ci_device device = {.max_group = limits[i].max_group,
                                     .local_memory = limits[i].local_memory,
                                     .compute_units = 132,
                                     .native_floats = 1,
                                     .nvidia_sm = 90};
    for (size_t M = 1; M < 1000; M *= 3) {
      check_limited(&device, CLINFER_F32, M, limits[i].gemm);
      check_limited(&device, CLINFER_F16, M, limits[i].gemm);
    }
  }
}

static void check_kernels(const struct ci_plan *plan, enum ci_kernel_name first,
                          enum ci_kernel_name second) {
  assert_int_equal(plan->step_count, second == CI_KERNELS ? 1 : 2);
  assert_int_equal(plan->steps[0].id.kernel, first);
  if (second != CI_KERNELS) assert_int_equal(plan->steps[1].id.kernel, second);
}

/* With few rows the GEMM normalises as well, unless its other work-groups might
 * read what one of them has normalised. */
static void normalised_gemms(void **state) {
  const clinfer_norm norm = {.gamma = clinfer_vector_of(NULL, 33, CLINFER_F32),
                             .eps = 1e-5f};
  (void)state;
  for (size_t M = 1; M <= 17; M++) {
    struct ci_target target = make_target(gpu);
    struct ci_normalised_gemm qkv = {
        .n = {.x = matrix(M, 33, CLINFER_F32),
              .norm = &norm,
              .y = matrix(M, 33, CLINFER_F32)},
        .gemm = {.w = clinfer_weight_of(matrix(33, 99, CLINFER_F32)),
                 .c = matrix(M, 99, CLINFER_F32)}};
    const struct ci_feed_forward mlp = {
        .weight = clinfer_weight_of(matrix(33, 65, CLINFER_F32)),
        .weight_out = clinfer_weight_of(matrix(65, 33, CLINFER_F32))};
    struct ci_plan plan = make_plan(&target);
    assert_int_equal(ci_plan_normalised_gemm(&plan, &qkv), CLINFER_OK);
    if (M > 16) {
      check_kernels(&plan, CI_KERNEL_ROW_NORMALISE_REGISTERS,
                    CI_KERNEL_GEMM_TILED);
      return;
    }
    check_kernels(&plan, CI_KERNEL_GEMM_SKINNY_NORMALISED, CI_KERNELS);

    plan = make_plan(&target);
    assert_int_equal(ci_plan_normalised_feed_forward(
                         &plan, (struct ci_normalised_gemm){.n = qkv.n}, &mlp,
                         CLINFER_F32, qkv.n.x),
                     CLINFER_OK);
    check_kernels(&plan, CI_KERNEL_GEMM_SKINNY_NORMALISED,
                  CI_KERNEL_GEMM_SKINNY);

    plan = make_plan(&target);
    qkv.in_place = true;
    assert_int_equal(ci_plan_normalised_gemm(&plan, &qkv), CLINFER_OK);
    check_kernels(&plan, CI_KERNEL_ROW_NORMALISE_REGISTERS,
                  CI_KERNEL_GEMM_SKINNY);
  }
}

static struct ci_step normalise_step(const struct ci_device *device,
                                     size_t cols) {
  struct ci_target target = make_target(*device);
  struct ci_plan plan = make_plan(&target);
  const clinfer_norm norm = {
      .gamma = clinfer_vector_of(NULL, cols, CLINFER_F16), .eps = 1e-5f};
  assert_int_equal(ci_plan_normalise(&plan,
                                     &(struct ci_normalise){
                                         .x = matrix(5, cols, CLINFER_F32),
                                         .norm = &norm,
                                         .y = matrix(5, cols, CLINFER_F16)}),
                   CLINFER_OK);
  assert_int_equal(plan.step_count, 1);
  assert_int_equal(plan.intermediate, 0);
  check_grid(&plan.steps[0], device);
  return plan.steps[0];
}

/* The variants' names are right, and vectors are used where they fit. */
static void tiles(void **state) {
  struct ci_target target = make_target(gpu);
  struct ci_problem problem = {
      .kind = CI_GEMM,
      .gemm = {.a = matrix(100, 64, CLINFER_F32),
               .w = clinfer_weight_of(matrix(64, 66, CLINFER_F32)),
               .c = matrix(100, 66, CLINFER_F32)}};
  problem.gemm.w.matrix.ld = problem.gemm.c.ld = 68;
  problem.gemm.c.cols = 64;
  (void)state;
  for (int i = 0; i < CI_TILES; i++) {
    struct ci_plan plan = make_plan(&target);
    char name[32];
    snprintf(name, sizeof name, "%zux%zu", ci_tiles[i].rows, ci_tiles[i].cols);
    assert_string_equal(ci_gemm_tiled.variants[i], name);
    assert_int_equal(ci_gemm_tiled.plan(&plan, &problem, i), CLINFER_OK);
    check_grid(&plan.steps[0], &gpu);
    assert_true(has_option(&plan.steps[0], "-DA_ALIGNED=1"));
    assert_true(has_option(&plan.steps[0], "-DW_ALIGNED=0"));
    assert_true(has_option(&plan.steps[0], "-DC_ALIGNED=1"));
  }
  assert_null(ci_gemm_tiled.variants[CI_TILES]);
  target.device = small;
  struct ci_plan plan = make_plan(&target);
  assert_int_equal(ci_gemm_tiled.plan(&plan, &problem, 0), CLINFER_UNSUPPORTED);
}

/* CLBlast's int would be cut; another provider takes over. */
static void beyond_int(void **state) {
  (void)state;
  struct ci_target target = make_target(gpu);
  struct ci_clblast clblast = {.device = &target.device};
  target.clblast = &clblast;
  struct ci_plan plan = make_plan(&target);
  struct ci_gemm gemm = {.a = matrix(40, 33, CLINFER_F32),
                         .w = clinfer_weight_of(matrix(33, 65, CLINFER_F32)),
                         .c = matrix(40, 65, CLINFER_F32)};
  gemm.w.matrix.offset = (size_t)1 << 31;
  assert_int_equal(ci_plan_gemm(&plan, &gemm), CLINFER_OK);
  assert_int_equal(plan.steps[0].id.kernel, CI_KERNEL_GEMM_TILED);
}

static void normalisations(void **state) {
  (void)state;
  const struct ci_step item = normalise_step(&cpu, 768);
  assert_int_equal(item.id.kernel, CI_KERNEL_ROW_NORMALISE_ITEM);
  assert_true(has_option(&item, "-DLANES=16"));
  assert_true(has_option(&item, "-DX_TYPE=f32"));
  assert_true(has_option(&item, "-DGAMMA_TYPE=f16"));
  assert_true(has_option(&item, "-DY_TYPE=f16"));
  assert_true(has_option(&item, "-DBETA_TYPE=none"));
  const struct ci_step registers = normalise_step(&gpu, 768);
  assert_int_equal(registers.id.kernel, CI_KERNEL_ROW_NORMALISE_REGISTERS);
  const struct ci_step group = normalise_step(&gpu, 50000);
  assert_int_equal(group.id.kernel, CI_KERNEL_ROW_NORMALISE_GROUP);
  assert_true(has_option(&group, "-DGROUP=256"));
  assert_int_equal(group.global[0], 5 * 256);
  const struct ci_step of_one = normalise_step(&lone, 768);
  assert_true(has_option(&of_one, "-DGROUP=1"));
  const struct ci_step of_64 = normalise_step(&small, 5000);
  assert_true(has_option(&of_64, "-DGROUP=64"));
}

static void elementwise(void **state) {
  static const struct ci_device *const devices[] = {&cpu, &gpu, &lone, &small};
  (void)state;
  for (size_t i = 0; i < T_COUNT(devices); i++) {
    struct ci_target target = make_target(*devices[i]);
    struct ci_plan plan = make_plan(&target);
    const clinfer_matrix x = matrix(3, 5000, CLINFER_F16);
    assert_int_equal(ci_plan_bias_activation(&plan, x,
                                             &(clinfer_epilogue){
                                                 .activation = CLINFER_SILU},
                                             x),
                     CLINFER_OK);
    target.enabled[CI_ELEMENTWISE] = false;
    assert_int_equal(ci_plan_bias_activation(&plan, x,
                                             &(clinfer_epilogue){
                                                 .activation = CLINFER_SILU},
                                             x),
                     CLINFER_OK);
    assert_int_equal(plan.steps[0].id.kernel, CI_KERNEL_ROW_BIAS_ACTIVATION);
    assert_int_equal(plan.steps[1].id.kernel,
                     CI_KERNEL_ROW_BIAS_ACTIVATION_REFERENCE);
    check_grid(&plan.steps[0], devices[i]);
    check_grid(&plan.steps[1], devices[i]);
  }
}

/* Matrices in scratch start where any vector may lie, and lie apart. */
static void intermediates(void **state) {
  struct ci_plan plan = {.exec = &exec};
  size_t end = 0;
  (void)state;
  for (size_t i = 1; i < 20; i++) {
    const clinfer_dtype dtype = i % 2 ? CLINFER_F32 : CLINFER_F16;
    const size_t element = clinfer_dtype_size(dtype);
    const clinfer_matrix m = ci_plan_matrix(&plan, i, 37 * i, dtype);
    assert_int_equal(m.offset * element % 256, 0);
    assert_true(m.offset * element >= end);
    assert_int_equal(m.ld, 37 * i);
    end = (m.offset + i * 37 * i) * element;
    assert_true(plan.intermediate >= end);
  }
}

/* The bytes needed, or OUT_OF_MEMORY: never a small number by overflow. */
static void enormous(void **state) {
  static const size_t sides[][2] = {
      {INT32_MAX, INT32_MAX},
      {((size_t)1 << 30) + 1, ((size_t)1 << 31) - 2}, /* 2^63 - 8 bytes */
      {(size_t)1 << 30, (size_t)1 << 30},
      {(size_t)1 << 30, (size_t)1 << 29},
  };
  (void)state;
  for (size_t i = 0; i < T_COUNT(sides); i++) {
    struct ci_target target = make_target(gpu);
    size_t needed = 77;
    const clinfer_exec query = {.scratch_needed = &needed};
    target.device.max_alloc = (cl_ulong)1 << 40;
    struct ci_runtime runtime = {.programs.device = &target.device};
    struct ci_plan plan = {
        .runtime = &runtime, .exec = &query, .temporary = 1000};
    size_t before = 0;
    for (int n = 0; n < 9; n++) {
      ci_plan_matrix(&plan, sides[i][0], sides[i][1], CLINFER_F32);
      assert_true(plan.intermediate >= before);
      before = plan.intermediate;
      assert_int_equal(ci_submit(&plan), CLINFER_OUT_OF_MEMORY);
    }
    assert_int_equal(needed, 77);
  }
}

static void empty_matrices(void **state) {
  struct ci_plan plan = {.exec = &exec};
  (void)state;
  ci_plan_matrix(&plan, 0, 5, CLINFER_F32);
  ci_plan_matrix(&plan, 5, 0, CLINFER_F32);
  assert_int_equal(plan.intermediate, 0);
}

/* In release builds, too, a plan that has no room for all of itself is refused.
 */
static void too_much(void **state) {
  size_t needed = 77;
  const clinfer_exec query = {.scratch_needed = &needed};
  struct ci_plan steps = {.exec = &query}, args = {.exec = &query};
  struct ci_step *step = ci_plan_kernel(&args, CI_KERNEL_GEMM_TILED);
  (void)state;
  for (size_t i = 0; i < CI_MOST_STEPS + 3; i++)
    ci_plan_kernel(&steps, CI_KERNEL_GEMM_TILED);
  for (size_t i = 0; i < CI_MOST_ARGS + 3; i++) ci_arg_uint(step, i);
  assert_int_equal(ci_submit(&steps), CLINFER_UNSUPPORTED);
  assert_int_equal(ci_submit(&args), CLINFER_UNSUPPORTED);
  assert_int_equal(needed, 77);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(too_much),         cmocka_unit_test(gemms),
      cmocka_unit_test(normalised_gemms), cmocka_unit_test(tiles),
      cmocka_unit_test(beyond_int),       cmocka_unit_test(normalisations),
      cmocka_unit_test(elementwise),      cmocka_unit_test(intermediates),
      cmocka_unit_test(enormous),         cmocka_unit_test(empty_matrices),
      cmocka_unit_test(limited_nvidia),
  };
  return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
