/* skinny.cl - a GEMM for a few rows: skinny_blocks.cl, with the rows read
 * through the cache.
 *
 *   A_WIDE  1: a lies so that wide.cl may load it wide; 0: it need not
 *   and the macros of skinny_blocks.cl but ROW_TYPE, which is A_TYPE
 */
#ifndef A_WIDE
#error "gemm/skinny.cl: a macro is missing"
#endif
#define ROW_TYPE A_TYPE
#include "gemm/skinny_blocks.cl"

/* Eight elements from k on of the group's rows; the last one of `a` stands for
 * rows that are not there. */
static void load_rows(CHUNK(A_TYPE) rows[ROWS],
                      __global const STORAGE(A_TYPE) * a, ulong2 a_at, uint m0,
                      uint k, uint M, uint K) {
  if (k + 8 <= K) {
#pragma unroll
    for (uint r = 0; r < ROWS; r++)
      rows[r] = LOAD_CHUNK(A_TYPE, A_WIDE, a + A_AT(min(m0 + r, M - 1), k), 8);
  } else {
#pragma unroll
    for (uint r = 0; r < ROWS; r++)
      rows[r] = LOAD_CHUNK(A_TYPE, A_WIDE, a + A_AT(min(m0 + r, M - 1), k),
                           K - k);
  }
}

__kernel IN_SUB_GROUPS __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
gemm_skinny(GEMM_PARAMETERS) {
  __local struct meeting at;
  const uint id = get_local_id(0);
  const uint m0 = get_group_id(0) * ROWS, n0 = get_group_id(1) * C_WIDTH;
  const uint n = W_COL(BLOCK(id, SLOTS), n0, N);
  uint k = 8 * SLOT(id, SLOTS);
  CHUNK(W_TYPE) next[8], block[8];
  CHUNK(A_TYPE) rows[ROWS];

  if (AHEAD && k < K) load_block(next, w, w_at, k, n, K, HALVES * N);
  const float2 shift = load_bias(bias, bias_at, n0, N);
  for (uint k0 = 0; k0 == 0 || k0 < K; k0 += ROUND) {
    float sum[ROWS][8] = {{0.0f}};
    for (; k < min(k0 + ROUND, K); k += STEP) {
      load_rows(rows, a, a_at, m0, k, M, K);
      take_block(block, next, w, w_at, k, n, K, HALVES * N);
#pragma unroll
      for (uint r = 0; r < ROWS; r++) multiply(sum[r], rows[r], block, k, n);
    }
    add_slots(sum, &at, k0 == 0);
  }
  finish(&at, shift, c, c_at, m0, n0, M, N RESIDUAL);
}
