/* select.c - which device a selector names. */

#include "device.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PLATFORMS = 64, MOST_DEVICES = 64, ANY = -1 };

/* A selector, read: indices or a type, else a text to look for. */
struct wanted {
  long platform, device;
  cl_device_type type;
  const char *text;
};

/* "P:D", "P" or neither. */
static bool read_indices(const char *selector, struct wanted *w) {
  char *end;
  if (!isdigit((unsigned char)selector[0])) return false;
  w->platform = strtol(selector, &end, 10);
  if (*end == '\0') return true;
  if (*end != ':' || !isdigit((unsigned char)end[1])) return false;
  w->device = strtol(end + 1, &end, 10);
  return *end == '\0';
}

static bool same_text(const char *a, const char *b) {
  while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b))
    a++, b++;
  return *a == *b;
}

static bool contains(const char *text, const char *part) {
  const size_t length = strlen(part);
  for (; *text; text++) {
    size_t i = 0;
    while (i < length && text[i] &&
           tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
      i++;
    if (i == length) return true;
  }
  return length == 0;
}

static struct wanted read_selector(const char *selector) {
  struct wanted w = {ANY, ANY, CL_DEVICE_TYPE_ALL, ""};
  if (read_indices(selector, &w)) return w;
  w.platform = w.device = ANY;
  if (same_text(selector, "gpu"))
    w.type = CL_DEVICE_TYPE_GPU;
  else if (same_text(selector, "cpu"))
    w.type = CL_DEVICE_TYPE_CPU;
  else if (same_text(selector, "accelerator"))
    w.type = CL_DEVICE_TYPE_ACCELERATOR;
  else
    w.text = selector;
  return w;
}

static bool text_fits(cl_platform_id platform, cl_device_id device,
                      const char *text) {
  static const cl_device_info of_device[] = {CL_DEVICE_NAME, CL_DEVICE_VENDOR,
                                             CL_DEVICE_VERSION};
  static const cl_platform_info of_platform[] = {CL_PLATFORM_NAME,
                                                 CL_PLATFORM_VERSION};
  char value[1024];
  for (size_t i = 0; i < sizeof of_device / sizeof *of_device; i++)
    if (clGetDeviceInfo(device, of_device[i], sizeof value, value, NULL) ==
            CL_SUCCESS &&
        contains(value, text))
      return true;
  for (size_t i = 0; i < sizeof of_platform / sizeof *of_platform; i++)
    if (clGetPlatformInfo(platform, of_platform[i], sizeof value, value,
                          NULL) == CL_SUCCESS &&
        contains(value, text))
      return true;
  return false;
}

/* GPUs before accelerators before CPUs; among GPUs those with memory of their
 * own, then those with more compute units. 0: not usable at all. */
static unsigned long rank(cl_device_id device) {
  cl_device_type type = 0;
  cl_bool available = CL_FALSE, compiler = CL_FALSE, shared = CL_TRUE;
  cl_uint units = 0;
  clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
  clGetDeviceInfo(device, CL_DEVICE_AVAILABLE, sizeof available, &available,
                  NULL);
  clGetDeviceInfo(device, CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler,
                  &compiler, NULL);
  clGetDeviceInfo(device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof shared, &shared,
                  NULL);
  clGetDeviceInfo(device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units,
                  NULL);
  if (!available || !compiler) return 0;
  unsigned long class = 1;
  if (type & CL_DEVICE_TYPE_ACCELERATOR) class = 2;
  if (type & CL_DEVICE_TYPE_GPU) class = shared ? 3 : 4;
  return class * 1000000ul + (units < 999999 ? units : 999999);
}

struct choice {
  cl_device_id device;
  unsigned long rank;
};

static void consider_platform(cl_platform_id platform, const struct wanted *w,
                              struct choice *best) {
  cl_device_id devices[MOST_DEVICES];
  cl_uint count = 0;
  if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, MOST_DEVICES, devices,
                     &count) != CL_SUCCESS)
    return; /* a platform without devices is no error */
  if (count > MOST_DEVICES) count = MOST_DEVICES;
  for (cl_uint d = 0; d < count; d++) {
    cl_device_type type = 0;
    clGetDeviceInfo(devices[d], CL_DEVICE_TYPE, sizeof type, &type, NULL);
    if (w->device != ANY && w->device != (long)d) continue;
    if (!(type & w->type)) continue;
    if (!text_fits(platform, devices[d], w->text)) continue;
    const unsigned long r = rank(devices[d]);
    if (r > best->rank) *best = (struct choice){devices[d], r};
  }
}

clinfer_status clinfer_find_device(const char *selector, cl_device_id *device) {
  if (device == NULL) return ci_fail(CLINFER_BAD_ARGUMENT, 0, "device is NULL");
  if (selector == NULL || *selector == '\0')
    selector = getenv("CLINFER_DEVICE");
  if (selector == NULL) selector = "";

  cl_platform_id platforms[MOST_PLATFORMS];
  cl_uint count = 0;
  const cl_int code = clGetPlatformIDs(MOST_PLATFORMS, platforms, &count);
  if (code != CL_SUCCESS) count = 0;
  if (count > MOST_PLATFORMS) count = MOST_PLATFORMS;

  const struct wanted w = read_selector(selector);
  struct choice best = {NULL, 0};
  for (cl_uint p = 0; p < count; p++)
    if (w.platform == ANY || w.platform == (long)p)
      consider_platform(platforms[p], &w, &best);
  if (best.device == NULL)
    return ci_fail(CLINFER_NO_DEVICE, code,
                   "no OpenCL device fits \"%s\" (%u platforms seen)", selector,
                   count);
  *device = best.device;
  return CLINFER_OK;
}
