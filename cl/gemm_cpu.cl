/* gemm_cpu.cl - a GEMM for CPUs: one work-item keeps a block of ROWS rows and
 * two vectors of columns in registers, and runs down K.
 *
 *   LANES       floats in a vector register: 4, 8 or 16; default 16
 *   ROWS        rows of c that a work-item computes; default 8
 *   W_PACKED    1: w holds panels as pack_panels.cl makes them; 0: w is an f32
 *               [K, N] matrix as it lies; default 1
 *   ACTIVATION  as in activation.cl
 *   and A_TYPE, BIAS_TYPE, C_TYPE, HAS_BIAS of gemm.cl
 *
 * Work-groups of one work-item: the registers are the only tile, and the
 * compiler need not vectorise across work-items. The last rows' block reads
 * the last row again instead of rows that do not exist, and drops the result.
 * With a single row there are too few sums in flight to hide the latency of an
 * addition, so K is taken in DEPTH interleaved parts.
 */
#include "vector.cl"
#define REAL floats
#include "activation.cl"
#include "gemm.cl"

#ifndef ROWS
#define ROWS 8
#endif
#ifndef W_PACKED
#define W_PACKED 1
#endif
#define WIDTH (2 * LANES)
#define DEPTH (ROWS == 1 ? 4 : 1)

/* c[n ...] = activation(v + bias), as far as there are columns. */
static void finish(floats v, __global const STORAGE(BIAS_TYPE) * bias,
                   __global STORAGE(C_TYPE) * c, uint n, uint N) {
  if (n + LANES <= N) {
#if HAS_BIAS
    v += LOADS(BIAS_TYPE, bias, n);
#endif
    STORES(C_TYPE, ACTIVATE(v), c, n);
    return;
  }
  float lanes[LANES];
  STORES_f32(v, lanes, 0);
  for (uint i = 0; n + i < N; i++) {
#if HAS_BIAS
    lanes[i] += LOAD(BIAS_TYPE, bias, n + i);
#endif
    const floats one = lanes[i];
    STORE(C_TYPE, LANE_0(ACTIVATE(one)), c, n + i);
  }
}

/* `count` elements from p on, perhaps none, then zeros. */
static floats load_some(__global const float *p, int count) {
  float lanes[LANES];
  for (int i = 0; i < LANES; i++) lanes[i] = i < count ? p[i] : 0.0f;
  return LOADS_f32(lanes, 0);
}

/* sum[i][h] += a[i][k] * w[h] for the ROWS rows and both vectors. */
static void multiply(floats sum[ROWS][2],
                     __global const STORAGE(A_TYPE) *const *rows, uint k,
                     floats w0, floats w1) {
#pragma unroll
  for (uint i = 0; i < ROWS; i++) {
    const floats v = LOAD(A_TYPE, rows[i], k);
    sum[i][0] = fma(v, w0, sum[i][0]);
    sum[i][1] = fma(v, w1, sum[i][1]);
  }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
gemm_cpu(GEMM_PARAMETERS) {
  const uint m0 = get_group_id(0) * ROWS, n0 = get_group_id(1) * WIDTH;
  const int width = min(N - n0, (uint)WIDTH);
#if W_PACKED
  const size_t w_ld = WIDTH;
  w += w_at.s0 + (size_t)get_group_id(1) * K * WIDTH;
#else
  const size_t w_ld = w_at.s1;
  w += w_at.s0 + n0;
#endif
  __global const STORAGE(A_TYPE) * rows[ROWS];
#pragma unroll
  for (uint i = 0; i < ROWS; i++) rows[i] = a + A_AT(min(m0 + i, M - 1), 0);

  floats sum[DEPTH][ROWS][2];
#pragma unroll
  for (uint d = 0; d < DEPTH; d++)
#pragma unroll
    for (uint i = 0; i < ROWS; i++) sum[d][i][0] = sum[d][i][1] = 0.0f;

  uint k = 0;
  if (W_PACKED || width == WIDTH)
    for (; k + DEPTH <= K; k += DEPTH)
#pragma unroll
      for (uint d = 0; d < DEPTH; d++) {
        __global const float *p = w + (k + d) * w_ld;
        multiply(sum[d], rows, k + d, LOADS_f32(p, 0), LOADS_f32(p, LANES));
      }
  for (; k < K; k++) { /* what DEPTH left, or a block of fewer columns */
    __global const float *p = w + k * w_ld;
    multiply(sum[0], rows, k, load_some(p, width),
             load_some(p + LANES, width - LANES));
  }

#pragma unroll
  for (uint i = 0; i < ROWS; i++)
#pragma unroll
    for (uint h = 0; h < 2; h++) {
      floats v = sum[0][i][h];
#pragma unroll
      for (uint d = 1; d < DEPTH; d++) v += sum[d][i][h];
      if (m0 + i < M)
        finish(v, bias + bias_at, c + C_AT(m0 + i, 0), n0 + h * LANES, N);
    }
}
