/* select.c - which device a selector names. */

#include "base/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/environment.h"

enum { MOST_PLATFORMS = 64, MOST_DEVICES = 64, ANY = -1 };

/* CL_PLATFORM_NOT_FOUND_KHR, from the loader, which has cl_khr_icd. */
enum { NO_PLATFORM = -1001 };

/* A selector, read: indices or a type, else a text to look for. */
struct wanted {
  long platform, device;
  cl_device_type type;
  const char *text;
};

/* "P:D", "P" or neither. */
static bool read_indices(const char *selector, struct wanted *w) {
  char *end;
  if (!ci_is_digit(selector[0])) return false;
  w->platform = strtol(selector, &end, 10);
  if (*end == '\0') return true;
  if (*end != ':' || !ci_is_digit(end[1])) return false;
  w->device = strtol(end + 1, &end, 10);
  return *end == '\0';
}

static bool same_text(const char *a, const char *b) {
  while (*a && ci_lower(*a) == ci_lower(*b)) a++, b++;
  return *a == *b;
}

static bool contains(const char *text, const char *part) {
  const size_t length = strlen(part);
  for (; *text; text++) {
    size_t i = 0;
    while (i < length && text[i] && ci_lower(text[i]) == ci_lower(part[i])) i++;
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

struct choice {
  cl_device_id device;
  unsigned long rank;
};

struct search {
  struct wanted wanted;
  struct choice best;
  cl_int code; /* of the first call that failed, */
  const char *call;
  const char *hint; /* what else may be the reason; or "" */
};

static bool went_well(struct search *s, cl_int code, const char *call) {
  if (code == CL_SUCCESS) return true;
  if (s->code == CL_SUCCESS) s->code = code, s->call = call;
  return false;
}

static bool ask(struct search *s, cl_device_id device, cl_device_info what,
                size_t size, void *value) {
  return went_well(s, clGetDeviceInfo(device, what, size, value, NULL),
                   "clGetDeviceInfo");
}

static bool text_fits(struct search *s, cl_platform_id platform,
                      cl_device_id device) {
  static const cl_device_info of_device[] = {CL_DEVICE_NAME, CL_DEVICE_VENDOR,
                                             CL_DEVICE_VERSION};
  static const cl_platform_info of_platform[] = {CL_PLATFORM_NAME,
                                                 CL_PLATFORM_VERSION};
  const char *text = s->wanted.text;
  char value[1024];
  for (size_t i = 0; i < sizeof of_device / sizeof *of_device; i++)
    if (ask(s, device, of_device[i], sizeof value, value) &&
        contains(value, text))
      return true;
  for (size_t i = 0; i < sizeof of_platform / sizeof *of_platform; i++)
    if (went_well(s,
                  clGetPlatformInfo(platform, of_platform[i], sizeof value,
                                    value, NULL),
                  "clGetPlatformInfo") &&
        contains(value, text))
      return true;
  return false;
}

/* GPUs before accelerators before CPUs; among GPUs those with memory of their
 * own, then those with more compute units. 0: not usable at all. */
static unsigned long rank(struct search *s, cl_device_id device) {
  cl_device_type type;
  cl_bool available, compiler, shared;
  cl_uint units;
  if (!ask(s, device, CL_DEVICE_TYPE, sizeof type, &type) ||
      !ask(s, device, CL_DEVICE_AVAILABLE, sizeof available, &available) ||
      !ask(s, device, CL_DEVICE_COMPILER_AVAILABLE, sizeof compiler,
           &compiler) ||
      !ask(s, device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof shared, &shared) ||
      !ask(s, device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units))
    return 0;
  if (!available || !compiler) return 0;
  unsigned long class = 1;
  if (type & CL_DEVICE_TYPE_ACCELERATOR) class = 2;
  if (type & CL_DEVICE_TYPE_GPU) class = shared ? 3 : 4;
  return class * 1000000ul + (units < 999999 ? units : 999999);
}

static bool names_pocl(cl_platform_id platform) {
  char version[1024] = "";
  clGetPlatformInfo(platform, CL_PLATFORM_VERSION, sizeof version, version,
                    NULL);
  return ci_is_pocl(version);
}

static void consider_platform(struct search *s, cl_platform_id platform) {
  cl_device_id devices[MOST_DEVICES];
  cl_uint count = 0;
  if (!went_well(s,
                 clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, MOST_DEVICES,
                                devices, &count),
                 "clGetDeviceIDs")) {
    if (names_pocl(platform)) s->hint = ci_pocl_hint;
    return;
  }
  if (count > MOST_DEVICES) count = MOST_DEVICES;
  for (cl_uint d = 0; d < count; d++) {
    cl_device_type type;
    if (s->wanted.device != ANY && s->wanted.device != (long)d) continue;
    if (!ask(s, devices[d], CL_DEVICE_TYPE, sizeof type, &type)) continue;
    if (!(type & s->wanted.type) || !text_fits(s, platform, devices[d]))
      continue;
    const unsigned long r = rank(s, devices[d]);
    if (r > s->best.rank) s->best = (struct choice){devices[d], r};
  }
}

/* A call that failed may be the reason; or may not, and then it is told too. */
static clinfer_status not_found(const struct search *s, const char *selector,
                                cl_uint platforms) {
  if (platforms == 0 && (s->code == CL_SUCCESS || s->code == NO_PLATFORM))
    return ci_fail(CLINFER_NO_DEVICE, s->code,
                   "no OpenCL driver is installed (clGetPlatformIDs gave %d), "
                   "so no device fits \"%s\". Install the GPU vendor's, or a "
                   "package such as pocl-opencl-icd for the CPU; the program "
                   "clinfo and the folder /etc/OpenCL/vendors show what there "
                   "is",
                   s->code, selector);
  if (s->code == CL_SUCCESS)
    return ci_fail(CLINFER_NO_DEVICE, 0,
                   "no OpenCL device fits \"%s\" (%u platforms seen)", selector,
                   platforms);
  return ci_fail(CLINFER_NO_DEVICE, s->code,
                 "no OpenCL device fits \"%s\" (%u platforms seen; %s failed "
                 "(%d)%s)",
                 selector, platforms, s->call, s->code, s->hint);
}

clinfer_status ci_find_device(const char *selector,
                              const clinfer_options *options,
                              cl_device_id *device) {
  if (selector == NULL || *selector == '\0')
    selector = ci_environment(options, "CLINFER_DEVICE");
  if (selector == NULL) selector = "";

  cl_platform_id platforms[MOST_PLATFORMS];
  cl_uint count = 0;
  struct search s = {.wanted = read_selector(selector), .hint = ""};
  if (!went_well(&s, clGetPlatformIDs(MOST_PLATFORMS, platforms, &count),
                 "clGetPlatformIDs"))
    count = 0;
  if (count > MOST_PLATFORMS) count = MOST_PLATFORMS;
  for (cl_uint p = 0; p < count; p++)
    if (s.wanted.platform == ANY || s.wanted.platform == (long)p)
      consider_platform(&s, platforms[p]);
  if (s.best.device == NULL) return not_found(&s, selector, count);
  *device = s.best.device;
  return CLINFER_OK;
}

clinfer_status clinfer_find_device(const char *selector, cl_device_id *device) {
  if (device == NULL) return ci_fail(CLINFER_BAD_ARGUMENT, 0, "device is NULL");
  return ci_find_device(selector, NULL, device);
}
