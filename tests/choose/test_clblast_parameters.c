/* test_clblast_parameters.c - lines of a table for CLBlast. */

#include "choose/clblast_parameters.h"
#include "tester.h"

#include <stdio.h>
#include <string.h>

static void well_formed(void **state) {
  struct ci_clblast_kernel k;
  (void)state;
  assert_true(ci_clblast_parse("Xgemm: MWG=64 VWM=8  GEMMK=0", &k));
  assert_string_equal(k.name, "Xgemm");
  assert_int_equal(k.count, 3);
  assert_string_equal(k.names[0], "MWG");
  assert_int_equal(k.values[0], 64);
  assert_string_equal(k.names[1], "VWM");
  assert_int_equal(k.values[1], 8);
  assert_string_equal(k.names[2], "GEMMK");
  assert_int_equal(k.values[2], 0);
  assert_true(ci_clblast_parse("Pad: A=999999", &k));
  assert_int_equal(k.values[0], 999999);
}

static void malformed(void **state) {
  static const char *const texts[] = {
      "",
      " ",
      ":",
      "Xgemm",
      "Xgemm:",
      "Xgemm: ",
      ": MWG=64",
      "xgemm: MWG=64",
      "Xgem: MWG=64",
      "Xgemm2: MWG=64",
      " Xgemm: MWG=64",
      "MWG=64",
      "Xgemm: MWG",
      "Xgemm: MWG=",
      "Xgemm: =64",
      "Xgemm: MWG=x",
      "Xgemm: MWG=-5",
      "Xgemm: MWG=+5",
      "Xgemm: MWG= 5",
      "Xgemm: MWG=64x",
      "Xgemm: MWG=64 ",
      "Xgemm: MWG=64,VWM=8",
      "Xgemm: MWG=64 VWM",
      "Xgemm: MWG=64\nVWM=8",
      "Xgemm:\nMWG=64",
      "Xgemm: mwg=64",
      "Xgemm: MWG=1234567",
      "Xgemm: A_NAME_THAT_IS_LONGER_THAN_ANY_OF_CLBLASTS=1",
  };
  struct ci_clblast_kernel k;
  (void)state;
  for (size_t i = 0; i < T_COUNT(texts); i++)
    if (ci_clblast_parse(texts[i], &k)) fail_msg("\"%s\"", texts[i]);
}

static void too_many(void **state) {
  char text[1024] = "Xgemm:";
  size_t used = strlen(text);
  struct ci_clblast_kernel k;
  (void)state;
  for (int i = 0; i < CI_CLBLAST_MOST_PARAMETERS; i++)
    used += (size_t)snprintf(text + used, sizeof text - used, " P%d=%d", i, i);
  assert_true(ci_clblast_parse(text, &k));
  assert_int_equal(k.count, CI_CLBLAST_MOST_PARAMETERS);
  snprintf(text + used, sizeof text - used, " MORE=1");
  assert_false(ci_clblast_parse(text, &k));
}

/* Of each kernel, the last line counts. */
static void last_counts(void **state) {
  struct ci_clblast_tuned tuned = {.count = 0};
  struct ci_clblast_kernel k;
  (void)state;
  assert_true(ci_clblast_parse("Copy: COPY_VW=4", &k));
  ci_clblast_keep(&tuned, &k);
  assert_true(ci_clblast_parse("Pad: PAD_DIMX=8", &k));
  ci_clblast_keep(&tuned, &k);
  assert_true(ci_clblast_parse("Copy: COPY_VW=2", &k));
  ci_clblast_keep(&tuned, &k);
  assert_int_equal(tuned.count, 2);
  assert_string_equal(tuned.kernels[0].name, "Copy");
  assert_int_equal(tuned.kernels[0].values[0], 2);
  assert_string_equal(tuned.kernels[1].name, "Pad");
}

static void every_kernel(void **state) {
  static const char *const names[CI_CLBLAST_KERNELS] = {
      "Xgemm", "XgemmDirect", "GemmRoutine", "Copy",
      "Pad",   "Transpose",   "Padtranspose"};
  struct ci_clblast_tuned tuned = {.count = 0};
  (void)state;
  for (size_t i = 0; i < CI_CLBLAST_KERNELS; i++) {
    struct ci_clblast_kernel k;
    char text[64];
    snprintf(text, sizeof text, "%s: A=1", names[i]);
    assert_true(ci_clblast_parse(text, &k));
    assert_string_equal(k.name, names[i]);
    ci_clblast_keep(&tuned, &k);
  }
  assert_int_equal(tuned.count, CI_CLBLAST_KERNELS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(well_formed),  cmocka_unit_test(malformed),
      cmocka_unit_test(too_many),     cmocka_unit_test(last_counts),
      cmocka_unit_test(every_kernel),
  };
  return cmocka_run_group_tests_name("clblast_parameters", tests, NULL, NULL);
}
