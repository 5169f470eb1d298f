/* gemm_tiled.cl - a GEMM for any GPU: a work-group computes a square tile of
 * c, a work-item 4x4 of it, from slices of a and w in local memory.
 *
 *   SIDE  work-items along a side of the tile, a power of two of at least 4;
 *         the group has SIDE * SIDE of them, the tile SIDE * 4 rows and
 *         columns; default 16
 *   ACTIVATION  as in activation.cl
 *   and the macros of gemm.cl
 *
 * Outside a and w the slices hold zeros, so any M, N and K will do. A work-item
 * owns every SIDE-th row and column of the tile: neighbours then read and write
 * neighbouring columns.
 */
#include "gemm.cl"
#include "activation.cl"

#ifndef SIDE
#define SIDE 16
#endif
#define GROUP (SIDE * SIDE)
#define TILE (SIDE * 4)
#define DEPTH 16
#define PADDED (TILE + 1) /* so that a column does not fall into one bank */

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
gemm_tiled(GEMM_PARAMETERS) {
  __local float a_slice[DEPTH][PADDED], w_slice[DEPTH][PADDED];
  const uint id = get_local_id(0);
  const uint row = id / SIDE, col = id % SIDE;
  const uint m0 = get_group_id(0) * TILE, n0 = get_group_id(1) * TILE;
  float sum[4][4] = {{0.0f}};

  for (uint k0 = 0; k0 < K; k0 += DEPTH) {
    for (uint i = id; i < TILE * DEPTH; i += GROUP) {
      const uint m = i / DEPTH, k = i % DEPTH;
      const bool inside = m0 + m < M && k0 + k < K;
      a_slice[k][m] = inside ? LOAD(A_TYPE, a, A_AT(m0 + m, k0 + k)) : 0.0f;
    }
    for (uint i = id; i < TILE * DEPTH; i += GROUP) {
      /* Neighbours read along whatever dimension is contiguous. */
      const uint n = W_OUT_IN ? i / DEPTH : i % TILE;
      const uint k = W_OUT_IN ? i % DEPTH : i / TILE;
      const bool inside = n0 + n < N && k0 + k < K;
      w_slice[k][n] = inside ? LOAD(W_TYPE, w, W_AT(k0 + k, n0 + n)) : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint k = 0; k < DEPTH; k++)
      for (uint i = 0; i < 4; i++)
        for (uint j = 0; j < 4; j++)
          sum[i][j] = fma(a_slice[k][row + i * SIDE],
                          w_slice[k][col + j * SIDE], sum[i][j]);
    barrier(CLK_LOCAL_MEM_FENCE); /* before the slices are overwritten */
  }

  for (uint i = 0; i < 4; i++)
    for (uint j = 0; j < 4; j++) {
      const uint m = m0 + row + i * SIDE, n = n0 + col + j * SIDE;
      if (m >= M || n >= N) continue;
      float v = sum[i][j];
#if HAS_BIAS
      v += LOAD(BIAS_TYPE, bias, bias_at + n);
#endif
      STORE(C_TYPE, ACTIVATE(v), c, C_AT(m, n));
    }
}
