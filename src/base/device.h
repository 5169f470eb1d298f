/* device.h - what a device can do, asked once. */
#ifndef CI_DEVICE_H
#define CI_DEVICE_H

#include <stdbool.h>

#include "base/status.h"

/* Matrix units that a sub-group of a GPU uses together, see
 * cl/lib/matrix_units.cl. */
enum ci_units { CI_NO_UNITS, CI_MFMA, CI_WMMA, CI_DPAS8, CI_DPAS16 };

/* Tests fill one in by hand to see what a plan makes of an invented device. */
struct ci_device {
  cl_device_id id;
  bool is_cpu;
  size_t max_group;      /* work-items in a work-group */
  cl_ulong local_memory; /* bytes */
  cl_ulong max_alloc;    /* bytes in one buffer */
  cl_uint compute_units; /* cores or multiprocessors; at least 1 */
  cl_uint native_floats; /* floats in a vector register; 1 on most GPUs */
  cl_uint nvidia_sm;     /* compute capability, 90 for 9.0; 0: no NVIDIA GPU */
  cl_uint intel_lanes;   /* work-items in the smallest sub-group that a kernel
                            may ask for; 0: no Intel GPU */
  enum ci_units units;
  bool binary_after_run; /* a program's binary lacks code until a run of it is
                            over, and must not be read during one */
  char name[1024], vendor[1024], version[1024], driver[1024], platform[1024];
};

/* Whether a buffer begins where the widest vector may. On a CPU it need not: it
 * may be the caller's own memory (CL_MEM_USE_HOST_PTR), which begins where an
 * element may, and the driver makes no copy. */
static inline bool ci_aligns_buffers(const struct ci_device *device) {
  return !device->is_cpu;
}

/* Floats in the vector that fills a CPU's register: 4, 8 or 16. */
size_t ci_cpu_lanes(const struct ci_device *device);

/* Of a GPU, by its name, vendor and sub-groups. */
enum ci_units ci_units_of(const struct ci_device *device,
                          const char *extensions);

/* By the version of its platform. */
bool ci_is_pocl(const char *platform);

clinfer_status ci_device_query(cl_device_id id, struct ci_device *device);

/* The device that a selector names; the environment counts as the options (or
 * NULL) say. */
clinfer_status ci_find_device(const char *selector,
                              const clinfer_options *options,
                              cl_device_id *device);

/* The index in a list of the device, or of the one that it is a part of: some
 * drivers list only that. `count` if neither is there. */
clinfer_status ci_device_index(cl_device_id device, const cl_device_id *listed,
                               size_t count, size_t *index);

/* What PoCL does not say where it finds no device, or builds nothing. */
extern const char ci_pocl_hint[];

#endif
