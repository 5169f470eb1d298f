/* device.c - what a device can do, asked once. */

#include "base/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char ci_pocl_hint[] =
    "; PoCL does so where it cannot write its cache: see POCL_CACHE_DIR";

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
static cl_uint nvidia_sm(cl_device_id id, const char *extensions) {
  enum { MAJOR_NV = 0x4000, MINOR_NV = 0x4001 };
  cl_uint major = 0, minor = 0;
  if (strstr(extensions, "cl_nv_device_attribute_query") == NULL ||
      clGetDeviceInfo(id, MAJOR_NV, sizeof major, &major, NULL) != CL_SUCCESS ||
      clGetDeviceInfo(id, MINOR_NV, sizeof minor, &minor, NULL) != CL_SUCCESS)
    return 0;
  return 10 * major + minor;
}

/* Other vendors' drivers know the extension, too, but share registers in other
 * ways. */
static cl_uint intel_lanes(const struct ci_device *device,
                           const char *extensions) {
  enum { SUB_GROUP_SIZES_INTEL = 0x4108, MOST = 8 };
  size_t sizes[MOST], bytes = 0, least = 0;
  if (strstr(device->vendor, "Intel") == NULL ||
      strstr(extensions, "cl_intel_required_subgroup_size") == NULL ||
      clGetDeviceInfo(device->id, SUB_GROUP_SIZES_INTEL, sizeof sizes, sizes,
                      &bytes) != CL_SUCCESS)
    return 0;
  for (size_t i = 0; i < bytes / sizeof *sizes; i++)
    if (least == 0 || sizes[i] < least) least = sizes[i];
  return (cl_uint)least;
}

static bool starts_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

/* AMD's compiler has the instructions as functions of its own, and no extension
 * says so: these devices are known by the names of their architectures. */
enum ci_units ci_units_of(const struct ci_device *device,
                          const char *extensions) {
  const char *name = device->name;
  if (strstr(device->vendor, "Advanced Micro Devices")) {
    if (starts_with(name, "gfx90a") || starts_with(name, "gfx94"))
      return CI_MFMA;
    return starts_with(name, "gfx11") ? CI_WMMA : CI_NO_UNITS;
  }
  if (!strstr(extensions, "cl_intel_subgroup_matrix_multiply_accumulate"))
    return CI_NO_UNITS;
  return device->intel_lanes == 8    ? CI_DPAS8
         : device->intel_lanes == 16 ? CI_DPAS16
                                     : CI_NO_UNITS;
}

static void note_additions(struct ci_device *device, const char *extensions) {
  device->nvidia_sm = nvidia_sm(device->id, extensions);
  if (device->is_cpu) return;
  device->intel_lanes = intel_lanes(device, extensions);
  device->units = ci_units_of(device, extensions);
}

/* What vendors add; a device that does not say has nothing of it. */
static clinfer_status query_additions(struct ci_device *device) {
  size_t size = 0;
  clGetDeviceInfo(device->id, CL_DEVICE_EXTENSIONS, 0, NULL, &size);
  char *extensions = calloc(1, size + 1);
  if (extensions == NULL)
    return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  if (clGetDeviceInfo(device->id, CL_DEVICE_EXTENSIONS, size, extensions,
                      NULL) == CL_SUCCESS)
    note_additions(device, extensions);
  free(extensions);
  return CLINFER_OK;
}

size_t ci_cpu_lanes(const struct ci_device *device) {
  if (device->native_floats >= 16) return 16;
  return device->native_floats >= 8 ? 8 : 4;
}

bool ci_is_pocl(const char *platform) {
  return strstr(platform, "PoCL") != NULL;
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
  if (device->compute_units == 0) device->compute_units = 1;
  CI_TRY(query(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT,
               sizeof device->native_floats, &device->native_floats));
  CI_TRY(query_texts(id, device));
  CI_TRY(check_version(device));
  device->is_cpu = (type & CL_DEVICE_TYPE_CPU) != 0;
  /* PoCL compiles for a work-group size in the first run, and leaves that code
   * out of a binary that is read before. PoCL 3.1 counts the users of compiled
   * code; during a run it confuses the binary's code with the run's, and aborts
   * when that ends. */
  device->binary_after_run = ci_is_pocl(device->platform);
  CI_TRY(query_additions(device));
  if (!compiler)
    return ci_fail(CLINFER_UNSUPPORTED, 0, "%s has no OpenCL C compiler",
                   device->name);
  return CLINFER_OK;
}

clinfer_status ci_device_index(cl_device_id device, const cl_device_id *listed,
                               size_t count, size_t *index) {
  while (device != NULL) {
    for (*index = 0; *index < count; ++*index)
      if (listed[*index] == device) return CLINFER_OK;
    CI_TRY(query(device, CL_DEVICE_PARENT_DEVICE, sizeof device, &device));
  }
  *index = count;
  return CLINFER_OK;
}
