/* test_clblast_parameters.c - reading what CLBlast's tuners write. */

#include "gemm/clblast_parameters.h"
#include "tester.h"

#include <stdio.h>
#include <string.h>

static void well_formed(void **state) {
  struct ci_clblast_kernel k;
  (void)state;
  assert_true(ci_clblast_parse("MWG=64 PRECISION=32 VWM=8  GEMMK=0", &k));
  assert_int_equal(k.count, 3);
  assert_string_equal(k.names[0], "MWG");
  assert_int_equal(k.values[0], 64);
  assert_string_equal(k.names[1], "VWM");
  assert_int_equal(k.values[1], 8);
  assert_string_equal(k.names[2], "GEMMK");
  assert_int_equal(k.values[2], 0);
  assert_true(ci_clblast_parse("A=999999", &k));
  assert_int_equal(k.values[0], 999999);
}

static void malformed(void **state) {
  static const char *const texts[] = {
      "",
      " ",
      "MWG",
      "MWG=",
      "=64",
      "MWG=x",
      "MWG=-5",
      "MWG=+5",
      "MWG= 5",
      "MWG=64x",
      "MWG=64,VWM=8",
      "MWG=64 VWM",
      "mwg=64",
      "MWG=1234567",
      "PRECISION=32",
      "A_NAME_THAT_IS_LONGER_THAN_ANY_OF_CLBLASTS=1",
  };
  struct ci_clblast_kernel k;
  (void)state;
  for (size_t i = 0; i < T_COUNT(texts); i++)
    if (ci_clblast_parse(texts[i], &k)) fail_msg("\"%s\"", texts[i]);
}

static void too_many(void **state) {
  char text[1024] = "";
  size_t used = 0;
  struct ci_clblast_kernel k;
  (void)state;
  for (int i = 0; i < CI_CLBLAST_MOST_PARAMETERS; i++)
    used += (size_t)snprintf(text + used, sizeof text - used, "%sP%d=%d",
                             i ? " " : "", i, i);
  assert_true(ci_clblast_parse(text, &k));
  assert_int_equal(k.count, CI_CLBLAST_MOST_PARAMETERS);
  snprintf(text + used, sizeof text - used, " MORE=1");
  assert_false(ci_clblast_parse(text, &k));
}

/* In the shape of a tuner's output, for a device that nobody has. */
#define JSON(device, family, precision, parameters)                       \
  "{\n"                                                                   \
  "  \"best_kernel\": \"XgemmDirectTN\",\n"                               \
  "  \"best_parameters\": \"" parameters                                  \
  "\",\n"                                                                 \
  "  \"best_time\": \"1.25\",\n"                                          \
  "  \"device\": \"" device                                               \
  "\",\n"                                                                 \
  "  \"kernel_family\": \"" family                                        \
  "\",\n"                                                                 \
  "  \"precision\": \"" precision                                         \
  "\",\n"                                                                 \
  "  \"results\": [\n"                                                    \
  "    {\"kernel\": \"XgemmDirectTN\", \"time\": 2.5,\n"                  \
  "     \"parameters\": {\"KWID\": 8, \"WGD\": 16, \"PRECISION\": 32}}\n" \
  "  ]\n"                                                                 \
  "}\n"

static void json(void **state) {
  struct ci_clblast_kernel k = {.count = 0};
  (void)state;
  assert_true(ci_clblast_parse_json(JSON("Abacus", "xgemm_direct_2", "32",
                                         "KWID=2 PRECISION=32 WGD=8"),
                                    "Abacus", &k));
  assert_string_equal(k.name, "XgemmDirect");
  assert_int_equal(k.count, 2);
  assert_string_equal(k.names[1], "WGD");
  assert_int_equal(k.values[1], 8);
  assert_true(ci_clblast_parse_json(
      "{\"device\":\"A\",\"precision\" : \"32\",\"kernel_family\":\n\"pad\","
      "\"best_parameters\":\"PAD_DIMX=8\"}",
      "A", &k));
  assert_string_equal(k.name, "Pad");
}

static void json_of_others(void **state) {
  static const char *const texts[] = {
      JSON("Slide rule", "xgemm", "32", "MWG=8"),
      JSON("Abacus 2", "xgemm", "32", "MWG=8"),
      JSON("Abacus", "xgemm", "16", "MWG=8"),
      JSON("Abacus", "xgemm", "3232", "MWG=8"),
      JSON("Abacus", "xaxpy", "32", "WGS=8"),
      JSON("Abacus", "xgemm", "32", "WGS=eight"),
      JSON("Abacus", "xgemm", "32", ""),
      JSON("Abacus\\\"", "xgemm", "32", "MWG=8"),
      "",
      "{}",
      "no JSON",
      "\"precision\"",
      "\"precision\":",
      "\"precision\": 32",
      "{\"precision\": \"32\", \"device\": \"Abacus\"}",
  };
  struct ci_clblast_kernel k;
  (void)state;
  for (size_t i = 0; i < T_COUNT(texts); i++)
    if (ci_clblast_parse_json(texts[i], "Abacus", &k)) fail_msg("%s", texts[i]);
}

/* A cut file gives the whole one's parameters, or none. */
static void json_cut(void **state) {
  static const char text[] = JSON("Abacus", "xgemm_1", "32",
                                  "MWG=128 NWG=64 KWG=32 PRECISION=32");
  size_t accepted = 0;
  (void)state;
  for (size_t size = 0; size < sizeof text; size++) {
    char cut[sizeof text] = "";
    struct ci_clblast_kernel k = {.count = 0};
    memcpy(cut, text, size);
    if (!ci_clblast_parse_json(cut, "Abacus", &k)) continue;
    accepted++;
    assert_string_equal(k.name, "Xgemm");
    assert_int_equal(k.count, 3);
    assert_int_equal(k.values[2], 32);
  }
  assert_true(accepted > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(well_formed),    cmocka_unit_test(malformed),
      cmocka_unit_test(too_many),       cmocka_unit_test(json),
      cmocka_unit_test(json_of_others), cmocka_unit_test(json_cut),
  };
  return cmocka_run_group_tests_name("clblast_parameters", tests, NULL, NULL);
}
