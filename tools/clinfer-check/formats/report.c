/* report.c - results as text and JSON. */

#include "formats/report.h"

#include <string.h>

#include "lib/json.h"

static void count(struct tally *t, const struct result *r) {
  t->of[r->verdict]++;
  t->ms += r->ms;
  if (r->verdict == CASE_OK && r->worst > t->worst) t->worst = r->worst;
}

static size_t all_of(const struct tally *t) {
  size_t n = 0;
  for (int v = 0; v < VERDICT_COUNT; v++) n += t->of[v];
  return n;
}

static void print_counts(FILE *out, const struct tally *t) {
  for (int v = 0; v < VERDICT_COUNT; v++)
    if (t->of[v] != 0 || v == CASE_OK)
      fprintf(out, ", %zu %s", t->of[v], verdict_name((enum verdict)v));
}

static void print_op(const struct report *r, const char *name) {
  fprintf(r->out->text, "%-20s %4zu cases", name, all_of(&r->op));
  print_counts(r->out->text, &r->op);
  if (r->op.of[CASE_OK] > 0)
    fprintf(r->out->text, "; worst %.2f of its bound", r->op.worst);
  fprintf(r->out->text, "; %.1f s\n", r->op.ms / 1e3);
}

static const char *selector(const struct report *r) {
  return json_text(r->device, "selector");
}

void report_repro(FILE *file, const struct report *r, const char *text) {
  const struct options *o = r->options;
  fprintf(file, "  repro: clinfer-check --device %s%s", selector(r),
          o->session.reference ? " --reference" : "");
  if (o->session.disable != NULL)
    fprintf(file, " --disable %s", o->session.disable);
  fprintf(file, " --case '%s'\n", text);
}

static void print_fault(const struct report *r, const struct result *result,
                        const char *text) {
  FILE *out = r->out->text;
  fprintf(out, "  %s\n", result->message);
  if (result->failures != 0)
    fprintf(out, "  worst at %s (%zu, %zu): got %.9g, want %.9g\n",
            result->output, result->row, result->col, result->got,
            result->want);
  if (result->verdict != CASE_SKIP) report_repro(out, r, text);
}

static void print_case(const struct report *r, const struct result *result) {
  char text[CASE_TEXT];
  case_print(&result->c, text);
  if (result->verdict == CASE_OK) {
    if (r->options->verbose)
      fprintf(r->out->text, "%-7s %s  %.2f of bound\n", "ok", text,
              result->worst);
    return;
  }
  if (result->verdict == CASE_SKIP && !r->options->verbose) return;
  fprintf(r->out->text, "%-7s %s", verdict_name(result->verdict), text);
  if (result->failures != 0)
    fprintf(r->out->text, "  %.3g of bound", result->worst);
  fputc('\n', r->out->text);
  print_fault(r, result, text);
}

void report_case(struct report *r) {
  const struct result *result = &r->results[r->count++];
  const struct call_operator *op = result->c.op;
  if (r->count > 1 && result[-1].c.op != op) {
    print_op(r, result[-1].c.op->function);
    r->op = (struct tally){0};
  }
  count(&r->op, result);
  count(&r->total, result);
  print_case(r, result);
  fflush(r->out->text);

  cJSON *line = result_to_json(result);
  cJSON_AddStringToObject(line, "device", selector(r));
  output_json(r->out, line);
  cJSON_Delete(line);
}

static int exit_code(const struct report *r) {
  const struct tally *t = &r->total;
  if (t->of[CASE_CRASH] + t->of[CASE_TIMEOUT] > 0) return TOOL_LOST;
  if (t->of[CASE_FAIL] > 0) return TOOL_FAILED;
  if (t->of[CASE_OK] == 0) return TOOL_SKIPPED;
  return r->options->strict && t->of[CASE_SKIP] > 0 ? TOOL_FAILED : TOOL_PASSED;
}

static void write_summary(const struct report *r, int code) {
  cJSON *line = cJSON_CreateObject();
  cJSON_AddStringToObject(line, "type", "summary");
  cJSON_AddNumberToObject(line, "schema", OUTPUT_SCHEMA);
  cJSON_AddStringToObject(line, "device", selector(r));
  for (int v = 0; v < VERDICT_COUNT; v++)
    cJSON_AddNumberToObject(line, verdict_name((enum verdict)v),
                            (double)r->total.of[v]);
  cJSON_AddNumberToObject(line, "worst", r->total.worst);
  cJSON_AddNumberToObject(line, "ms", r->total.ms);
  cJSON_AddNumberToObject(line, "exit", code);
  output_json(r->out, line);
  cJSON_Delete(line);
}

int report_end(struct report *r) {
  if (r->count > 0) print_op(r, r->results[r->count - 1].c.op->function);
  const int code = exit_code(r);
  fprintf(r->out->text, "\n%-20s %4zu cases", code == 0 ? "passed" : "total",
          all_of(&r->total));
  print_counts(r->out->text, &r->total);
  fprintf(r->out->text, "; worst %.2f of its bound; %.1f s\n", r->total.worst,
          r->total.ms / 1e3);
  if (r->total.of[CASE_SKIP] > 0 && !r->options->verbose)
    fprintf(r->out->text, "--verbose tells why cases were skipped\n");
  write_summary(r, code);
  if (r->out->junit != NULL) junit_device(r->out->junit, r);
  return code;
}
