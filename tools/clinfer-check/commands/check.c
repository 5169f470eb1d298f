/* check.c - run the selected cases on one device, in workers. */

#include "commands/check.h"

#include <stdlib.h>

#include "engine/check_case.h"
#include "engine/device_run.h"
#include "formats/bundle.h"
#include "formats/report.h"
#include "lib/devices.h"
#include "select.h"

struct check {
  struct device_run run;
  struct case_list cases;

  /* In the parent. */
  struct report report;
  cJSON *log, *providers; /* for --report: all lines; the last states */
};

/* In the worker. */
static cJSON *item(void *user, size_t index) {
  struct check *check = user;
  struct result result;
  check_case(&check->run.session, &check->cases.items[index],
             index == 0 ? check->run.options->fault : FAULT_NONE, &result);
  cJSON *line = result_to_json(&result);
  if (check->run.options->report != NULL) {
    cJSON_AddItemToObject(line, "log", session_take_log(&check->run.session));
    cJSON_AddItemToObject(line, "providers",
                          device_providers(check->run.session.ctx));
  }
  return line;
}

/* ---- In the parent */

static void show_progress(const struct check *check) {
  const size_t done = check->report.count;
  char text[CASE_TEXT] = "";
  if (done < check->cases.count) case_print(&check->cases.items[done], text);
  output_progress(check->run.out, done, check->cases.count, text);
}

static bool started(void *user, const cJSON *line) {
  struct check *check = user;
  if (!device_run_started(user, line)) return false;
  check->report.device = cJSON_GetObjectItem(check->run.opened, "device");
  show_progress(check);
  return true;
}

static struct result *next_result(struct check *check) {
  struct result *r = &check->report.results[check->report.count];
  r->c = check->cases.items[check->report.count];
  return r;
}

static void report_next(struct check *check) {
  output_progress(check->run.out, 0, 0, "");
  report_case(&check->report);
  show_progress(check);
}

static void keep(struct check *check, const cJSON *line) {
  const cJSON *entry, *providers = cJSON_GetObjectItem(line, "providers");
  cJSON_ArrayForEach(entry, cJSON_GetObjectItem(line, "log"))
      cJSON_AddItemToArray(check->log, cJSON_Duplicate(entry, true));
  if (providers == NULL) return;
  cJSON_Delete(check->providers);
  check->providers = cJSON_Duplicate(providers, true);
}

static void done(void *user, size_t index, const cJSON *line) {
  (void)index;
  struct check *check = user;
  keep(check, line);
  result_from_json(line, next_result(check));
  report_next(check);
}

static void end_unjudged(struct check *check, enum verdict verdict,
                         const char *message) {
  struct result *r = next_result(check);
  r->verdict = verdict;
  snprintf(r->message, sizeof r->message, "%s", message);
  report_next(check);
}

static void lost(void *user, size_t index, bool hung, const char *how) {
  struct check *check = user;
  if (!device_run_lost(&check->run, index, how))
    end_unjudged(check, hung ? CASE_TIMEOUT : CASE_CRASH, how);
}

static void run_cases(struct check *check) {
  check->report.results = tool_alloc(check->cases.count,
                                     sizeof *check->report.results);
  device_run_job(&check->run, (struct worker_job){.count = check->cases.count,
                                                  .item = item,
                                                  .started = started,
                                                  .done = done,
                                                  .lost = lost});
  if (check->run.opened == NULL) return;
  while (check->report.count < check->cases.count)
    end_unjudged(check, CASE_SKIP, "the device was given up");
  check->run.exit_code = tool_worse(check->run.exit_code,
                                    report_end(&check->report));
  if (check->run.out->report != NULL)
    bundle_device(check->run.out->report, &check->report, check->run.opened,
                  check->log, check->providers);
}

int check_device(const struct options *options, const struct output *out,
                 const char *selector) {
  struct check check = {.run = {.options = options,
                                .out = out,
                                .asked = selector,
                                .exit_code = TOOL_SKIPPED},
                        .cases = cases_select(options),
                        .report = {.out = out, .options = options}};
  if (check.cases.count == 0) return TOOL_USAGE;
  check.log = cJSON_CreateArray();
  run_cases(&check);
  cJSON_Delete(check.run.opened), cJSON_Delete(check.log);
  cJSON_Delete(check.providers);
  free(check.report.results), free(check.cases.items);
  return check.run.exit_code;
}
