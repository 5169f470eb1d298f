/* test_locale.c - nothing depends on the locale. locale.sh runs it where I is
 * no capital of i, and 1,5 is a number. */

#define _POSIX_C_SOURCE 200809L

#include "calls.h"

#include <ctype.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "context/context.h"
#include "files.h"
#include "choose/table.h"
#include "context/implementations.h"

/* Without this the other cases would say nothing. */
static void is_turkish(void) {
  assert_int_not_equal(tolower('I'), 'i');
  assert_string_equal(localeconv()->decimal_point, ",");
}

/* ---- Selectors */

/* The text with A to Z in place of a to z; how many of them were an i. */
static size_t capitalise(char *text) {
  size_t count = 0;
  for (; *text; text++) {
    count += *text == 'i';
    if (*text >= 'a' && *text <= 'z') *text = (char)(*text - 'a' + 'A');
  }
  return count;
}

static size_t find_capitals(char text[1024]) {
  cl_device_id found = NULL;
  const size_t count = capitalise(text);
  if (clinfer_find_device(text, &found) != CLINFER_OK)
    fail_msg("%s", clinfer_last_error()->message);
  return count;
}

/* At least one of the texts has an i. */
static void selectors(void) {
  cl_device_id device = clinfer_context_device(t_next(NULL, "")->ctx);
  cl_platform_id platform = NULL;
  char text[1024];
  size_t count = 0;
  clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof text, text, NULL);
  count += find_capitals(text);
  clGetDeviceInfo(device, CL_DEVICE_VENDOR, sizeof text, text, NULL);
  count += find_capitals(text);
  clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL);
  clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof text, text, NULL);
  count += find_capitals(text);
  assert_true(count > 0);
}

/* Every letter, those of Latin-9 included. */
static void letters(void) {
  for (int c = 0; c < 256; c++) {
    const bool is_capital = c >= 'A' && c <= 'Z';
    assert_int_equal((unsigned char)ci_lower((char)c),
                     is_capital ? c - 'A' + 'a' : c);
    assert_int_equal(ci_is_digit((char)c), c >= '0' && c <= '9');
  }
}

/* ---- Files */

static void tuning_table(void) {
  static const char text[] =
      "clinfer any\ndevice Intel\ndriver any\n"
      "clblast Copy: COPY_DIMX=16 COPY_VW=8\n"
      "gemm f32 in_out 128 1024 4096: gemm_tiled 64x64\n";
  struct ci_target target = {.device = {.name = "Intel", .driver = "1.5"}};
  struct ci_table table;
  ci_list_implementations(&target);
  assert_int_equal(ci_table_parse(text, sizeof text - 1, &target, &table),
                   CLINFER_OK);
  assert_int_equal(table.count, 1);
  assert_int_equal(table.clblast.kernels[0].count, 2);
  assert_string_equal(table.clblast.kernels[0].names[0], "COPY_DIMX");
  ci_table_free(&table);
}

/* ---- Kernels */

static void all_operators(void) {
  static const struct call_sizes sizes = {3, 6, 10, 5};
  static const struct t_store f32 = {CLINFER_F32, 0, 0};
  static const clinfer_options options = {.struct_size = sizeof options,
                                          .cache_dir = ""};
  clinfer_context *old = t_next(NULL, "")->ctx, *ctx = NULL;
  assert_int_equal(clinfer_context_create(clinfer_context_cl(old),
                                          clinfer_context_device(old), &options,
                                          &ctx),
                   CLINFER_OK);
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call c = call_make(call_operator_at(i), ctx, &sizes, f32);
    T_OK(call_run(&c));
    t_release();
  }
  clinfer_context_destroy(ctx);
}

static const struct t_single singles[] = {
    {"the locale is Turkish", is_turkish}, {"selectors in capitals", selectors},
    {"letters and digits", letters},       {"a tuning table", tuning_table},
    {"all operators", all_operators},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  setlocale(LC_ALL, "");
  return t_main(argc, argv, "locale", tables, T_COUNT(tables));
}
