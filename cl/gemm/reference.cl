/* reference.cl - c = activation(a w + bias), one element a work-item, in
 * the plainest way.
 *
 *   A_TYPE, W_TYPE, BIAS_TYPE, C_TYPE  f32 or f16; default f32
 *   W_OUT_IN    1: w is [N, K]; 0: [K, N]; default 0
 *   HAS_BIAS    0 or 1; default 0
 *   ACTIVATION  as in activation.cl
 *   GROUP       work-items in a group; default 64
 *
 * *_at: offset, or (offset, leading dimension), in elements.
 */
#include "gemm/gemm.cl"
#include "lib/activation.cl"

#ifndef GROUP
#define GROUP 64
#endif

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
gemm_reference(GEMM_PARAMETERS) {
  const size_t row = get_global_id(0) / N, col = get_global_id(0) % N;
  if (row >= M) return;

  float sum = 0.0f;
  for (uint k0 = 0; k0 < K; k0 += CHAIN) {
    float part = 0.0f;
    for (uint k = k0; k < min(k0 + CHAIN, K); k++)
      part += LOAD(A_TYPE, a, A_AT(row, k)) * LOAD(W_TYPE, w, W_AT(k, col));
    sum += part;
  }
#if HAS_BIAS
  sum += LOAD(BIAS_TYPE, bias, bias_at + col);
#endif
  STORE(C_TYPE, ACTIVATE(sum), c, C_AT(row, col));
}
