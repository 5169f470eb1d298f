/* reference.cl - c = activation(a w + bias), one element a work-item, in
 * the plainest way.
 *
 *   GROUP       work-items in a group
 *   ACTIVATION  as in activation.cl
 *   and the macros of gemm.cl
 */
#ifndef GROUP
#error "gemm/reference.cl: a macro is missing"
#endif
#include "gemm/gemm.cl"
#define REAL float
#define HALF_RESULT 0
#include "lib/activation.cl"

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
gemm_reference(GEMM_PARAMETERS) {
  const size_t row = get_global_id(0) / N, col = get_global_id(0) % N;
  if (row >= M) return;

  float sum = 0.0f;
  for (uint k0 = 0; k0 < K; k0 += CHAIN) {
    float part = 0.0f;
    for (uint k = k0; k < min(k0 + CHAIN, K); k++)
      part += LOAD(A_TYPE, a, A_AT(row, k)) * WEIGHT(k, col);
    sum += part;
  }
#if HAS(BIAS_TYPE)
  sum += LOAD(BIAS_TYPE, bias, bias_at + col);
#endif
  STORE(C_TYPE, ACTIVATE(sum), c, C_AT(row, col));
}
