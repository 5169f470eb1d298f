/* device_properties.c - what a device says of itself, for --report. */

#include "lib/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  cl_device_info what;
  enum { TEXT, NUMBER, SIZES } kind;
} properties[] = {
    {"profile", CL_DEVICE_PROFILE, TEXT},
    {"OpenCL C", CL_DEVICE_OPENCL_C_VERSION, TEXT},
    {"vendor id", CL_DEVICE_VENDOR_ID, NUMBER},
    {"compute units", CL_DEVICE_MAX_COMPUTE_UNITS, NUMBER},
    {"clock, MHz", CL_DEVICE_MAX_CLOCK_FREQUENCY, NUMBER},
    {"largest work-group", CL_DEVICE_MAX_WORK_GROUP_SIZE, NUMBER},
    {"largest sizes of it", CL_DEVICE_MAX_WORK_ITEM_SIZES, SIZES},
    {"memory", CL_DEVICE_GLOBAL_MEM_SIZE, NUMBER},
    {"largest buffer", CL_DEVICE_MAX_MEM_ALLOC_SIZE, NUMBER},
    {"local memory", CL_DEVICE_LOCAL_MEM_SIZE, NUMBER},
    {"cache", CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, NUMBER},
    {"constant buffer", CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE, NUMBER},
    {"address bits", CL_DEVICE_ADDRESS_BITS, NUMBER},
    {"alignment, bits", CL_DEVICE_MEM_BASE_ADDR_ALIGN, NUMBER},
    {"native float vector", CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, NUMBER},
    {"native half vector", CL_DEVICE_NATIVE_VECTOR_WIDTH_HALF, NUMBER},
    {"queue properties", CL_DEVICE_QUEUE_PROPERTIES, NUMBER},
    {"float properties", CL_DEVICE_SINGLE_FP_CONFIG, NUMBER},
    {"little endian", CL_DEVICE_ENDIAN_LITTLE, NUMBER},
    {"unified memory", CL_DEVICE_HOST_UNIFIED_MEMORY, NUMBER},
    {"available", CL_DEVICE_AVAILABLE, NUMBER},
    {"has a compiler", CL_DEVICE_COMPILER_AVAILABLE, NUMBER},
    {"built-in kernels", CL_DEVICE_BUILT_IN_KERNELS, TEXT},
    {"extensions", CL_DEVICE_EXTENSIONS, TEXT},
};

/* Of whatever width the property is. */
static unsigned long long number_in(const void *bytes, size_t size) {
  cl_uint narrow = 0;
  cl_ulong wide = 0;
  if (size == sizeof narrow) memcpy(&narrow, bytes, size);
  if (size == sizeof wide) memcpy(&wide, bytes, size);
  return size == sizeof wide ? wide : narrow;
}

static void add_sizes(cJSON *to, const char *name, const size_t *sizes,
                      size_t count) {
  char text[128] = "";
  for (size_t i = 0; i < count; i++) {
    const size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s%zu", i ? " x " : "",
             sizes[i]);
  }
  cJSON_AddStringToObject(to, name, text);
}

static void add_property(cJSON *to, cl_device_id device, size_t index) {
  const char *name = properties[index].name;
  char text[32];
  size_t size = 0;
  clGetDeviceInfo(device, properties[index].what, 0, NULL, &size);
  void *value = tool_alloc(size + 1, 1);
  const cl_int code = clGetDeviceInfo(device, properties[index].what, size,
                                      value, NULL);
  if (code != CL_SUCCESS) {
    snprintf(text, sizeof text, "error %d", code);
    cJSON_AddStringToObject(to, name, text);
  } else if (properties[index].kind == TEXT) {
    cJSON_AddStringToObject(to, name, value);
  } else if (properties[index].kind == SIZES) {
    add_sizes(to, name, value, size / sizeof(size_t));
  } else {
    snprintf(text, sizeof text, "%llu", number_in(value, size));
    cJSON_AddStringToObject(to, name, text);
  }
  free(value);
}

cJSON *device_properties(cl_device_id device) {
  cJSON *all = cJSON_CreateObject();
  for (size_t i = 0; i < TOOL_COUNT(properties); i++)
    add_property(all, device, i);
  return all;
}
