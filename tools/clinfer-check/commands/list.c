/* list.c - the command `list`, and the devices that --all-devices means. */

#include "commands/list.h"

#include <stdio.h>
#include <string.h>

#include "lib/devices.h"
#include "lib/json.h"
#include "lib/worker.h"

/* ---- In the worker */

static void add_providers(cJSON *to) {
  clinfer_context *ctx;
  if (clinfer_context_open(json_text(to, "selector"), NULL, &ctx) != CLINFER_OK)
    return;
  cJSON_AddItemToObject(to, "providers", device_providers(ctx));
  clinfer_context_destroy(ctx);
}

struct search {
  const struct options *options;
  cl_device_id picked;
  cJSON *found; /* in the parent */
  int exit_code;
};

static bool add_device(void *user, cl_device_id device, cl_uint p, cl_uint d) {
  (void)p, (void)d;
  cJSON *line = user, *one = device_describe(device);
  cl_device_id picked = NULL;
  clinfer_find_device(json_text(line, "asked"), &picked);
  cJSON_AddBoolToObject(one, "picked", device == picked);
  if (cJSON_HasObjectItem(line, "verbose")) add_providers(one);
  cJSON_AddItemToArray(cJSON_GetObjectItem(line, "devices"), one);
  return false;
}

static cJSON *start(void *user) {
  const struct search *search = user;
  cJSON *line = cJSON_CreateObject();
  if (search->options->device != NULL)
    cJSON_AddStringToObject(line, "asked", search->options->device);
  if (search->options->verbose) cJSON_AddTrueToObject(line, "verbose");
  cJSON_AddItemToObject(line, "devices", cJSON_CreateArray());
  devices_visit(add_device, line);
  cl_device_id best;
  if (clinfer_find_device("", &best) == CLINFER_NO_DEVICE)
    cJSON_AddStringToObject(line, "why", clinfer_last_error()->message);
  return line;
}

static void stop(void *user) { (void)user; }

/* ---- In the parent */

static bool started(void *user, const cJSON *line) {
  struct search *search = user;
  search->found = cJSON_Duplicate(cJSON_GetObjectItem(line, "devices"), true);
  if (cJSON_GetArraySize(search->found) > 0) return true;
  fprintf(stderr, "clinfer-check: %s\n", json_text(line, "why"));
  search->exit_code = TOOL_NO_DEVICE;
  return false;
}

static void lost(void *user, size_t index, bool hung, const char *how) {
  (void)index, (void)hung;
  struct search *search = user;
  fprintf(stderr, "clinfer-check: while asking for devices: %s\n", how);
  search->exit_code = TOOL_LOST;
}

cJSON *list_devices(const struct options *options, int *exit_code) {
  struct search search = {.options = options, .exit_code = TOOL_PASSED};
  const struct worker_job job = {.timeout = options->timeout,
                                 .user = &search,
                                 .start = start,
                                 .stop = stop,
                                 .started = started,
                                 .lost = lost};
  worker_run(&job);
  *exit_code = search.exit_code;
  if (search.exit_code == TOOL_PASSED) return search.found;
  cJSON_Delete(search.found);
  return NULL;
}

/* Those that are for the device. */
static void print_providers(const cJSON *device) {
  const cJSON *providers = cJSON_GetObjectItem(device, "providers"), *one;
  cJSON_ArrayForEach(one, providers) {
    const char *state = cJSON_GetStringValue(one);
    if (strcmp(state, "absent") != 0)
      printf("         %-20s %s\n", one->string, state);
  }
}

int list_run(const struct options *options) {
  int exit_code;
  cJSON *found = list_devices(options, &exit_code), *device;
  if (found == NULL) return exit_code;
  printf("  %-6s %-11s %9s  %-4s  %s\n", "select", "type", "memory", "fp16",
         "name; vendor; platform; driver");
  cJSON_ArrayForEach(device, found) {
    const double memory = json_number(device, "memory", 0);
    printf("%c %-6s %-11s %5.1f GiB  %-4s  %s; %s; %s; %s\n",
           cJSON_IsTrue(cJSON_GetObjectItem(device, "picked")) ? '*' : ' ',
           json_text(device, "selector"), json_text(device, "type"),
           memory / (1 << 30),
           cJSON_IsTrue(cJSON_GetObjectItem(device, "fp16")) ? "yes" : "no",
           json_text(device, "name"), json_text(device, "vendor"),
           json_text(device, "platform"), json_text(device, "driver"));
    print_providers(device);
  }
  cJSON_Delete(found);
  return TOOL_PASSED;
}
