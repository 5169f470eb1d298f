/* cpu.cl - a GEMM for CPUs: the sums of a tile, ROWS rows by two vectors
 * of columns, stay in registers while a work-item runs down K.
 *
 *   LANES       floats in a vector register: 4, 8 or 16
 *   ROWS        rows of a tile
 *   W_PACKED    1: w holds panels as pack_panels.cl makes them; 0: w is an f32
 *               [K, N] matrix as it lies
 *   and C_TYPE of gemm.cl and the macros of epilogue.cl but GATED; a and w are
 *   f32
 *
 * Work-groups of one work-item: the registers are the only tile, and the
 * compiler need not vectorise across work-items. A work-item does `tiles` tiles
 * one below the other in each of `panels` panels, a step of K at a time: the
 * step's part of a panel serves all tiles, that of a's rows all panels, and
 * both stay in a core's cache. Where w is not packed, that part of a panel is
 * copied first: in w, each of its rows lies in a page of its own.
 *
 * The last tile reads the last row again instead of rows that do not exist, and
 * drops the result. With a single row there are too few sums in flight to hide
 * the latency of an addition, so K is taken in interleaved PARTS.
 */
#if !(defined ROWS && defined W_PACKED)
#error "gemm/cpu.cl: a macro is missing"
#endif
#define ALIGNED 0
#define NVIDIA 0
#include "lib/vector.cl"
#define REAL floats
#define HALF_RESULT 0
#define GATED 0
#define A_TYPE f32
#define W_TYPE f32
#define W_OUT_IN 0
#include "gemm/gemm.cl"
#include "gemm/cpu.h"

#define WIDTH CPU_PANEL_WIDTH(LANES)
#define PARTS (ROWS == 1 ? 4 : 1)
/* How far down K a work-item takes one tile before the next: a chain for each
 * part of a sum; but a copy that one row reads once must not leave the L1 cache.
 */
#define STEP (W_PACKED || ROWS > 1 ? CHAIN * PARTS : 64)

#if W_PACKED
#define PANEL __global const float *
#else
#define PANEL const float *
#endif

/* Finish c[m, n ...], as far as there are columns. */
static void finish(floats v, EPILOGUE_PARAMETERS, __global STORAGE(C_TYPE) * c,
                   ulong2 c_at, uint m, uint n, uint N) {
  if (n + LANES <= N) {
    STORES(C_TYPE, FINISH(LOADS, v, m, n), c, C_AT(m, n));
    return;
  }
  float lanes[LANES];
  STORES_f32(v, lanes, 0);
  for (uint i = 0; n + i < N; i++) {
    const floats one = lanes[i];
    STORE(C_TYPE, LANE_0(FINISH(LOAD, one, m, n + i)), c, C_AT(m, n + i));
  }
}

/* sum[i][h] += a[i][k] * w[h] for the ROWS rows and both vectors. */
static void add_products(floats sum[ROWS][2],
                         __global const STORAGE(A_TYPE) *const *rows, uint k,
                         PANEL w) {
  const floats w0 = LOADS_f32(w, 0), w1 = LOADS_f32(w, LANES);
#pragma unroll
  for (uint i = 0; i < ROWS; i++) {
    const floats v = LOAD(A_TYPE, rows[i], k);
    sum[i][0] = fma(v, w0, sum[i][0]);
    sum[i][1] = fma(v, w1, sum[i][1]);
  }
}

/* Rows from k to k + depth of a [K, N] matrix, from column n on, as a panel. */
static void copy_panel(__global const float *w, ulong2 w_at, uint k, uint depth,
                       uint n, uint N, float *panel) {
  w += w_at.s0 + k * w_at.s1 + n;
  const uint width = min(N - n, (uint)WIDTH);
  for (uint i = 0; i < depth; i++, w += w_at.s1, panel += WIDTH)
    if (width == WIDTH) {
      STORES_f32(LOADS_f32(w, 0), panel, 0);
      STORES_f32(LOADS_f32(w, LANES), panel, LANES);
    } else {
      for (uint j = 0; j < WIDTH; j++) panel[j] = j < width ? w[j] : 0.0f;
    }
}

/* sum = a[rows, 0 .. depth) * panel. */
static void multiply(floats sum[ROWS][2],
                     __global const STORAGE(A_TYPE) *const *rows, PANEL panel,
                     uint depth) {
  floats part[PARTS][ROWS][2];
#pragma unroll
  for (uint d = 0; d < PARTS; d++)
#pragma unroll
    for (uint i = 0; i < ROWS; i++)
#pragma unroll
      for (uint h = 0; h < 2; h++) part[d][i][h] = 0.0f;

  uint k = 0;
  for (; k + PARTS <= depth; k += PARTS, panel += PARTS * WIDTH)
#pragma unroll
    for (uint d = 0; d < PARTS; d++)
      add_products(part[d], rows, k + d, panel + d * WIDTH);
  for (; k < depth; k++, panel += WIDTH)
    add_products(part[0], rows, k, panel);

#pragma unroll
  for (uint i = 0; i < ROWS; i++)
#pragma unroll
    for (uint h = 0; h < 2; h++) {
      sum[i][h] = part[0][i][h];
#pragma unroll
      for (uint d = 1; d < PARTS; d++) sum[i][h] += part[d][i][h];
    }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
gemm_cpu(GEMM_PARAMETERS, uint tiles, uint panels) {
  const uint m_from = get_group_id(0) * tiles * ROWS;
  const uint n_from = get_group_id(1) * panels * WIDTH;
  const uint rows = min(M - m_from, tiles * ROWS);
  const uint cols = min(N - n_from, panels * WIDTH);
  floats sums[CPU_MOST_PANELS][CPU_MOST_TILES][ROWS][2];

  for (uint k = 0; k == 0 || k < K; k += STEP)
    for (uint p = 0; p * WIDTH < cols; p++) {
      const uint n = n_from + p * WIDTH, depth = min(K - k, (uint)STEP);
#if W_PACKED
      PANEL panel = w + w_at.s0 + ((size_t)(n / WIDTH) * K + k) * WIDTH;
#else
      float panel[STEP * WIDTH];
      copy_panel(w, w_at, k, depth, n, N, panel);
#endif
      for (uint t = 0; t * ROWS < rows; t++) {
        const uint m = m_from + t * ROWS;
        __global const STORAGE(A_TYPE) * a_rows[ROWS];
        floats sum[ROWS][2];
#pragma unroll
        for (uint i = 0; i < ROWS; i++)
          a_rows[i] = a + A_AT(min(m + i, M - 1), k);
        multiply(sum, a_rows, panel, depth);
#pragma unroll
        for (uint i = 0; i < ROWS; i++)
#pragma unroll
          for (uint h = 0; h < 2; h++)
            sums[p][t][i][h] = k == 0 ? sum[i][h] : sums[p][t][i][h] + sum[i][h];
        if (k + STEP < K) continue;
        for (uint i = 0; i < ROWS && m + i < M; i++)
          for (uint h = 0; h < 2; h++)
            finish(sums[p][t][i][h], EPILOGUE, c, c_at, m + i, n + h * LANES,
                   N);
      }
    }
}
