/* test_source.c - kernels' texts and what they include. */

#include "files.h"
#include "program/source.h"
#include "tester.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[FILES_PATH];

static int make_folder(void **state) {
  (void)state;
  files_make_folder(folder);
  return 0;
}

static int drop_folder(void **state) {
  (void)state;
  files_remove(folder);
  return 0;
}

static void put(const char *name, const char *text) {
  char path[2 * FILES_PATH];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  files_write(path, text, strlen(text));
}

static void require_text(const char *name, const char *want) {
  char *text = NULL;
  assert_int_equal(ci_source(folder, name, &text), CLINFER_OK);
  assert_string_equal(text, want);
  free(text);
}

static void require_bad(const char *name, const char *words) {
  char *text = NULL;
  assert_int_equal(ci_source(folder, name, &text), CLINFER_BAD_FILE);
  assert_null(text);
  assert_non_null(strstr(clinfer_last_error()->message, words));
}

static void plain(void **state) {
  (void)state;
  put("a.cl", "one\ntwo\n");
  require_text("a.cl", "one\ntwo\n");
  put("b.cl", "no newline");
  require_text("b.cl", "no newline");
  put("c.cl", "");
  require_text("c.cl", "");
  put("d.cl", "\n\n");
  require_text("d.cl", "\n\n");
}

static void included(void **state) {
  (void)state;
  put("inner.cl", "inner\n");
  put("a.cl", "before\n#include \"inner.cl\"\nafter\n");
  require_text("a.cl", "before\ninner\nafter\n");
  put("b.cl", "#include \"inner.cl\"");
  require_text("b.cl", "inner\n");
}

/* Each file once, however often and from wherever it is included. */
static void once(void **state) {
  (void)state;
  put("c.cl", "c\n");
  put("b.cl", "#include \"c.cl\"\nb\n");
  put("a.cl", "#include \"c.cl\"\n#include \"b.cl\"\n#include \"c.cl\"\na\n");
  require_text("a.cl", "c\nb\na\n");
}

static void circular(void **state) {
  (void)state;
  put("a.cl", "#include \"b.cl\"\na\n");
  put("b.cl", "#include \"a.cl\"\nb\n");
  require_text("a.cl", "b\na\n");
  put("self.cl", "#include \"self.cl\"\nself\n");
  require_text("self.cl", "self\n");
}

static void missing(void **state) {
  (void)state;
  require_bad("none.cl", "none.cl");
  put("a.cl", "a\n#include \"none.cl\"\n");
  require_bad("a.cl", "none.cl");
  put("path.cl", "#include \"../path.cl\"\n"); /* the compiler's to judge */
  require_text("path.cl", "#include \"../path.cl\"\n");
}

/* Sixteen files are enough for any kernel. */
static void too_many(void **state) {
  (void)state;
  for (int i = 0; i < 20; i++) {
    char name[16], text[64];
    snprintf(name, sizeof name, "n%d.cl", i);
    snprintf(text, sizeof text, "%d\n#include \"n%d.cl\"\n", i, i + 1);
    put(name, text);
  }
  put("n20.cl", "end\n");
  require_bad("n0.cl", "too many");
  require_text("n18.cl", "18\n19\nend\n");
}

static void too_large(void **state) {
  const size_t size = (1 << 20) + 1;
  char path[2 * FILES_PATH], *text = calloc(size, 1);
  (void)state;
  memset(text, ' ', size);
  snprintf(path, sizeof path, "%s/large.cl", folder);
  files_write(path, text, size);
  free(text);
  require_bad("large.cl", "large.cl");
}

static void embedded(void **state) {
  (void)state;
  assert_true(ci_embedded_count > 0);
  for (size_t i = 0; i < ci_embedded_count; i++) {
    char *text = NULL;
    assert_int_equal(strlen(ci_embedded_files[i].text),
                     ci_embedded_files[i].size);
    assert_int_equal(ci_source(NULL, ci_embedded_files[i].name, &text),
                     CLINFER_OK);
    assert_null(strstr(text, "#include"));
    free(text);
  }
  char *text = NULL;
  assert_int_equal(ci_source(NULL, "none.cl", &text), CLINFER_BAD_FILE);
  assert_null(text);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(plain),     CASE(included),
      CASE(once),      CASE(circular),
      CASE(missing),   CASE(too_many),
      CASE(too_large), cmocka_unit_test(embedded),
  };
  return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
