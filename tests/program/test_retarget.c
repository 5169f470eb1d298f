/* test_retarget.c - PTX for sm_90 becomes PTX for sm_90a, or is refused. */

#include "program/retarget.h"
#include "tester.h"

#include <stdlib.h>
#include <string.h>

struct text {
  const char *name, *ptx, *want; /* want NULL: it is refused */
};

static const struct text texts[] = {
    {"no mark", ".version 8.7\n.target sm_90\n.address_size 64\n",
     ".version 8.7\n.target sm_90a\n.address_size 64\n"},
    {"several marks",
     ".target sm_90\n\t//sm_90a wgmma.fence;\n{ //sm_90a a; //sm_90a b; }\n",
     ".target sm_90a\n\twgmma.fence;\n{ a; b; }\n"},
    {"mark at the start", "//sm_90a a;\n.target sm_90\n",
     "a;\n.target sm_90a\n"},
    {"mark at the end", ".target sm_90\na; //sm_90a ", ".target sm_90a\na; "},
    {"mark upon mark", ".target sm_90\n//sm_90a //sm_90a a;",
     ".target sm_90a\na;"},
    {"only the mark's beginning", ".target sm_90\n//sm_90 a;\n//sm_90a\n//sm_",
     ".target sm_90a\n//sm_90 a;\n//sm_90a\n//sm_"},
    {"broken mark", ".target sm_90\n//sm_9//sm_90a 0a a;",
     ".target sm_90a\n//sm_90a a;"},
    {"more words", ".target sm_90, texmode_independent\n",
     ".target sm_90a, texmode_independent\n"},
    {"carriage return", "\r\n\t.target sm_90\r\n", "\r\n\t.target sm_90a\r\n"},
    {"the text ends there", ".target sm_90", ".target sm_90a"},
    {"target in comments",
     "// .target sm_80\n//.target sm_80\n.target sm_90 // .target sm_70\n",
     "// .target sm_80\n//.target sm_80\n.target sm_90a // .target sm_70\n"},
    {"sm_90a already", ".target sm_90a\n", NULL},
    {"another target", ".target sm_80\n", NULL},
    {"a longer name", ".target sm_900\n", NULL},
    {"cut in the name", ".target sm_9", NULL},
    {"cut before the name", ".target ", NULL},
    {"cut in the directive", ".version 8.7\n.targ", NULL},
    {"only in a comment", "// .target sm_90\n", NULL},
    {"empty", "", NULL},
    {"only newlines", "\n\n", NULL},
};

/* From memory that ends with the text, so that a sanitizer sees more read. */
static char *retarget(const char *bytes, size_t size, size_t *new_size) {
  char *exact = malloc(size ? size : 1);
  memcpy(exact, bytes, size);
  char *text = ci_retarget(exact, size, new_size);
  free(exact);
  return text;
}

static void rewritten(void **state) {
  (void)state;
  for (size_t i = 0; i < 3 * T_COUNT(texts); i++) {
    const struct text *t = &texts[i / 3];
    const size_t nuls = i % 3; /* NVIDIA's driver hands out two */
    char bytes[512] = "";
    size_t size = 77;
    print_message("%s, %zu NULs\n", t->name, nuls);
    assert_true(strlen(t->ptx) + nuls < sizeof bytes);
    strcpy(bytes, t->ptx);
    char *text = retarget(bytes, strlen(t->ptx) + nuls, &size);
    if (t->want == NULL) {
      assert_null(text);
      assert_int_equal(size, 77);
      assert_int_equal(clinfer_last_error()->status, CLINFER_BUILD_FAILED);
      continue;
    }
    assert_non_null(text);
    assert_string_equal(text, t->want);
    assert_int_equal(size, strlen(t->want) + 1);
    free(text);
  }
}

static void no_text(void **state) {
  static const char elf[] = "\177ELF\2\1\1\0\0\0\n.target sm_90\n";
  static const char cut[] = ".target sm_90\n\0//sm_90a a;\n";
  size_t size;
  (void)state;
  assert_null(retarget(elf, sizeof elf, &size));
  assert_null(retarget(cut, sizeof cut, &size));
  assert_non_null(strstr(clinfer_last_error()->message, "no text"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rewritten),
      cmocka_unit_test(no_text),
  };
  return cmocka_run_group_tests_name("retarget", tests, NULL, NULL);
}
