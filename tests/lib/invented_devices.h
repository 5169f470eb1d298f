/* invented_devices.h - devices for what goes by the device and a shape alone.
 */
#ifndef CLINFER_INVENTED_DEVICES_H
#define CLINFER_INVENTED_DEVICES_H

#include "base/device.h"
#include "tester.h"

/* Check every combination of these sizes, CPU or not. */
static inline void for_each_device(void (*check)(const struct ci_device *d)) {
  static const size_t groups[] = {1, 2, 63, 64, 256, 1024, 4096};
  static const cl_ulong memories[] = {0,        1,        1 << 10,
                                      16 << 10, 48 << 10, 1 << 20};
  static const cl_uint floats[] = {0, 1, 4, 8, 16};
  for (size_t g = 0; g < T_COUNT(groups); g++)
    for (size_t m = 0; m < T_COUNT(memories); m++)
      for (size_t f = 0; f < T_COUNT(floats); f++)
        for (int cpu = 0; cpu < 2; cpu++)
          check(&(struct ci_device){.is_cpu = cpu != 0,
                                    .max_group = groups[g],
                                    .local_memory = memories[m],
                                    .native_floats = floats[f]});
}

#endif
