/* pack_panels.cl - a weight in the order in which gemm_cpu reads it.
 *
 *   panels[p][k][j] = w(k, p * WIDTH + j), and 0 beyond the last column
 *
 *   WIDTH     columns in a panel
 *   and the macros of weight.cl
 *
 * The panels are f32. *_at: (offset, leading dimension) in elements.
 */
#ifndef WIDTH
#error "gemm/pack_panels.cl: a macro is missing"
#endif
#include "gemm/weight.cl"
#include "gemm/cpu.h"

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
gemm_pack_panels(__global const STORAGE(W_TYPE) * w, ulong2 w_at,
            __global float *panels, ulong2 panels_at, uint N, uint K) {
  const uint k0 = get_group_id(0) * CPU_PACK_DEPTH;
  const uint n0 = get_group_id(1) * WIDTH;
  const uint k1 = min(k0 + CPU_PACK_DEPTH, K), width = min(N - n0, (uint)WIDTH);
  panels += panels_at.s0 + (size_t)get_group_id(1) * K * WIDTH;

  for (uint k = k0; k < k1; k++)
    for (uint j = 0; j < WIDTH; j++)
      panels[(size_t)k * WIDTH + j] = j < width ? WEIGHT(k, n0 + j) : 0.0f;
}
