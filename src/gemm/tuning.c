/* tuning.c - numbers that depend on the device and the shape. */

#include "gemm/tuning.h"

#include <math.h>

#include "cl/gemm/cpu.h"
#include "cl/gemm/tiled.h"

static size_t least(size_t a, size_t b) { return a < b ? a : b; }
static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

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
         2 * team.size <= least(1024, device->max_group))
    team.size *= 2;
  team.vectors = ceil_div(cols, team.size * lanes);
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

/* The vector that fills a register: 4, 8 or 16 floats. */
static size_t cpu_lanes(const struct ci_device *device) {
  if (device->native_floats >= 16) return 16;
  return device->native_floats >= 8 ? 8 : 4;
}

struct ci_cover ci_cover(const struct ci_device *device, size_t cols,
                         size_t lanes) {
  /* A CPU pays for each group, so one work-item does 4096 columns there. */
  if (device->is_cpu)
    return (struct ci_cover){cpu_lanes(device), 1, ceil_div(cols, 4096)};
  /* As many groups as a row needs, of the same number of whole warps. */
  const size_t vectors = ceil_div(cols, lanes);
  const size_t most = least(256, device->max_group);
  const size_t row_groups = ceil_div(vectors, most);
  const size_t group = 32 * ceil_div(vectors, 32 * row_groups);
  return (struct ci_cover){lanes, least(group, most), row_groups};
}

bool ci_is_vector_cpu(const struct ci_device *device) {
  return device->is_cpu && device->native_floats >= 4;
}

struct ci_cpu_tile ci_cpu_tile(const struct ci_device *device, size_t M) {
  const size_t lanes = cpu_lanes(device);
  /* 32 registers hold 8 x 2 sums with room for operands; with 16, 4 x 2 do. */
  return (struct ci_cpu_tile){lanes, M == 1 ? 1 : lanes == 16 ? 8 : 4};
}

/* The number of blocks that cover tiles x panels. */
static size_t block_count(struct ci_cpu_block block, size_t tiles,
                          size_t panels) {
  return ceil_div(tiles, block.tiles) * ceil_div(panels, block.panels);
}

struct ci_cpu_block ci_cpu_block(const struct ci_device *device, size_t M,
                                 size_t N) {
  const struct ci_cpu_tile tile = ci_cpu_tile(device, M);
  const size_t tiles = ceil_div(M, tile.rows);
  const size_t panels = ceil_div(N, PANEL_WIDTH(tile.lanes));
  /* Eight blocks for a core share the work out evenly. Panels go first: they
   * share rows of a, which are few when there are few blocks. */
  const size_t enough = 8 * (size_t)device->compute_units;
  struct ci_cpu_block block = {MOST_TILES, MOST_PANELS};
  while (block.tiles / 2 >= tiles && block.tiles > 1) block.tiles /= 2;
  while (block.panels > 1 && block_count(block, tiles, panels) < enough)
    block.panels /= 2;
  while (block.tiles > 1 && block_count(block, tiles, panels) < enough)
    block.tiles /= 2;
  return block;
}

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
  return ceil_div(M, rows) * ceil_div(N, cols);
}

bool ci_tile_fits(const struct ci_device *device, const struct ci_tile *tile) {
  const size_t quads = LINE_QUADS(tile->rows) + LINE_QUADS(tile->cols);
  /* A work-item of Intel's GPUs has 128 registers at the most, and with 64
   * sums, or 32 elements on their way, its compiler spills. */
  const size_t sums = tile->item_rows * tile->item_cols;
  const size_t elements = (tile->rows + tile->cols) * tile->depth;
  if (device->intel_lanes && (sums > 32 || elements > 16 * ci_tile_group(tile)))
    return false;
  return ci_tile_group(tile) <= device->max_group &&
         SLICES * tile->depth * quads * sizeof(cl_float4) <=
             device->local_memory;
}

/* For comparison: relative to that of other tiles. */
static float tile_time(const struct ci_device *device,
                       const struct ci_tile *tile, size_t M, size_t N) {
  const size_t units = device->compute_units ? device->compute_units : 1;
  const size_t waves = ceil_div(ci_tile_count(tile->rows, tile->cols, M, N),
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

bool ci_outgrows_cache(clinfer_matrix w) {
  /* Of an L2 cache of 50 MB, the largest there was when this was measured. */
  enum { LARGE = 16 << 20 };
  return w.rows > 0 && w.cols > LARGE / clinfer_dtype_size(w.dtype) / w.rows;
}

size_t ci_plain_group(const struct ci_device *device) {
  return least(64, device->max_group);
}
