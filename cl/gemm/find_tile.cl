/* find_tile.cl - which tile of c a work-group computes.
 *
 *   TILE_M, TILE_N  its rows and columns
 */
#if !(defined TILE_M && defined TILE_N)
#error "gemm/find_tile.cl: a macro is missing"
#endif

#include "gemm/find_tile.h"

/* The first row and column of this group's tile. Groups that run at the same
 * time take neighbouring tiles, row by row in a strip of a few columns, and so
 * find much of a and w in the cache. */
static uint2 find_tile(uint M, uint N) {
  const uint rows = (M + TILE_M - 1) / TILE_M, cols = (N + TILE_N - 1) / TILE_N;
  const uint first = get_group_id(0) / (rows * BAND) * BAND;
  const uint within = get_group_id(0) - first * rows;
  const uint width = min(cols - first, (uint)BAND);
  return (uint2)(within / width * TILE_M, (first + within % width) * TILE_N);
}
