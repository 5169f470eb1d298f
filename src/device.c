/* device.c - what a device can do, asked once. */

#include "device.h"

#include <stdio.h>
#include <string.h>

static clinfer_status query(cl_device_id id, cl_device_info what, size_t size,
                            void *value) {
  return ci_cl(clGetDeviceInfo(id, what, size, value, NULL), "clGetDeviceInfo");
}

static clinfer_status query_texts(cl_device_id id, struct ci_device *device) {
  cl_platform_id platform;
  CI_TRY(query(id, CL_DEVICE_NAME, sizeof device->name, device->name));
  CI_TRY(query(id, CL_DEVICE_VENDOR, sizeof device->vendor, device->vendor));
  CI_TRY(query(id, CL_DEVICE_VERSION, sizeof device->version, device->version));
  CI_TRY(query(id, CL_DRIVER_VERSION, sizeof device->driver, device->driver));
  CI_TRY(query(id, CL_DEVICE_PLATFORM, sizeof platform, &platform));
  return ci_cl(clGetPlatformInfo(platform, CL_PLATFORM_VERSION,
                                 sizeof device->platform, device->platform,
                                 NULL),
               "clGetPlatformInfo");
}

static clinfer_status check_version(const struct ci_device *device) {
  int major = 0, minor = 0;
  sscanf(device->version, "OpenCL %d.%d", &major, &minor);
  if (major > 1 || (major == 1 && minor >= 2)) return CLINFER_OK;
  return ci_fail(CLINFER_UNSUPPORTED, 0, "%s has %s; OpenCL 1.2 is needed",
                 device->name, device->version);
}

/* cl_nv_device_attribute_query; other drivers do not know these. */
static cl_uint nvidia_sm(cl_device_id id) {
  enum { MAJOR_NV = 0x4000, MINOR_NV = 0x4001 };
  char extensions[8192] = "";
  cl_uint major = 0, minor = 0;
  if (clGetDeviceInfo(id, CL_DEVICE_EXTENSIONS, sizeof extensions, extensions,
                      NULL) != CL_SUCCESS ||
      strstr(extensions, "cl_nv_device_attribute_query") == NULL ||
      clGetDeviceInfo(id, MAJOR_NV, sizeof major, &major, NULL) != CL_SUCCESS ||
      clGetDeviceInfo(id, MINOR_NV, sizeof minor, &minor, NULL) != CL_SUCCESS)
    return 0;
  return 10 * major + minor;
}

clinfer_status ci_device_query(cl_device_id id, struct ci_device *device) {
  memset(device, 0, sizeof *device);
  device->id = id;
  cl_device_type type;
  cl_bool compiler;
  CI_TRY(query(id, CL_DEVICE_TYPE, sizeof type, &type));
  CI_TRY(query(id, CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler, &compiler));
  CI_TRY(query(id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof device->max_group,
               &device->max_group));
  CI_TRY(query(id, CL_DEVICE_LOCAL_MEM_SIZE, sizeof device->local_memory,
               &device->local_memory));
  CI_TRY(query(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof device->max_alloc,
               &device->max_alloc));
  CI_TRY(query(id, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof device->compute_units,
               &device->compute_units));
  CI_TRY(query(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT,
               sizeof device->native_floats, &device->native_floats));
  CI_TRY(query_texts(id, device));
  CI_TRY(check_version(device));
  device->is_cpu = (type & CL_DEVICE_TYPE_CPU) != 0;
  device->nvidia_sm = nvidia_sm(id);
  if (!compiler)
    return ci_fail(CLINFER_UNSUPPORTED, 0, "%s has no OpenCL C compiler",
                   device->name);
  return CLINFER_OK;
}
