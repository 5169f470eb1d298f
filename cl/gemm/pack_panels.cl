/* pack_panels.cl - a weight in the order in which gemm_cpu reads it.
 *
 *   panels[p][k][j] = w(k, p * WIDTH + j), and 0 beyond the last column
 *
 *   W_TYPE    f32 or f16; default f32. The panels are f32.
 *   W_OUT_IN  1: w is [N, K]; 0: [K, N]; default 0
 *   WIDTH     columns in a panel; default 32
 *   DEPTH     rows of a panel that one work-item fills; default 64
 *
 * *_at: (offset, leading dimension) in elements.
 */
#include "gemm/gemm.cl"

#ifndef WIDTH
#define WIDTH 32
#endif
#ifndef DEPTH
#define DEPTH 64
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
gemm_pack_panels(__global const STORAGE(W_TYPE) * w, ulong2 w_at,
            __global float *panels, ulong2 panels_at, uint N, uint K) {
  const uint k0 = get_group_id(0) * DEPTH, n0 = get_group_id(1) * WIDTH;
  const uint k1 = min(k0 + DEPTH, K), width = min(N - n0, (uint)WIDTH);
  panels += panels_at.s0 + (size_t)get_group_id(1) * K * WIDTH;

  for (uint k = k0; k < k1; k++)
    for (uint j = 0; j < WIDTH; j++)
      panels[(size_t)k * WIDTH + j] = j < width
                                          ? LOAD(W_TYPE, w, W_AT(k, n0 + j))
                                          : 0.0f;
}
