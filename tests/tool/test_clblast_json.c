/* test_clblast_json.c - reading what CLBlast's tuners write. */

#include "formats/clblast_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

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

static const char *read_text(const char *text, struct clblast_result *r) {
  return clblast_json_read(text, strlen(text), "Abacus", r);
}

static void good(void **state) {
  struct clblast_result r;
  (void)state;
  assert_null(read_text(JSON("Abacus", "xgemm_direct_2", "32",
                             "KWID=2 PRECISION=32 WGD=8"),
                        &r));
  assert_string_equal(r.line, "clblast XgemmDirect: KWID=2 WGD=8");
  assert_true(r.best_time == 1.25);
  assert_null(
      read_text("{\"device\":\"Abacus\",\"precision\" : \"32\","
                "\"kernel_family\":\n\"pad\","
                "\"best_parameters\":\"PRECISION=32  PAD_DIMX=8\"}",
                &r));
  assert_string_equal(r.line, "clblast Pad: PAD_DIMX=8");
  assert_null(read_text(JSON("Abacus", "copy", "32", "COPY_VW=2 PRECISION=32"),
                        &r));
  assert_string_equal(r.line, "clblast Copy: COPY_VW=2");
}

static void others(void **state) {
  static const char *const texts[] = {
      JSON("Slide rule", "xgemm", "32", "MWG=8"),
      JSON("Abacus 2", "xgemm", "32", "MWG=8"),
      JSON("Abacus", "xgemm", "16", "MWG=8"),
      JSON("Abacus", "xgemm", "3232", "MWG=8"),
      JSON("Abacus", "xaxpy", "32", "WGS=8"),
      JSON("Abacus", "xgemm", "32", "WGS=eight"),
      JSON("Abacus", "xgemm", "32", ""),
      JSON("Abacus", "xgemm", "32", "PRECISION=32"),
      JSON("Abacus", "xgemm", "32", "MWG=8\\nclblast Pad: PAD_DIMX=8"),
      JSON("Abacus\\\"", "xgemm", "32", "MWG=8"),
      "",
      "{}",
      "no JSON",
      "\"precision\"",
      "\"precision\":",
      "\"precision\": 32",
      "{\"precision\": \"32\", \"device\": \"Abacus\"}",
  };
  struct clblast_result r;
  (void)state;
  for (size_t i = 0; i < COUNT(texts); i++)
    if (read_text(texts[i], &r) == NULL) fail_msg("%s", texts[i]);
}

/* A cut file gives the whole one's parameters, or none. */
static void cut(void **state) {
  static const char text[] = JSON("Abacus", "xgemm_1", "32",
                                  "MWG=128 NWG=64 KWG=32 PRECISION=32");
  size_t accepted = 0;
  (void)state;
  for (size_t size = 0; size < sizeof text; size++) {
    struct clblast_result r;
    if (clblast_json_read(text, size, "Abacus", &r) != NULL) continue;
    accepted++;
    assert_string_equal(r.line, "clblast Xgemm: MWG=128 NWG=64 KWG=32");
  }
  assert_true(accepted > 0);
}

/* A line longer than any is refused, not cut. */
static void long_line(void **state) {
  char text[4096], parameters[2048] = "";
  struct clblast_result r;
  (void)state;
  for (size_t used = 0, i = 0; used + 64 < sizeof parameters; i++)
    used += (size_t)snprintf(parameters + used, sizeof parameters - used,
                             "%sA_LONG_NAME_%zu=1", i ? " " : "", i);
  snprintf(text, sizeof text,
           "{\"device\":\"Abacus\",\"precision\":\"32\","
           "\"kernel_family\":\"pad\",\"best_parameters\":\"%s\"}",
           parameters);
  assert_non_null(read_text(text, &r));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good),
      cmocka_unit_test(others),
      cmocka_unit_test(cut),
      cmocka_unit_test(long_line),
  };
  return cmocka_run_group_tests_name("clblast_json", tests, NULL, NULL);
}
