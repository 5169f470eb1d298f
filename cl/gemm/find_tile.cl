/* find_tile.cl - which tile of c a work-group computes.
 *
 *   TILE_M, TILE_N  its rows and columns
 *
 * Groups that run at the same time find much of a and w in the cache if their
 * tiles are neighbours. So tiles are counted across a band of TILE_BAND rows of
 * tiles, column by column; here TILE_BAND is 3:
 *
 *            columns
 *   rows   0  3  6  9
 *          1  4  7 10     a band
 *          2  5  8 11
 *         12 14 16 18     the last band is what is left
 *         13 15 17 19
 */
#if !(defined TILE_M && defined TILE_N)
#error "gemm/find_tile.cl: a macro is missing"
#endif
#include "gemm/find_tile.h"

/* The row and the column of that tile, of `rows` by `cols` tiles. */
static uint2 tile_in_bands(uint tile, uint rows, uint cols) {
  const uint band = tile / (TILE_BAND * cols);
  const uint within = tile % (TILE_BAND * cols);
  const uint height = min(rows - band * TILE_BAND, (uint)TILE_BAND);
  return (uint2)(band * TILE_BAND + within % height, within / height);
}

/* The first row and column of a tile of c, which is M by N: with bands of rows,
 * or, the same by the other diagonal, with bands of columns. */
static uint2 find_tile(uint tile, uint M, uint N) {
  const uint rows = (M + TILE_M - 1) / TILE_M, cols = (N + TILE_N - 1) / TILE_N;
  return tile_in_bands(tile, rows, cols) * (uint2)(TILE_M, TILE_N);
}

static uint2 find_tile_by_columns(uint tile, uint M, uint N) {
  const uint rows = (M + TILE_M - 1) / TILE_M, cols = (N + TILE_N - 1) / TILE_N;
  return tile_in_bands(tile, cols, rows).yx * (uint2)(TILE_M, TILE_N);
}
