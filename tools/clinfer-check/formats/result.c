/* result.c - results to and from JSON. */

#include "formats/result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/json.h"

static const char *const names[VERDICT_COUNT] = {"ok", "FAIL", "SKIP", "CRASH",
                                                 "TIMEOUT"};

const char *verdict_name(enum verdict verdict) { return names[verdict]; }

cJSON *result_to_json(const struct result *r) {
  char text[CASE_TEXT], dtypes[16];
  case_print(&r->c, text);
  case_print_dtypes(&r->c, dtypes);
  cJSON *line = cJSON_CreateObject();
  cJSON_AddStringToObject(line, "type", "case");
  cJSON_AddStringToObject(line, "case", text);
  cJSON_AddStringToObject(line, "op", r->c.op->function);
  cJSON_AddStringToObject(line, "dtype", dtypes);
  cJSON_AddStringToObject(line, "status", names[r->verdict]);
  cJSON_AddNumberToObject(line, "worst", r->worst);
  cJSON_AddNumberToObject(line, "ms", r->ms);
  if (r->verdict != CASE_OK)
    cJSON_AddStringToObject(line, "message", r->message);
  if (r->failures == 0) return line;
  cJSON_AddNumberToObject(line, "failures", (double)r->failures);
  cJSON_AddStringToObject(line, "output", r->output);
  cJSON_AddNumberToObject(line, "row", (double)r->row);
  cJSON_AddNumberToObject(line, "col", (double)r->col);
  cJSON_AddNumberToObject(line, "got", r->got);
  cJSON_AddNumberToObject(line, "want", r->want);
  return line;
}

void result_from_json(const cJSON *line, struct result *r) {
  const char *status = json_text(line, "status");
  r->verdict = CASE_FAIL; /* also if the line makes no sense */
  for (int v = 0; v < VERDICT_COUNT; v++)
    if (strcmp(status, names[v]) == 0) r->verdict = (enum verdict)v;
  r->worst = json_number(line, "worst", (double)INFINITY);
  r->ms = json_number(line, "ms", 0);
  snprintf(r->message, sizeof r->message, "%s", json_text(line, "message"));
  r->failures = (size_t)json_number(line, "failures", 0);
  r->output = strcmp(json_text(line, "output"), "second") ? "y" : "second";
  r->row = (size_t)json_number(line, "row", 0);
  r->col = (size_t)json_number(line, "col", 0);
  r->got = json_number(line, "got", (double)NAN);
  r->want = json_number(line, "want", (double)NAN);
}
