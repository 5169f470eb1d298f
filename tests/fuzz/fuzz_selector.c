/* fuzz_selector.c - a selector picks the device that the header's words mean.
 * This program is its own OpenCL, with platforms that do not exist; the name of
 * one device is the input's first line, the selector the rest. */

#define _GNU_SOURCE /* strcasestr */

#include "fuzz.h"

#include <CL/cl.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clinfer/clinfer.h"

struct platform {
  const char *name, *version;
};
static const struct platform platforms[] = {
    {"Portable Computing Language", "OpenCL 3.0 PoCL 3.1"},
    {"NVIDIA CUDA", "OpenCL 3.0 CUDA 13.0"},
    {"Empty", "OpenCL 1.2"},
    {"Intel(R) OpenCL", "OpenCL 3.0"}};
enum { PLATFORMS = sizeof platforms / sizeof *platforms };

struct device {
  size_t platform, index;
  cl_device_type type;
  cl_uint units;
  cl_bool shared, usable;
  const char *name, *vendor, *version;
  int place; /* among all, best first; by hand, from the header */
};
static char name[600];
static const struct device devices[] = {
    {0, 0, CL_DEVICE_TYPE_CPU, 2, CL_TRUE, CL_TRUE, "pthread-EPYC 9655",
     "AuthenticAMD", "OpenCL 3.0 PoCL", 5},
    {1, 0, CL_DEVICE_TYPE_GPU, 40, CL_FALSE, CL_TRUE, "Tesla T4",
     "NVIDIA Corporation", "OpenCL 3.0 CUDA", 2},
    {1, 1, CL_DEVICE_TYPE_GPU, 132, CL_FALSE, CL_TRUE, "NVIDIA H100 80GB HBM3",
     "NVIDIA Corporation", "OpenCL 3.0 CUDA", 1},
    {1, 2, CL_DEVICE_TYPE_GPU, 999, CL_FALSE, CL_FALSE, "broken",
     "NVIDIA Corporation", "OpenCL 3.0 CUDA", 0},
    {3, 0, CL_DEVICE_TYPE_GPU, 512, CL_TRUE, CL_TRUE, "Intel(R) Arc(TM)",
     "Intel(R) Corporation", "OpenCL 3.0 NEO", 3},
    {3, 1, CL_DEVICE_TYPE_ACCELERATOR, 4, CL_TRUE, CL_TRUE, name, "Somebody",
     "OpenCL 1.2", 4},
};
enum { DEVICES = sizeof devices / sizeof *devices };

/* ---- OpenCL, as far as a selector asks it */

static cl_int give(const void *value, size_t length, size_t size, void *to) {
  if (length > size) return CL_INVALID_VALUE;
  memcpy(to, value, length);
  return CL_SUCCESS;
}

static cl_int give_text(const char *text, size_t size, void *to) {
  return give(text, strlen(text) + 1, size, to);
}

cl_int clGetPlatformIDs(cl_uint most, cl_platform_id *ids, cl_uint *count) {
  for (cl_uint p = 0; p < most && p < PLATFORMS; p++)
    ids[p] = (cl_platform_id)(uintptr_t)&platforms[p];
  *count = PLATFORMS;
  return CL_SUCCESS;
}

cl_int clGetPlatformInfo(cl_platform_id id, cl_platform_info what, size_t size,
                         void *to, size_t *needed) {
  const struct platform *p = (const void *)id;
  FUZZ_REQUIRE(needed == NULL);
  return give_text(what == CL_PLATFORM_NAME ? p->name : p->version, size, to);
}

cl_int clGetDeviceIDs(cl_platform_id id, cl_device_type type, cl_uint most,
                      cl_device_id *ids, cl_uint *count) {
  const size_t platform = (size_t)((const struct platform *)(const void *)id -
                                   platforms);
  FUZZ_REQUIRE(type == CL_DEVICE_TYPE_ALL);
  *count = 0;
  for (size_t d = 0; d < DEVICES && *count < most; d++)
    if (devices[d].platform == platform)
      ids[(*count)++] = (cl_device_id)(uintptr_t)&devices[d];
  return *count ? CL_SUCCESS : CL_DEVICE_NOT_FOUND;
}

cl_int clGetDeviceInfo(cl_device_id id, cl_device_info what, size_t size,
                       void *to, size_t *needed) {
  const struct device *d = (const void *)id;
  FUZZ_REQUIRE(needed == NULL);
  switch (what) {
    case CL_DEVICE_TYPE:
      return give(&d->type, sizeof d->type, size, to);
    case CL_DEVICE_AVAILABLE:
    case CL_DEVICE_COMPILER_AVAILABLE:
      return give(&d->usable, sizeof d->usable, size, to);
    case CL_DEVICE_HOST_UNIFIED_MEMORY:
      return give(&d->shared, sizeof d->shared, size, to);
    case CL_DEVICE_MAX_COMPUTE_UNITS:
      return give(&d->units, sizeof d->units, size, to);
    case CL_DEVICE_NAME:
      return give_text(d->name, size, to);
    case CL_DEVICE_VENDOR:
      return give_text(d->vendor, size, to);
    default:
      return give_text(d->version, size, to);
  }
}

/* ---- What the header says */

/* "12" or "12:3"; numbers that are too large are no index of anything. */
static bool is_indices(const char *s) {
  size_t digits = strspn(s, "0123456789");
  if (digits == 0 || s[digits] == '\0') return digits > 0;
  if (s[digits] != ':') return false;
  s += digits + 1;
  digits = strspn(s, "0123456789");
  return digits > 0 && s[digits] == '\0';
}

static bool is_index(const char *digits, size_t index) {
  digits += strspn(digits, "0");
  const size_t length = strspn(digits, "0123456789");
  if (length == 0) return index == 0;
  return length == 1 && (size_t)(digits[0] - '0') == index;
}

static bool fits(const struct device *d, const char *s) {
  if (is_indices(s)) {
    const char *colon = strchr(s, ':');
    return is_index(s, d->platform) &&
           (colon == NULL || is_index(colon + 1, d->index));
  }
  if (strcasecmp(s, "gpu") == 0) return d->type == CL_DEVICE_TYPE_GPU;
  if (strcasecmp(s, "cpu") == 0) return d->type == CL_DEVICE_TYPE_CPU;
  if (strcasecmp(s, "accelerator") == 0)
    return d->type == CL_DEVICE_TYPE_ACCELERATOR;
  return strcasestr(d->name, s) || strcasestr(d->vendor, s) ||
         strcasestr(d->version, s) ||
         strcasestr(platforms[d->platform].name, s) ||
         strcasestr(platforms[d->platform].version, s);
}

static const struct device *best(const char *selector) {
  const struct device *b = NULL;
  for (size_t i = 0; i < DEVICES; i++) {
    const struct device *d = &devices[i];
    if (d->usable && fits(d, selector) && (b == NULL || d->place < b->place))
      b = d;
  }
  return b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = fuzz_text(data, size), *selector = strchr(text, '\n');
  *name = '\0';
  if (selector != NULL && (size_t)(selector - text) < sizeof name)
    memcpy(name, text, (size_t)(selector - text)), name[selector - text] = '\0';
  selector = selector != NULL ? selector + 1 : text;
  unsetenv("CLINFER_DEVICE");

  const struct device *want = best(selector);
  cl_device_id got = NULL;
  const clinfer_status status = clinfer_find_device(selector, &got);
  FUZZ_REQUIRE(status == (want ? CLINFER_OK : CLINFER_NO_DEVICE));
  FUZZ_REQUIRE(got == (cl_device_id)(uintptr_t)want);
  free(text);
  return 0;
}
