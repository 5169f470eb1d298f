/* test_scrub.c - what counts as a path in a text for other people. */

#include "formats/scrub.h"
#include "tester.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct text {
  const char *text, *scrubbed;
} texts[] = {
    {"", ""},
    {"no path at all", "no path at all"},
    {"/home/jane/a.cl", "<path>"},
    {"/home/jane/a.cl:312:1: error", "<path>:312:1: error"},
    {"in /tmp/x, and (/tmp/y)", "in <path>, and (<path>)"},
    {"'/tmp/x' \"/tmp/y\" `/tmp/z`", "'<path>' \"<path>\" `<path>`"},
    {"-I/home/jane -L/opt/x -D A=/b", "-I<path> -L<path> -D A=<path>"},
    {"PATH=/usr/bin:/home/jane", "PATH=<path>:<path>"},
    {"//tmp/jane", "<path>"},
    {"./jane/x ../jane ~/x ~jane/x", "<path> <path> <path> <path>"},
    /* What the environment names, below. */
    {"/my home/j d", "<path>"},
    {"/my home/j d/.cache/clinfer is", "<path> is"},
    {"/my home/j dx", "<path> home/j dx"},
    {"made in kernels of jane/0.bin", "made in <path>"},
    {"kernels of janes", "kernels of janes"},
    /* No paths. */
    {"mlp_gemm:f16/f32/f16:m=3,k=7", "mlp_gemm:f16/f32/f16:m=3,k=7"},
    {"3 GB/s, a / b, 1/2, N/A", "3 GB/s, a / b, 1/2, N/A"},
    {"https://example.org/a", "https://example.org/a"},
    {"OpenCL 3.0 ... ~ 5 ns/item", "OpenCL 3.0 ... ~ 5 ns/item"},
    {"/", "/"},
};

static void scrubbed(void **state) {
  (void)state;
  setenv("HOME", "/my home/j d", 1);
  setenv("CLINFER_CACHE_DIR", "kernels of jane", 1);
  for (size_t i = 0; i < T_COUNT(texts); i++) {
    char *got;
    size_t size;
    FILE *file = open_memstream(&got, &size);
    assert_non_null(file);
    scrub_print(file, "%s", texts[i].text);
    fclose(file);
    assert_string_equal(got, texts[i].scrubbed);
    free(got);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(scrubbed)};
  return cmocka_run_group_tests_name("scrub", tests, NULL, NULL);
}
