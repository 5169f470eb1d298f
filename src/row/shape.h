/* shape.h - how kernels go through rows, by the device and the shape. All
 * functions are pure. */
#ifndef CI_SHAPE_H
#define CI_SHAPE_H

#include "base/device.h"

/* Work-items that normalise a row together: a power of two. */
size_t ci_row_group(const struct ci_device *device, size_t cols);

/* Elements that a GPU moves at once, 16 bytes of `dtype` or less, given every
 * offset and leading dimension involved, joined by |. */
size_t ci_aligned_lanes(clinfer_dtype dtype, size_t positions);

/* How a team of work-items holds a row in registers, as vectors. */
struct ci_team {
  size_t size;    /* work-items, a power of two; 0: the row is too long */
  size_t vectors; /* that a work-item holds */
  size_t group;   /* work-items in a group of one team or more */
};
struct ci_team ci_row_team(const struct ci_device *device, size_t rows,
                           size_t cols, size_t lanes);

/* How elementwise kernels cover a row, by vectors of `lanes` on a GPU. */
struct ci_cover {
  size_t lanes;      /* elements a work-item does at once */
  size_t group;      /* work-items in a group */
  size_t row_groups; /* groups that share a row */
};
struct ci_cover ci_cover(const struct ci_device *device, size_t cols,
                         size_t lanes);

#endif
