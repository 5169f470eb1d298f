/* reference.cl - a GEMM, one element of c a work-item, in the plainest way.
 *
 *   GROUP       work-items in a group
 *   and the macros of gemm.cl
 */
#ifndef GROUP
#error "gemm/reference.cl: a macro is missing"
#endif
#define REAL float
#define HALF_RESULT 0
#include "gemm/gemm.cl"

/* An element of the product of a and w. */
static float product(__global const STORAGE(A_TYPE) * a, ulong2 a_at,
                     __global const STORAGE(W_TYPE) * w, ulong2 w_at,
                     size_t row, size_t col, uint K) {
  float sum = 0.0f;
  for (uint k0 = 0; k0 < K; k0 += CHAIN) {
    float part = 0.0f;
    for (uint k = k0; k < min(k0 + CHAIN, K); k++)
      part += LOAD(A_TYPE, a, A_AT(row, k)) * WEIGHT(k, col);
    sum += part;
  }
  return sum;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
gemm_reference(GEMM_PARAMETERS) {
  const size_t row = get_global_id(0) / N, col = get_global_id(0) % N;
  if (row >= M) return;

  const float v = product(a, a_at, w, w_at, row, col, K);
#if GATED
  const float g = product(a, a_at, w, w_at, row, N + col, K);
  STORE(C_TYPE, FINISH_GATED(LOAD, v, g, row, col, N), c, C_AT(row, col));
#else
  STORE(C_TYPE, FINISH(LOAD, v, row, col), c, C_AT(row, col));
#endif
}
