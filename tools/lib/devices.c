/* devices.c - visit and describe OpenCL devices. */

#include "lib/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

enum { MOST = 64 }; /* platforms, and devices of one */

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

bool devices_visit(bool (*visit)(void *, cl_device_id, cl_uint, cl_uint),
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
  devices_visit(find_place, &place);
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
