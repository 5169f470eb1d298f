/* fuzz_clblast_json.c - what is taken from a CLBlast tuner's JSON is a line
 * that the library's reader of tables takes. */

#define _GNU_SOURCE /* memmem */

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "formats/clblast_json.h"
#include "choose/clblast_parameters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char key[] = "clblast ";
  struct clblast_result result = {.line = ""};
  struct ci_clblast_kernel kernel;
  char *json = fuzz_text(data, size);
  if (clblast_json_read(json, size, "Abacus", &result) == NULL) {
    FUZZ_REQUIRE(memchr(result.line, '\0', sizeof result.line) != NULL);
    FUZZ_REQUIRE(strncmp(result.line, key, strlen(key)) == 0);
    FUZZ_REQUIRE(strpbrk(result.line, "\r\n") == NULL);
    FUZZ_REQUIRE(strstr(result.line, " PRECISION=") == NULL);
    FUZZ_REQUIRE(ci_clblast_parse(result.line + strlen(key), &kernel));
    FUZZ_REQUIRE(memmem(data, size, "Abacus", 6) != NULL ||
                 memchr(data, '\\', size) != NULL); /* or in escapes */
  }
  free(json);
  return 0;
}
