/* tuning.h - numbers that depend on the device and the shape; nothing else
 * does. All functions are pure. */
#ifndef CI_TUNING_H
#define CI_TUNING_H

#include "device.h"

/* Work-items that normalise a row together: a power of two. */
size_t ci_row_group(const struct ci_device *device, size_t cols);

/* How elementwise kernels cover [rows, cols]. */
struct ci_cover {
  size_t lanes;      /* elements a work-item does at once */
  size_t group;      /* work-items in a group */
  size_t row_groups; /* groups that share a row */
};
struct ci_cover ci_cover(const struct ci_device *device, size_t cols);

/* Whether the CPU's GEMM is worth running: on a CPU whose compiler keeps
 * vectors in registers. Mesa's llvmpipe does not, and says so by a width of 1.
 */
bool ci_is_vector_cpu(const struct ci_device *device);

/* The register block of the CPU's GEMM for M rows. */
struct ci_cpu_tile {
  size_t lanes; /* floats in a vector; the block is two vectors wide */
  size_t rows;
};
struct ci_cpu_tile ci_cpu_tile(const struct ci_device *device, size_t M);

/* Work-items along a side of the tiled GEMM's group; 0: it cannot run. */
size_t ci_tile_side(const struct ci_device *device);

/* Work-items in a group where the kernel does not care. */
size_t ci_plain_group(const struct ci_device *device);

#endif
