/* tuning.c - numbers that depend on the device and the shape. */

#include "tuning.h"

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

size_t ci_row_group(const struct ci_device *device, size_t cols) {
  size_t group = 1;
  /* Eight elements a work-item keep enough loads in flight; beyond 256 the
   * sum over the group costs more than it saves. */
  while (group * 2 <= device->max_group && group < 256 && group * 8 < cols)
    group *= 2;
  return group;
}

/* The vector that fills a register: 4, 8 or 16 floats. */
static size_t cpu_lanes(const struct ci_device *device) {
  if (device->native_floats >= 16) return 16;
  return device->native_floats >= 8 ? 8 : 4;
}

struct ci_cover ci_cover(const struct ci_device *device, size_t cols) {
  /* A CPU pays for each group, so one work-item does 4096 columns there. */
  if (device->is_cpu)
    return (struct ci_cover){cpu_lanes(device), 1, (cols + 4095) / 4096};
  const size_t group = ci_plain_group(device);
  return (struct ci_cover){1, group, (cols + group - 1) / group};
}

bool ci_is_vector_cpu(const struct ci_device *device) {
  return device->is_cpu && device->native_floats >= 4;
}

struct ci_cpu_tile ci_cpu_tile(const struct ci_device *device, size_t M) {
  const size_t lanes = cpu_lanes(device);
  /* 32 registers hold 8 x 2 sums with room for operands; with 16, 4 x 2 do. */
  return (struct ci_cpu_tile){lanes, M == 1 ? 1 : lanes == 16 ? 8 : 4};
}

size_t ci_tile_side(const struct ci_device *device) {
  size_t side = 16;
  /* Two slices of 16 by 4 side + 1 floats. */
  while (side >= 4 && (side * side > device->max_group ||
                       2 * 16 * (4 * side + 1) * 4 > device->local_memory))
    side /= 2;
  return side >= 4 ? side : 0;
}

size_t ci_plain_group(const struct ci_device *device) {
  return least(64, device->max_group);
}
