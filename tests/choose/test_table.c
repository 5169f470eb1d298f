/* test_table.c - reading gemm.tuning, and what its rows decide. */

#define _POSIX_C_SOURCE 200809L

#include "choose/table.h"
#include "context/implementations.h"
#include "gemm/gemm.h"
#include "tester.h"
#include "gemm/panels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

static const struct ci_device device = {.name = "A device, (R) 1",
                                        .driver = "2.0",
                                        .max_group = 256,
                                        .local_memory = 48 << 10};

#define HEADING \
  "clinfer " CLINFER_VERSION_STRING "\ndevice A device, (R) 1\ndriver 2.0\n"

/* ---- Reading */

static const struct text {
  const char *name, *text;
  clinfer_status status;
  size_t rows;
  const char *message; /* of a refusal */
} texts[] = {
    {"no rows", HEADING, CLINFER_OK, 0, NULL},
    {"rows and comments",
     "# one\n\n" HEADING "#gemm\ngemm f16 in_out 1 2 3: gemm_tiled\n\n"
     "gemm f32 out_in 999999999 1 1: reference\n",
     CLINFER_OK, 2, NULL},
    {"three types, no last newline",
     HEADING "gemm f16/f32/f16 in_out 1 2 3: gemm_cpu", CLINFER_OK, 1, NULL},
    {"nothing", "", CLINFER_BAD_FILE, 0, "line 0: the heading"},
    {"half a heading", "clinfer " CLINFER_VERSION_STRING "\n", CLINFER_BAD_FILE,
     0, "line 1: the heading"},
    {"another order", "device A device, (R) 1\n", CLINFER_BAD_FILE, 0,
     "line 1: the heading"},
    {"another version", "clinfer 0.0.9\n", CLINFER_UNSUPPORTED, 0,
     "it is for clinfer 0.0.9"},
    {"another device",
     "clinfer " CLINFER_VERSION_STRING "\ndevice A device, (R) 12\n",
     CLINFER_UNSUPPORTED, 0, "it is for device A device, (R) 12"},
    {"another driver",
     "clinfer " CLINFER_VERSION_STRING
     "\ndevice A device, (R) 1\ndriver 2.0.1\n",
     CLINFER_UNSUPPORTED, 0, "it is for driver 2.0.1"},
    {"any version and driver",
     "clinfer any\ndevice A device, (R) 1\ndriver any\n", CLINFER_OK, 0, NULL},
    {"any device", "clinfer any\ndevice any\n", CLINFER_UNSUPPORTED, 0,
     "it is for device any"},
    {"CLBlast's parameters",
     HEADING "clblast Copy: COPY_VW=4 COPY_WPT=2\n"
             "gemm f32 in_out 1 2 3: gemm_tiled\nclblast Pad: PAD_DIMX=8",
     CLINFER_OK, 1, NULL},
    {"an unknown kernel of CLBlast", HEADING "clblast Xaxpy: WGS=64\n",
     CLINFER_BAD_FILE, 0, "line 4: no kernel and parameters of CLBlast"},
    {"a parameter without a value", HEADING "clblast Copy: COPY_VW\n",
     CLINFER_BAD_FILE, 0, "no kernel and parameters of CLBlast"},
    {"no row", HEADING "\ngemv f16 in_out 1 2 3: gemm_cpu\n", CLINFER_BAD_FILE,
     0, "line 5: no row"},
    {"no type", HEADING "gemm f64 in_out 1 2 3: gemm_cpu\n", CLINFER_BAD_FILE,
     0, "line 4: no types"},
    {"bf16", HEADING "gemm bf16/f16/bf16 in_out 1 2 3: gemm_cpu", CLINFER_OK, 1,
     NULL},
    {"two types", HEADING "gemm f16/f16 in_out 1 2 3: gemm_cpu\n",
     CLINFER_BAD_FILE, 0, "no types"},
    {"four types", HEADING "gemm f16/f16/f16/f16 in_out 1 2 3: gemm_cpu\n",
     CLINFER_BAD_FILE, 0, "no types"},
    {"no layout", HEADING "gemm f16 in_in 1 2 3: gemm_cpu\n", CLINFER_BAD_FILE,
     0, "no layout"},
    {"two sizes", HEADING "gemm f16 in_out 1 2: gemm_cpu\n", CLINFER_BAD_FILE,
     0, "no M N K"},
    {"a size of 0", HEADING "gemm f16 in_out 1 0 3: gemm_cpu\n",
     CLINFER_BAD_FILE, 0, "no M N K"},
    {"a negative size", HEADING "gemm f16 in_out 1 -2 3: gemm_cpu\n",
     CLINFER_BAD_FILE, 0, "no M N K"},
    {"too large a size", HEADING "gemm f16 in_out 1 2 1000000000: gemm_cpu\n",
     CLINFER_BAD_FILE, 0, "no M N K"},
    {"no provider", HEADING "gemm f16 in_out 1 2 3: gemm\n", CLINFER_BAD_FILE,
     0, "no provider"},
    {"a provider of rows", HEADING "gemm f16 in_out 1 2 3: row_item\n",
     CLINFER_BAD_FILE, 0, "no provider"},
    {"an unknown variant", HEADING "gemm f16 in_out 1 2 3: gemm_cpu 3x3\n",
     CLINFER_BAD_FILE, 0, "no provider"},
    {"words behind", HEADING "gemm f16 in_out 1 2 3: gemm_cpu \n",
     CLINFER_BAD_FILE, 0, "no provider"},
};

/* In memory that ends with it, so that sanitizers see a read beyond. */
static clinfer_status parse(const char *text, size_t size,
                            struct ci_table *table) {
  char *copy = malloc(size ? size : 1);
  assert_non_null(copy);
  memcpy(copy, text, size);
  struct ci_target any = {.device = device};
  ci_list_implementations(&any);
  const clinfer_status status = ci_table_parse(copy, size, &any, table);
  free(copy);
  return status;
}

static void reading(void **state) {
  const struct text *t = *state;
  struct ci_table table;
  assert_int_equal(parse(t->text, strlen(t->text), &table), t->status);
  assert_int_equal(table.count, t->rows);
  if (t->message)
    assert_non_null(strstr(clinfer_last_error()->message, t->message));
  ci_table_free(&table);
}

/* Cut anywhere, with any one byte changed: refused or read, nothing else. */
static void damaged(void) {
  static const char text[] = HEADING
      "gemm f16/f32/f16 out_in 16 32 64: gemm_tiled\n";
  static const char bytes[] = {'\0', '\n', ' ', '9', 'f', '/', ':', (char)255};
  struct ci_table table;
  for (size_t size = 0; size < sizeof text; size++) {
    parse(text, size, &table);
    ci_table_free(&table);
  }
  for (size_t i = 0; i < (sizeof text - 1) * sizeof bytes; i++) {
    char changed[sizeof text];
    memcpy(changed, text, sizeof text);
    changed[i / sizeof bytes] = bytes[i % sizeof bytes];
    parse(changed, sizeof text - 1, &table);
    ci_table_free(&table);
  }
}

static void long_line(void) {
  static char text[10000];
  struct ci_table table;
  memset(text, 'x', sizeof text);
  assert_int_equal(parse(text, sizeof text, &table), CLINFER_BAD_FILE);
}

/* ---- Looking up, with rows that differ in the provider */

static struct ci_target target;
static struct ci_table of_target;

static void open_table(const char *rows) {
  char text[4096];
  const int size = snprintf(text, sizeof text, HEADING "%s", rows);
  target = (struct ci_target){.device = device, .table = &of_target};
  ci_list_implementations(&target);
  target.enabled[CI_GEMM_CPU] = target.enabled[CI_GEMM_TILED] = true;
  target.enabled[CI_REFERENCE] = true;
  assert_int_equal(parse(text, (size_t)size, &of_target), CLINFER_OK);
}

static struct ci_gemm gemm_of(size_t M, size_t N, size_t K,
                              clinfer_dtype dtype) {
  return (struct ci_gemm){
      .a = clinfer_matrix_of(NULL, M, K, dtype),
      .w = clinfer_weight_of(clinfer_matrix_of(NULL, K, N, dtype)),
      .c = clinfer_matrix_of(NULL, M, N, dtype)};
}

static void require_kernel(const struct ci_gemm *gemm,
                           enum ci_kernel_name kernel) {
  const clinfer_exec exec = {.queue = NULL};
  struct ci_plan plan = {.target = &target, .exec = &exec};
  assert_int_equal(ci_plan_gemm(&plan, gemm), CLINFER_OK);
  assert_int_equal(plan.steps[plan.step_count - 1].id.kernel, kernel);
}

static void nearest(void) {
  static const struct {
    size_t M, N, K;
    enum ci_kernel_name kernel;
  } cases[] = {
      {16, 64, 64, CI_KERNEL_GEMM_REFERENCE}, /* the row's own size */
      {15, 64, 64,
       CI_KERNEL_GEMM_REFERENCE}, /* nearer to it than to the other */
      {31, 64, 64, CI_KERNEL_GEMM_REFERENCE},
      {32, 64, 64, CI_KERNEL_GEMM_TILED}, /* twice: too far */
      {16, 127, 64, CI_KERNEL_GEMM_REFERENCE},
      {16, 128, 64, CI_KERNEL_GEMM_TILED},
      {13, 64, 64, CI_KERNEL_GEMM_TILED}, /* nearer to the other */
      {12, 64, 64, CI_KERNEL_GEMM_TILED},
      {16, 64, 0, CI_KERNEL_GEMM_TILED},
  };
  open_table(
      "gemm f32 in_out 16 64 64: reference\n"
      "gemm f32 in_out 12 64 64: gemm_tiled\n");
  for (size_t i = 0; i < T_COUNT(cases); i++) {
    const struct ci_gemm gemm = gemm_of(cases[i].M, cases[i].N, cases[i].K,
                                        CLINFER_F32);
    t_at("%zu %zu %zu", cases[i].M, cases[i].N, cases[i].K);
    require_kernel(&gemm, cases[i].kernel);
  }
  ci_table_free(&of_target);
}

/* A row counts for its types and its layout only. */
static void of_a_kind(void) {
  struct ci_gemm gemm = gemm_of(16, 64, 64, CLINFER_F32);
  open_table(
      "gemm f32/f16/f32 in_out 16 64 64: reference\n"
      "gemm f16 out_in 16 64 64: reference\n");
  require_kernel(&gemm, CI_KERNEL_GEMM_TILED);
  gemm.w.matrix.dtype = CLINFER_F16;
  require_kernel(&gemm, CI_KERNEL_GEMM_REFERENCE);
  gemm = gemm_of(16, 64, 64, CLINFER_F16);
  require_kernel(&gemm, CI_KERNEL_GEMM_TILED);
  gemm.w.layout = CLINFER_OUT_IN;
  require_kernel(&gemm, CI_KERNEL_GEMM_REFERENCE);
  gemm.w.packed = (clinfer_packed *)&gemm; /* not looked at */
  require_kernel(&gemm, CI_KERNEL_GEMM_TILED);
  ci_table_free(&of_target);
}

/* Neither of a provider that is off nor of one that cannot do it. */
static void usable(void) {
  const struct ci_gemm gemm = gemm_of(16, 64, 64, CLINFER_F32);
  open_table(
      "gemm f32 in_out 16 64 64: gemm_cpu\n"
      "gemm f32 in_out 16 64 32: gemm_tiled\n"
      "gemm f32 in_out 32 32 64: reference\n");
  require_kernel(&gemm, CI_KERNEL_GEMM_TILED);
  target.enabled[CI_GEMM_TILED] = false;
  require_kernel(&gemm, CI_KERNEL_GEMM_REFERENCE);
  target.device.is_cpu = true;
  target.device.native_floats = 8;
  require_kernel(&gemm, CI_KERNEL_GEMM_CPU);
  ci_table_free(&of_target);
}

/* A weight that is packed stays with gemm_cpu, in the blocks that a row says.
 */
static void of_packed_weights(void) {
  clinfer_packed packed = {
      .panels = clinfer_matrix_of(NULL, 4 * 64, 16, CLINFER_F32)};
  struct ci_gemm gemm = gemm_of(64, 64, 64, CLINFER_F32);
  const clinfer_exec exec = {.queue = NULL};
  gemm.w.packed = &packed;
  open_table(
      "gemm f32 in_out 64 64 64: gemm_cpu 2x1\n"
      "gemm f32 in_out 256 64 64: gemm_tiled\n");
  target.device.is_cpu = true;
  target.device.native_floats = 8;
  struct ci_plan plan = {.target = &target, .exec = &exec};
  assert_int_equal(ci_plan_gemm(&plan, &gemm), CLINFER_OK);
  const struct ci_step *step = &plan.steps[0];
  assert_int_equal(step->id.kernel, CI_KERNEL_GEMM_CPU);
  assert_int_equal(step->args[step->arg_count - 2].number.u, 2);
  assert_int_equal(step->args[step->arg_count - 1].number.u, 1);
  gemm = gemm_of(256, 64, 64, CLINFER_F32);
  require_kernel(&gemm, CI_KERNEL_GEMM_TILED);
  gemm.w.packed = &packed;
  require_kernel(&gemm, CI_KERNEL_GEMM_CPU);
  ci_table_free(&of_target);
}

/* A variant that was measured for a longer sum than this one. The
 * plan takes another one, and the thread's last error stays what it was. */
static void beyond_the_variant(void) {
  struct ci_gemm gemm = gemm_of(64, 64, 128, CLINFER_F16);
  open_table("gemm f16 in_out 64 64 576: gemm_wgmma 64x64/4\n");
  target.device.nvidia_sm = 90;
  target.device.compute_units = 132;
  target.enabled[CI_GEMM_WGMMA] = true;
  ci_fail(CLINFER_BAD_FILE, 7, "an earlier failure");
  require_kernel(&gemm, CI_KERNEL_GEMM_WGMMA);
  const clinfer_error *last = clinfer_last_error();
  assert_int_equal(last->status, CLINFER_BAD_FILE);
  assert_int_equal(last->code, 7);
  assert_string_equal(last->message, "an earlier failure");
  ci_table_free(&of_target);
}

/* A device that is too small for most tiles: no plan, and no error. */
static void refused_variants(void) {
  static const struct ci_implementation *const refusing[] = {
      &ci_gemm_tiled, &ci_gemm_units, &ci_gemm_wgmma};
  const struct ci_problem problem = {.kind = CI_GEMM,
                                     .gemm = gemm_of(64, 64, 64, CLINFER_F16)};
  const clinfer_exec exec = {.queue = NULL};
  target = (struct ci_target){.device = device};
  target.device.max_group = 16;
  target.device.local_memory = 1 << 10;
  target.device.units = CI_WMMA;
  ci_fail(CLINFER_BAD_FILE, 7, "an earlier failure");
  for (size_t i = 0; i < T_COUNT(refusing); i++) {
    size_t refused = 0;
    for (int v = 0; refusing[i]->variants[v]; v++) {
      struct ci_plan plan = {.target = &target, .exec = &exec};
      if (refusing[i]->plan(&plan, &problem, v) == CLINFER_OK) continue;
      assert_int_equal(plan.step_count, 0);
      refused++;
    }
    assert_true(refused > 0);
    assert_string_equal(clinfer_last_error()->message, "an earlier failure");
  }
}

static const struct t_single singles[] = {
    {"damaged tables", damaged},
    {"a line that does not end", long_line},
    {"the nearest row", nearest},
    {"of the same kind", of_a_kind},
    {"of a usable provider", usable},
    {"of packed weights", of_packed_weights},
    {"beyond the row's variant", beyond_the_variant},
    {"a variant that is refused", refused_variants},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(reading, texts),
                                          T_TABLE(t_call, singles)};
  return t_main(argc, argv, "gemm_table", tables, T_COUNT(tables));
}
