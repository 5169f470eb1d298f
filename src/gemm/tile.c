/* tile.c - the tiles of c that work-groups compute. */

#include "gemm/tile.h"

#include <math.h>

#include "base/arithmetic.h"
#include "cl/gemm/tiled.h"

/* An item of 8 x 8 multiplies most for what it reads; the smaller ones bring
 * more work-items to a small tile, which has to hide its latency alone. Costs
 * are fitted to times on an H200, 2026-11-28. */
const struct ci_tile ci_tiles[CI_TILES] = {
    {128, 128, 8, 8, 16, false, 1.1f}, {128, 64, 8, 8, 8, false, 1.1f},
    {64, 64, 8, 4, 8, false, 1.1f},    {32, 64, 4, 4, 16, false, 1.29f},
    {32, 32, 4, 4, 16, false, 1.37f},  {16, 16, 4, 4, 16, false, 3.2f}};
const struct ci_tile ci_local_tile = {128, 64, 8, 8, 16, true, 1.0f};

size_t ci_tile_group(const struct ci_tile *tile) {
  return tile->rows * tile->cols / (tile->item_rows * tile->item_cols);
}

size_t ci_tile_count(size_t rows, size_t cols, size_t M, size_t N) {
  return ci_parts(M, rows) * ci_parts(N, cols);
}

bool ci_tile_fits(const struct ci_device *device, const struct ci_tile *tile) {
  const size_t quads = TILED_LINE_QUADS(tile->rows) +
                       TILED_LINE_QUADS(tile->cols);
  /* A work-item of Intel's GPUs has 128 registers at the most, and with 64
   * sums, or 32 elements on their way, its compiler spills. */
  const size_t sums = tile->item_rows * tile->item_cols;
  const size_t elements = (tile->rows + tile->cols) * tile->depth;
  if (device->intel_lanes && (sums > 32 || elements > 16 * ci_tile_group(tile)))
    return false;
  return ci_tile_group(tile) <= device->max_group &&
         TILED_SLICES * tile->depth * quads * sizeof(cl_float4) <=
             device->local_memory;
}

/* For comparison: relative to that of other tiles. */
static float tile_time(const struct ci_device *device,
                       const struct ci_tile *tile, size_t M, size_t N) {
  const size_t units = device->compute_units ? device->compute_units : 1;
  const size_t waves = ci_parts(ci_tile_count(tile->rows, tile->cols, M, N),
                                units);
  return (float)waves * (float)(tile->rows * tile->cols) * tile->cost;
}

size_t ci_best_tile(const struct ci_device *device, size_t M, size_t N) {
  size_t best = CI_TILES;
  float least_time = INFINITY;
  for (size_t i = 0; i < CI_TILES; i++) {
    const float time = tile_time(device, &ci_tiles[i], M, N);
    if (!ci_tile_fits(device, &ci_tiles[i]) || time >= least_time) continue;
    best = i;
    least_time = time;
  }
  return best;
}

bool ci_local_tile_is_best(const struct ci_device *device, size_t M, size_t N) {
  const size_t other = ci_best_tile(device, M, N);
  return device->nvidia_sm == 90 && other < CI_TILES &&
         tile_time(device, &ci_local_tile, M, N) <
             tile_time(device, &ci_tiles[other], M, N);
}

size_t ci_plain_group(const struct ci_device *device) {
  return ci_least(64, device->max_group);
}
