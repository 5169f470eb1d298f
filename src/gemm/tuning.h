/* tuning.h - numbers that depend on the device and the shape; nothing else
 * does. All functions are pure. */
#ifndef CI_TUNING_H
#define CI_TUNING_H

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

/* What a work-item of the CPU's GEMM computes of [M, N]: tiles one below the
 * other, in each of so many panels. */
struct ci_cpu_block {
  size_t tiles, panels;
};
struct ci_cpu_block ci_cpu_block(const struct ci_device *device, size_t M,
                                 size_t N);

/* What a work-group of the tiled GEMM computes of c. */
struct ci_tile {
  size_t rows, cols;
  size_t item_rows, item_cols; /* what one of its work-items does */
  size_t depth;                /* of the slices in local memory */
  bool keeps_local;            /* sums of chains that are done, too */
  float cost; /* time per element on a busy device, relative to ci_local_tile */
};
enum { CI_TILES = 6 };
extern const struct ci_tile ci_tiles[CI_TILES];
/* Takes 57 KB of local memory, of which sm_90 has 227 where its driver reports
 * 48: a kernel that declares them has them. Elsewhere one such group would fill
 * a compute unit. */
extern const struct ci_tile ci_local_tile;

size_t ci_tile_group(const struct ci_tile *tile);

/* How many tiles of rows x cols cover M x N. */
size_t ci_tile_count(size_t rows, size_t cols, size_t M, size_t N);

bool ci_tile_fits(const struct ci_device *device, const struct ci_tile *tile);

/* The index of the fastest tile for an M x N result; CI_TILES: none fits. */
size_t ci_best_tile(const struct ci_device *device, size_t M, size_t N);
bool ci_local_tile_is_best(const struct ci_device *device, size_t M, size_t N);

/* Whether a weight is so large that it is one of many, which push it out of a
 * GPU's cache until its turn comes again. */
bool ci_outgrows_cache(clinfer_matrix w);

/* Work-items in a group where the kernel does not care. */
size_t ci_plain_group(const struct ci_device *device);

#endif
