/* support.c - what a device can do, and why it cannot do the rest: each
 * provider's state, and a call of each operator in each storage type. */

#include "commands/support.h"

#include <stdlib.h>
#include <string.h>

#include "engine/check_case.h"
#include "engine/device_run.h"
#include "lib/devices.h"
#include "lib/json.h"
#include "select.h"

struct support {
  struct device_run run;
  struct case_list cases;
  size_t providers, refused;
  bool heading; /* of the operators: it is printed */
};

/* Every provider may take this one; so it makes them prove themselves. */
static const char proof[] = "linear:f16:m=256,k=256,n=256,seed=17";

/* A provider that is not named here is for any device. */
static const struct {
  const char *provider, *needs;
} needs[] = {
    {"gemm_cpu", "a CPU whose vectors hold 4 floats or more"},
    {"gemm_skinny", "work-groups of 256 and 32 KB of local memory"},
    {"gemm_wgmma", "an NVIDIA GPU of compute capability 9.0"},
    {"gemm_mma", "an NVIDIA GPU of compute capability 8.0 or later"},
    {"gemm_units", "matrix units of AMD (CDNA 2 and 3, RDNA 3) or Intel (Xe)"},
    {"gemm_clblast", "a library that was built with CLBlast"},
    {"gemm_local", "an NVIDIA GPU, compute capability 9.0"},
    {"gemm_tiled", "local memory for one of its tiles"},
    {"row_item", "a CPU"},
};

static const char *need_of(const char *provider) {
  for (size_t i = 0; i < TOOL_COUNT(needs); i++)
    if (strcmp(needs[i].provider, provider) == 0) return needs[i].needs;
  return "something that this device has not";
}

/* ---- In the worker: a provider */

/* The names of all others, with commas; the caller frees it. */
static char *all_but(size_t index) {
  const char *name;
  size_t size = 1;
  for (size_t i = 0; (name = clinfer_provider_name(i)) != NULL; i++)
    size += strlen(name) + 1;
  char *list = tool_alloc(size, 1);
  for (size_t i = 0; (name = clinfer_provider_name(i)) != NULL; i++)
    if (i != index) strcat(strcat(list, name), ",");
  return list;
}

/* Its state after a call that it had to take. */
static clinfer_provider_state prove(struct session *s,
                                    const struct options *options,
                                    size_t index) {
  struct session own = *s;
  struct test_case c;
  struct result result;
  char *disable = all_but(index);
  clinfer_options library = session_options(s, &options->session);
  library.disable = disable;
  clinfer_provider_state state = CLINFER_PROVIDER_UNTESTED;
  if (case_parse(proof, &c) == NULL &&
      clinfer_context_create(s->context, s->device, &library, &own.ctx) ==
          CLINFER_OK) {
    check_case(&own, &c, FAULT_NONE, &result);
    state = clinfer_context_provider(own.ctx, index);
    clinfer_context_destroy(own.ctx);
  }
  free(disable);
  return state;
}

/* What the log says of its self-test. */
static void add_verdict(cJSON *line, const cJSON *log, const char *name) {
  const cJSON *entry;
  char start[64];
  snprintf(start, sizeof start, "the self-test of %s", name);
  cJSON_ArrayForEach(entry, log) if (strncmp(entry->valuestring, start,
                                             strlen(start)) == 0)
      cJSON_AddStringToObject(line, "why", entry->valuestring);
}

static cJSON *ask_provider(struct support *support, size_t index) {
  struct session *s = &support->run.session;
  const char *name = clinfer_provider_name(index);
  clinfer_provider_state state = clinfer_context_provider(s->ctx, index);
  if (state == CLINFER_PROVIDER_UNTESTED)
    state = prove(s, support->run.options, index);
  cJSON *line = cJSON_CreateObject(), *log = session_take_log(s);
  cJSON_AddStringToObject(line, "type", "provider");
  cJSON_AddStringToObject(line, "name", name);
  cJSON_AddStringToObject(line, "state", device_provider_state(state));
  add_verdict(line, log, name);
  if (state == CLINFER_PROVIDER_ABSENT) {
    char why[128];
    snprintf(why, sizeof why, "it needs %s", need_of(name));
    cJSON_AddStringToObject(line, "why", why);
  }
  cJSON_Delete(log);
  return line;
}

/* ---- In the worker: an operator */

/* "built gemm/cpu -cl-std=..." names a kernel. */
static void add_kernels(cJSON *line, const cJSON *log) {
  char kernels[512] = "";
  const cJSON *entry;
  cJSON_ArrayForEach(entry, log) {
    char word[16], name[64];
    if (sscanf(entry->valuestring, "%15s %63s -cl", word, name) != 2) continue;
    if (strcmp(word, "built") != 0 && strcmp(word, "loaded") != 0) continue;
    const size_t used = strlen(kernels);
    snprintf(kernels + used, sizeof kernels - used, "%s%s", used ? ", " : "",
             name);
  }
  cJSON_AddStringToObject(line, "kernels", kernels);
}

/* In a context of its own, whose log tells which kernels it took. */
static cJSON *ask_operator(struct support *support, const struct test_case *c) {
  struct session *s = &support->run.session, own = *s;
  struct result result = {.c = *c, .verdict = CASE_FAIL};
  const clinfer_options library = session_options(s, &support->run.options
                                                          ->session);
  cJSON_Delete(session_take_log(s));
  if (clinfer_context_create(s->context, s->device, &library, &own.ctx) ==
      CLINFER_OK)
    check_case(&own, c, FAULT_NONE, &result);
  else
    snprintf(result.message, sizeof result.message, "%s",
             clinfer_last_error()->message);
  const clinfer_error *error = clinfer_last_error();
  clinfer_context_destroy(own.ctx);
  cJSON *line = result_to_json(&result), *log = session_take_log(s);
  add_kernels(line, log);
  cJSON_Delete(log);
  if (result.verdict != CASE_OK && strstr(result.message, error->message))
    cJSON_AddStringToObject(line, "build_log", error->build_log);
  return line;
}

static cJSON *item(void *user, size_t index) {
  struct support *support = user;
  if (index < support->providers) return ask_provider(support, index);
  return ask_operator(support,
                      &support->cases.items[index - support->providers]);
}

/* ---- In the parent */

static bool started(void *user, const cJSON *line) {
  struct support *support = user;
  const bool first = support->run.opened == NULL;
  if (!device_run_started(user, line)) return false;
  if (!first) return true;
  FILE *out = support->run.out->text;
  const char *uncached = json_text(line, "uncached");
  if (*uncached != '\0') fprintf(out, "%s\n\n", uncached);
  fprintf(out, "%-20s %s\n", "provider", "state");
  return true;
}

static void print_operator(struct support *support, const cJSON *line) {
  FILE *out = support->run.out->text;
  const bool fine = strcmp(json_text(line, "status"), "ok") == 0;
  if (!support->heading)
    fprintf(out, "\n%-20s %-12s %-4s %s\n", "operator", "types", "ok",
            "kernels, or why not");
  support->heading = true;
  fprintf(out, "%-20s %-12s %-4s %s\n", json_text(line, "op"),
          json_text(line, "dtype"), fine ? "yes" : "no",
          json_text(line, fine ? "kernels" : "message"));
  if (*json_text(line, "build_log") != '\0')
    fprintf(out, "%s\n", json_text(line, "build_log"));
  support->refused += !fine;
}

static void done(void *user, size_t index, const cJSON *line) {
  struct support *support = user;
  output_json(support->run.out, line);
  if (index < support->providers)
    fprintf(support->run.out->text, "%-20s %-10s %s\n", json_text(line, "name"),
            json_text(line, "state"), json_text(line, "why"));
  else
    print_operator(support, line);
}

static void lost(void *user, size_t index, bool hung, const char *how) {
  (void)hung;
  struct support *support = user;
  if (device_run_lost(&support->run, index, how)) return;
  const size_t c = index - support->providers;
  fprintf(support->run.out->text, "%-20s %-12s no   the device: %s\n",
          index < support->providers ? clinfer_provider_name(index)
                                     : support->cases.items[c].op->function,
          "", how);
}

/* One case of middle size for every operator and mixture of types. */
static struct case_list select_cases(const struct options *o) {
  static const char *const types[] = {"f32", "f16", "bf16", "f16/f32/f16",
                                      "f32/f16/f32"};
  const struct call_operator *op;
  size_t ops = 0, count = 0;
  while (op_at(ops) != NULL) ops++;
  const char **list = tool_alloc(ops * TOOL_COUNT(types), sizeof *list);
  char(*texts)[CASE_TEXT] = tool_alloc(ops * TOOL_COUNT(types), CASE_TEXT);
  for (size_t i = 0; (op = op_at(i)) != NULL; i++)
    for (size_t t = 0; t < TOOL_COUNT(types); t++) {
      snprintf(texts[count], CASE_TEXT, "%s:%s:m=64,k=256%s", op->function,
               types[t], op_uses(op) & USES(WEIGHT) ? ",n=256" : "");
      list[count] = texts[count];
      count++;
    }
  const struct case_list cases = cases_select_from(o, list, count);
  free(texts), free(list);
  return cases;
}

int support_device(const struct options *options, const struct output *out,
                   const char *selector) {
  struct options o = *options;
  o.session.keep_log = true;
  struct support support = {.run = {.options = &o,
                                    .out = out,
                                    .asked = selector,
                                    .exit_code = TOOL_PASSED},
                            .cases = select_cases(options)};
  if (support.cases.count == 0) return TOOL_USAGE;
  while (clinfer_provider_name(support.providers) != NULL) support.providers++;
  const size_t count = support.providers + support.cases.count;
  device_run_job(&support.run, (struct worker_job){.count = count,
                                                   .item = item,
                                                   .started = started,
                                                   .done = done,
                                                   .lost = lost});
  cJSON_Delete(support.run.opened);
  free(support.cases.items);
  return support.refused > 0 ? tool_worse(support.run.exit_code, TOOL_FAILED)
                             : support.run.exit_code;
}
