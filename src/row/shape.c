/* shape.c - how kernels go through rows, by the device and the shape. */

#include "row/shape.h"

#include "base/arithmetic.h"

/* The least one that is not less than n. */
static size_t power_of_two(size_t n) {
  size_t power = 1;
  while (power < n) power *= 2;
  return power;
}

size_t ci_row_group(const struct ci_device *device, size_t cols) {
  size_t group = 1;
  /* Eight elements a work-item keep enough loads in flight; beyond 256 the
   * sum over the group costs more than it saves. */
  while (group * 2 <= device->max_group && group < 256 && group * 8 < cols)
    group *= 2;
  return group;
}

size_t ci_aligned_lanes(clinfer_dtype dtype, size_t positions) {
  size_t lanes = 16 / clinfer_dtype_size(dtype);
  while (positions % lanes != 0) lanes /= 2;
  return lanes >= 4 ? lanes : 1;
}

struct ci_team ci_row_team(const struct ci_device *device, size_t rows,
                           size_t cols, size_t lanes) {
  /* 32 floats leave registers for a second work-item's, so that one waits
   * for memory while another computes. Where there are few rows they wait for
   * one another only, and more work-items are done with a row sooner. */
  enum { MOST = 32, FEW = 8 };
  const bool busy = rows >= 8 * (size_t)device->compute_units;
  const size_t floats = busy && lanes > 1 ? MOST : FEW;
  struct ci_team team = {.size = 32};
  while (team.size * floats < cols &&
         2 * team.size <= ci_least(1024, device->max_group))
    team.size *= 2;
  team.vectors = ci_parts(cols, team.size * lanes);
  /* Where rows may have any length, fewer programs serve them all. */
  if (lanes == 1) team.vectors = power_of_two(team.vectors);
  if (team.size > device->max_group || team.vectors * lanes > MOST)
    return (struct ci_team){0};
  /* A multiprocessor runs few groups at a time, so none is very small. */
  team.group = team.size;
  while (team.group < 128 && 2 * team.group <= device->max_group)
    team.group *= 2;
  return team;
}

struct ci_cover ci_cover(const struct ci_device *device, size_t cols,
                         size_t lanes) {
  /* A CPU pays for each group, so one work-item does 4096 columns there. */
  if (device->is_cpu)
    return (struct ci_cover){ci_cpu_lanes(device), 1, ci_parts(cols, 4096)};
  /* As many groups as a row needs, of the same number of whole warps. */
  const size_t vectors = ci_parts(cols, lanes);
  const size_t most = ci_least(256, device->max_group);
  const size_t row_groups = ci_parts(vectors, most);
  const size_t group = 32 * ci_parts(vectors, 32 * row_groups);
  return (struct ci_cover){lanes, ci_least(group, most), row_groups};
}
