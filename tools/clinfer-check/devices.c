/* devices.c - find, describe and list OpenCL devices. */

#include "devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "worker.h"

enum { MOST = 64 }; /* platforms, and devices of one */

/* ---- In the worker */

static void add_device_text(cJSON *to, const char *name, cl_device_id device,
                            cl_device_info what) {
  char text[256] = "";
  clGetDeviceInfo(device, what, sizeof text - 1, text, NULL);
  cJSON_AddStringToObject(to, name, text);
}

static const char *type_name(cl_device_type type) {
  if (type & CL_DEVICE_TYPE_GPU) return "GPU";
  if (type & CL_DEVICE_TYPE_ACCELERATOR) return "accelerator";
  if (type & CL_DEVICE_TYPE_CPU) return "CPU";
  return "other";
}

static bool has_extension(cl_device_id device, const char *name) {
  size_t size = 0;
  clGetDeviceInfo(device, CL_DEVICE_EXTENSIONS, 0, NULL, &size);
  char *text = tool_alloc(size + 1, 1);
  clGetDeviceInfo(device, CL_DEVICE_EXTENSIONS, size, text, NULL);
  const bool has = strstr(text, name) != NULL;
  free(text);
  return has;
}

/* Calls visit for every device, until it returns true. */
static bool each_device(bool (*visit)(void *, cl_device_id, cl_uint, cl_uint),
                        void *user) {
  cl_platform_id platforms[MOST];
  cl_device_id devices[MOST];
  cl_uint platform_count = 0, device_count;
  clGetPlatformIDs(MOST, platforms, &platform_count);
  for (cl_uint p = 0; p < platform_count && p < MOST; p++) {
    if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, MOST, devices,
                       &device_count) != CL_SUCCESS)
      continue;
    for (cl_uint d = 0; d < device_count && d < MOST; d++)
      if (visit(user, devices[d], p, d)) return true;
  }
  return false;
}

struct place {
  cl_device_id device;
  char selector[24];
};

static bool find_place(void *user, cl_device_id device, cl_uint p, cl_uint d) {
  struct place *place = user;
  if (device != place->device) return false;
  snprintf(place->selector, sizeof place->selector, "%u:%u", p, d);
  return true;
}

cJSON *device_describe(cl_device_id device) {
  cJSON *out = cJSON_CreateObject();
  struct place place = {.device = device};
  each_device(find_place, &place);
  cJSON_AddStringToObject(out, "selector", place.selector);
  add_device_text(out, "name", device, CL_DEVICE_NAME);
  add_device_text(out, "vendor", device, CL_DEVICE_VENDOR);

  cl_platform_id platform = NULL;
  char platform_name[256] = "";
  clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL);
  clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof platform_name - 1,
                    platform_name, NULL);
  cJSON_AddStringToObject(out, "platform", platform_name);
  add_device_text(out, "driver", device, CL_DRIVER_VERSION);
  add_device_text(out, "version", device, CL_DEVICE_VERSION);

  cl_device_type type = 0;
  cl_ulong memory = 0;
  clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
  clGetDeviceInfo(device, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof memory, &memory,
                  NULL);
  cJSON_AddStringToObject(out, "type", type_name(type));
  cJSON_AddNumberToObject(out, "memory", (double)memory);
  cJSON_AddBoolToObject(out, "fp16", has_extension(device, "cl_khr_fp16"));
  return out;
}

const char *device_provider_state(clinfer_provider_state state) {
  static const char *const states[] = {[CLINFER_PROVIDER_READY] = "ready",
                                       [CLINFER_PROVIDER_UNTESTED] = "untested",
                                       [CLINFER_PROVIDER_FAILED] = "failed",
                                       [CLINFER_PROVIDER_DISABLED] = "disabled",
                                       [CLINFER_PROVIDER_ABSENT] = "absent"};
  return states[state];
}

cJSON *device_providers(const clinfer_context *ctx) {
  cJSON *providers = cJSON_CreateObject();
  const char *name;
  for (size_t i = 0; (name = clinfer_provider_name(i)) != NULL; i++) {
    const clinfer_provider_state state = clinfer_context_provider(ctx, i);
    cJSON_AddStringToObject(providers, name, device_provider_state(state));
  }
  return providers;
}

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
  each_device(add_device, line);
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

cJSON *devices_find(const struct options *options, int *exit_code) {
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

int devices_list(const struct options *options) {
  int exit_code;
  cJSON *found = devices_find(options, &exit_code), *device;
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
