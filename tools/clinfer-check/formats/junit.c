/* junit.c - results as the XML that continuous integration reads. */

#include "formats/report.h"
#include "lib/json.h"

void junit_begin(FILE *file) {
  fprintf(file, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
}

void junit_end(FILE *file) { fprintf(file, "</testsuites>\n"); }

static void print_escaped(FILE *file, const char *text) {
  for (; *text != '\0'; text++) {
    const unsigned char c = (unsigned char)*text;
    if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\n')
      fprintf(file, "&#%d;", c);
    else
      fputc(c < ' ' ? '?' : c, file); /* XML 1.0 has no control characters */
  }
}

static void print_attribute(FILE *file, const char *name, const char *text) {
  fprintf(file, " %s=\"", name);
  print_escaped(file, text);
  fputc('"', file);
}

static void print_case(FILE *file, const struct result *r) {
  static const char *const elements[VERDICT_COUNT] = {
      NULL, "failure", "skipped", "error", "error"};
  char text[CASE_TEXT];
  case_print(&r->c, text);
  fprintf(file, "    <testcase");
  print_attribute(file, "classname", r->c.op->function);
  print_attribute(file, "name", text);
  fprintf(file, " time=\"%.3f\"", r->ms / 1e3);
  if (r->verdict == CASE_OK) {
    fprintf(file, "/>\n");
    return;
  }
  fprintf(file, "><%s", elements[r->verdict]);
  print_attribute(file, "message", r->message);
  fprintf(file, "/></testcase>\n");
}

void junit_device(FILE *file, const struct report *r) {
  const size_t *of = r->total.of;
  fprintf(file, "  <testsuite");
  print_attribute(file, "name", json_text(r->device, "name"));
  fprintf(file,
          " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\""
          " time=\"%.3f\">\n",
          r->count, of[CASE_FAIL], of[CASE_CRASH] + of[CASE_TIMEOUT],
          of[CASE_SKIP], r->total.ms / 1e3);
  for (size_t i = 0; i < r->count; i++) print_case(file, &r->results[i]);
  fprintf(file, "  </testsuite>\n");
}
