/* cpu_blocks.c - how the CPU's GEMM is cut into work. */

#include "base/arithmetic.h"
#include "gemm/cpu.h"
#include "cl/gemm/cpu.h"

bool ci_is_vector_cpu(const struct ci_device *device) {
  return device->is_cpu && device->native_floats >= 4;
}

struct ci_cpu_tile ci_cpu_tile(const struct ci_device *device, size_t M) {
  const size_t lanes = ci_cpu_lanes(device);
  /* 32 registers hold 8 x 2 sums with room for operands; with 16, 4 x 2 do. */
  return (struct ci_cpu_tile){lanes, M == 1 ? 1 : lanes == 16 ? 8 : 4};
}

/* The number of blocks that cover tiles x panels. */
static size_t block_count(struct ci_cpu_block block, size_t tiles,
                          size_t panels) {
  return ci_parts(tiles, block.tiles) * ci_parts(panels, block.panels);
}

struct ci_cpu_block ci_cpu_block(const struct ci_device *device, size_t M,
                                 size_t N) {
  const struct ci_cpu_tile tile = ci_cpu_tile(device, M);
  const size_t tiles = ci_parts(M, tile.rows);
  const size_t panels = ci_parts(N, CPU_PANEL_WIDTH(tile.lanes));
  /* Eight blocks for a core share the work out evenly. Panels go first: they
   * share rows of a, which are few when there are few blocks. */
  const size_t enough = 8 * (size_t)device->compute_units;
  struct ci_cpu_block block = {CPU_MOST_TILES, CPU_MOST_PANELS};
  while (block.tiles / 2 >= tiles && block.tiles > 1) block.tiles /= 2;
  while (block.panels > 1 && block_count(block, tiles, panels) < enough)
    block.panels /= 2;
  while (block.tiles > 1 && block_count(block, tiles, panels) < enough)
    block.tiles /= 2;
  return block;
}
