/* fuzz_clblast_parameters.c - what is taken from a CLBlast tuner's JSON is fit
 * to be handed to CLBlast. */

#define _POSIX_C_SOURCE 200809L

#include "fuzz.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "gemm/clblast_parameters.h"

static void check_name(const char name[CI_CLBLAST_LONGEST_NAME]) {
  const size_t length = strnlen(name, CI_CLBLAST_LONGEST_NAME);
  FUZZ_REQUIRE(length > 0 && length < CI_CLBLAST_LONGEST_NAME);
  for (size_t i = 0; i < length; i++)
    FUZZ_REQUIRE(isupper((unsigned char)name[i]) ||
                 isdigit((unsigned char)name[i]) || name[i] == '_');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *json = fuzz_text(data, size);
  struct ci_clblast_kernel kernel = {.count = 0};
  if (ci_clblast_parse_json(json, "Abacus", &kernel)) {
    FUZZ_REQUIRE(kernel.name != NULL && strstr(json, "\"Abacus\"") != NULL);
    FUZZ_REQUIRE(kernel.count > 0 &&
                 kernel.count <= CI_CLBLAST_MOST_PARAMETERS);
    for (size_t i = 0; i < kernel.count; i++) {
      check_name(kernel.names[i]);
      FUZZ_REQUIRE(kernel.values[i] <= 999999);
    }
  }
  free(json);
  return 0;
}
