/* tile.h - the tiles of c that work-groups compute, and how many work-items a
 * plain kernel takes. All functions are pure. */
#ifndef CI_TILE_H
#define CI_TILE_H

#include "base/device.h"

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

/* Work-items in a group where the kernel does not care. */
size_t ci_plain_group(const struct ci_device *device);

#endif
