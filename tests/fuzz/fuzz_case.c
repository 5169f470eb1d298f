/* fuzz_case.c - the text of a case, as --case takes it, is refused with a
 * reason; or what is printed of it is the same case. */

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "operators/cases.h"

static bool same(const struct test_case *a, const struct test_case *b) {
  return memcmp(a, b, sizeof *a) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct test_case c, again;
  memset(&c, 0, sizeof c); /* the padding, too */
  memset(&again, 0, sizeof again);
  char *text = fuzz_text(data, size), printed[CASE_TEXT];
  if (case_parse(text, &c) == NULL) {
    case_print(&c, printed);
    FUZZ_REQUIRE(case_parse(printed, &again) == NULL);
    FUZZ_REQUIRE(same(&c, &again));
    for (enum role role = 0; role < ROLE_COUNT; role++) {
      size_t rows, cols;
      case_size(&c, role, &rows, &cols);
      FUZZ_REQUIRE(cols == 0 || rows <= SIZE_MAX / sizeof(double) / cols);
    }
  }
  free(text);
  return 0;
}
