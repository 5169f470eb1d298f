/* tiled.cl - a GEMM for any GPU: a work-group computes a tile of c from
 * slices of a and w in local memory.
 *
 *   TILE_M, TILE_N  rows and columns of the tile
 *   ITEM_M, ITEM_N  rows and columns that a work-item computes of it, 4 or 8
 *   DEPTH           of a slice: 8 or 16
 *   KEEP_LOCAL      1: the sums of the chains that are done wait in local
 *                   memory, as registers would leave too few groups on a
 *                   multiprocessor; 0: in registers
 *   A_ALIGNED, W_ALIGNED, C_ALIGNED  1: the operand's rows are whole quads,
 *                   whose addresses are multiples of their size; 0: they need
 *                   not be. C_ALIGNED speaks for the residual, too
 *   and the macros of gemm.cl but GATED, and of sub_groups.cl
 *
 * Elements move in quads, four neighbours in a row. While a slice is multiplied
 * the next one is on its way into registers, and as there are two of each slice
 * in local memory, one barrier a slice is enough. Outside a and w the slices
 * hold zeros, or another row again where only sums that are dropped see it: so
 * any M, N and K will do.
 *
 *   the tile of c, and the sums of one work-item, here 8 x 8: four blocks of
 *   4 x 4, whose distance is half the tile
 *                 col * 4          + TILE_N / 2
 *            +-------+---+---------------+---+--------+
 *   row * 4  |       |4x4|               |4x4|        |
 *            |       +---+               +---+        |
 *            |                                        |  TILE_M
 *   + TILE_M |       +---+               +---+        |
 *     / 2    |       |4x4|               |4x4|        |
 *            +-------+---+---------------+---+--------+
 *                              TILE_N
 *
 *   a slice of a in local memory, a line for each k; of w, with TILE_N
 *            k = 0          | quad of 4 rows | quad | ... | unused |
 *            k = 1          |      ...                    | unused |
 *            k = DEPTH - 1  |      ...                    | unused |
 *                             TILE_M / 4 quads              1 quad
 */
#if !(defined TILE_M && defined TILE_N && defined ITEM_M && defined ITEM_N && \
      defined DEPTH && defined KEEP_LOCAL && defined A_ALIGNED &&             \
      defined W_ALIGNED && defined C_ALIGNED)
#error "gemm/tiled.cl: a macro is missing"
#endif
#define REAL float4
#define HALF_RESULT 0
#define GATED 0
#include "gemm/gemm.cl"
#include "lib/sub_groups.cl"

#include "gemm/find_tile.cl"
#include "gemm/tiled.h"

#define ITEMS_M (TILE_M / ITEM_M)
#define ITEMS_N (TILE_N / ITEM_N)
#define GROUP (ITEMS_M * ITEMS_N)
#define BREADTH (ITEMS_N < 8 ? ITEMS_N : 8) /* see where row and col are set */

/* A work-item's share of a slice. */
#define A_QUADS (TILE_M * DEPTH / 4 / GROUP)
#define W_QUADS (TILE_N * DEPTH / 4 / GROUP)

typedef float4 a_line[TILED_LINE_QUADS(TILE_M)];
typedef float4 w_line[TILED_LINE_QUADS(TILE_N)];

#define ALIGNED_LOAD_f32(p, i) (*(__global const float4 *)((p) + (i)))
#define ALIGNED_LOAD_f16(p, i) vloada_half4(0, (p) + (i))
#define ALIGNED_LOAD_bf16(p, i) \
  FROM_BF16(4, *(__global const ushort4 *)((p) + (i)))
#define ALIGNED_STORE_f32(v, p, i) (*(__global float4 *)((p) + (i)) = (v))
#define ALIGNED_STORE_f16(v, p, i) vstorea_half4_rte((v), 0, (p) + (i))
#define ALIGNED_STORE_bf16(v, p, i) \
  (*(__global ushort4 *)((p) + (i)) = stored_as_bf16(v))

/* A quad as it is stored. Where its elements move one by one, they are converted
 * all at once: for a single half PoCL makes a hundred instructions, and its
 * compiler took three times as long for the whole kernel. */
#define STORED_4 float
#define STORED_2 ushort
#define STORED(type) CAT(STORED_, BYTES(type))
#define STORED_QUAD(type) CAT(STORED(type), 4)

static float4 floats_of_f32(float4 quad) { return quad; }
static float4 floats_of_f16(ushort4 quad) {
  return vload_half4(0, (const half *)&quad);
}
static float4 floats_of_bf16(ushort4 quad) { return FROM_BF16(4, quad); }
static float4 stored_as_f32(float4 v) { return v; }
static ushort4 stored_as_f16(float4 v) {
  ushort4 quad;
  vstore_half4_rte(v, 0, (half *)&quad);
  return quad;
}
static ushort4 stored_as_bf16(float4 v) { return TO_BF16(4, v); }

/* The quad at p[at]. Its elements have the indices x to x + 3 in their row;
 * those from `end` on do not exist, and are 0. */
#define QUAD_1(type, p, at, x, end) \
  ((x) < (end) ? CAT(ALIGNED_LOAD_, type)(p, at) : (float4)(0.0f))
#define QUAD_0(type, p, at, x, end)                         \
  CAT(floats_of_, type)                                     \
  ((STORED_QUAD(type))(ELEMENT(type, p, at, x, end, 0),     \
                       ELEMENT(type, p, at, x, end, 1),     \
                       ELEMENT(type, p, at, x, end, 2),     \
                       ELEMENT(type, p, at, x, end, 3)))
#define ELEMENT(type, p, at, x, end, i)                                 \
  ((x) + i < (end) ? ((__global const STORED(type) *)(p))[(at) + i]    \
                   : (STORED(type))0)
#define QUAD(aligned, type, p, at, x, end) \
  CAT(QUAD_, aligned)(type, p, at, x, end)

/* Quads in a row of a, or of w if it is [N, K], that a slice takes; and in a row
 * of w if it is [K, N]. Neighbours fetch the quads of a row, then those of the
 * next. */
#define DOWN (DEPTH / 4)
#define ALONG (TILE_N / 4)

static void fetch_a(float4 *quads, __global const STORAGE(A_TYPE) * a,
                    ulong2 a_at, uint M, uint K, uint m0, uint k0) {
  const uint id = get_local_id(0), k = k0 + id % DOWN * 4;
#pragma unroll
  for (uint i = 0; i < A_QUADS; i++) {
    const uint m = min(m0 + id / DOWN + i * (GROUP / DOWN), M - 1);
    quads[i] = QUAD(A_ALIGNED, A_TYPE, a, A_AT(m, k), k, K);
  }
}

static void fetch_w(float4 *quads, __global const STORAGE(W_TYPE) * w,
                    ulong2 w_at, uint N, uint K, uint n0, uint k0) {
  const uint id = get_local_id(0);
#pragma unroll
  for (uint i = 0; i < W_QUADS; i++) {
#if W_OUT_IN
    const uint n = min(n0 + id / DOWN + i * (GROUP / DOWN), N - 1);
    const uint k = k0 + id % DOWN * 4;
    quads[i] = QUAD(W_ALIGNED, W_TYPE, w, W_AT(k, n), k, K);
#else
    const uint n = n0 + id % ALONG * 4;
    const uint k = k0 + id / ALONG + i * (GROUP / ALONG);
    quads[i] = QUAD(W_ALIGNED, W_TYPE, w, W_AT(k, n), n, k < K ? N : 0);
#endif
  }
}

/* Write quads that run along K: each of the four elements is in a line of its
 * own. */
static void put_down(const float4 *quads, uint count, __local float4 *slice,
                     uint line) {
  const uint id = get_local_id(0);
#pragma unroll
  for (uint i = 0; i < count; i++) {
    __local float *to = (__local float *)(slice + id % DOWN * 4 * line) +
                        id / DOWN + i * (GROUP / DOWN);
    to[0] = quads[i].s0;
    to[4 * line] = quads[i].s1;
    to[8 * line] = quads[i].s2;
    to[12 * line] = quads[i].s3;
  }
}

static void put_w(const float4 *quads, __local w_line *slice) {
#if W_OUT_IN
  put_down(quads, W_QUADS, slice[0], TILED_LINE_QUADS(TILE_N));
#else
  const uint id = get_local_id(0);
#pragma unroll
  for (uint i = 0; i < W_QUADS; i++)
    slice[id / ALONG + i * (GROUP / ALONG)][id % ALONG] = quads[i];
#endif
}

/* sum += a w, for a slice. */
static void multiply(float4 sum[ITEM_M][ITEM_N / 4],
                     __local const a_line *a_slice,
                     __local const w_line *w_slice, uint row, uint col) {
#pragma unroll
  for (uint k = 0; k < DEPTH; k++) {
    float a[ITEM_M];
    float4 w[ITEM_N / 4];
#pragma unroll
    for (uint i = 0; i < ITEM_M / 4; i++)
      vstore4(a_slice[k][row + i * ITEMS_M], i, a);
#pragma unroll
    for (uint j = 0; j < ITEM_N / 4; j++) w[j] = w_slice[k][col + j * ITEMS_N];
#pragma unroll
    for (uint i = 0; i < ITEM_M; i++)
#pragma unroll
      for (uint j = 0; j < ITEM_N / 4; j++)
        sum[i][j] = fma((float4)(a[i]), w[j], sum[i][j]);
  }
}

/* The sums of the chains that are done. */
#if KEEP_LOCAL /* each work-item has a place of its own */
#define KEPT_SUMS __local float4 kept[ITEM_M][ITEM_N / 4][GROUP]
#define KEPT(i, j) kept[i][j][get_local_id(0)]
#else
#define KEPT_SUMS float4 kept[ITEM_M][ITEM_N / 4]
#define KEPT(i, j) kept[i][j]
#endif

/* Put a chain by, and begin the next one. */
static void keep(KEPT_SUMS, float4 sum[ITEM_M][ITEM_N / 4], bool is_first) {
#pragma unroll
  for (uint i = 0; i < ITEM_M; i++)
#pragma unroll
    for (uint j = 0; j < ITEM_N / 4; j++) {
      KEPT(i, j) = is_first ? sum[i][j] : KEPT(i, j) + sum[i][j];
      sum[i][j] = 0.0f;
    }
}

static void add_kept(float4 sum[ITEM_M][ITEM_N / 4], KEPT_SUMS) {
#pragma unroll
  for (uint i = 0; i < ITEM_M; i++)
#pragma unroll
    for (uint j = 0; j < ITEM_N / 4; j++) sum[i][j] += KEPT(i, j);
}

#define BIAS_QUAD(type, p, at) QUAD(0, type, p, at, n, N)
#define RESIDUAL_QUAD(type, p, at) QUAD(C_ALIGNED, type, p, at, n, N)

/* Finish c[m, n ...], as far as there are columns; v has its bias. */
static void finish(float4 v, __global STORAGE(C_TYPE) * c, ulong2 c_at, uint N,
                   uint m, uint n RESIDUAL_PARAMETERS) {
  v = WITH_RESIDUAL(RESIDUAL_QUAD, ACTIVATE(v), m, n);
#if C_ALIGNED
  if (n < N) CAT(ALIGNED_STORE_, C_TYPE)(v, c, C_AT(m, n));
#else
  const STORED_QUAD(C_TYPE) quad = CAT(stored_as_, C_TYPE)(v);
  __global STORED(C_TYPE) *to = (__global STORED(C_TYPE) *)c + C_AT(m, n);
  if (n < N) to[0] = quad.s0;
  if (n + 1 < N) to[1] = quad.s1;
  if (n + 2 < N) to[2] = quad.s2;
  if (n + 3 < N) to[3] = quad.s3;
#endif
}

__kernel IN_SUB_GROUPS __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
gemm_tiled(GEMM_PARAMETERS) {
  __local a_line a_slices[TILED_SLICES][DEPTH];
  __local w_line w_slices[TILED_SLICES][DEPTH];
  KEPT_SUMS;
  const uint2 tile = find_tile_by_columns(get_group_id(0), M, N);
  float4 a_quads[A_QUADS], w_quads[W_QUADS];
  float4 sum[ITEM_M][ITEM_N / 4];
#pragma unroll
  for (uint i = 0; i < ITEM_M; i++)
#pragma unroll
    for (uint j = 0; j < ITEM_N / 4; j++) sum[i][j] = 0.0f;

  /* This work-item's first quad of rows and of columns. Neighbours take two
   * rows of BREADTH columns: what 16 of them read at once lies in few banks. */
  const uint id = get_local_id(0);
  const uint row = id % 2 + id / 2 / BREADTH % (ITEMS_M / 2) * 2;
  const uint col = id / 2 % BREADTH + id / (BREADTH * ITEMS_M) * BREADTH;

  fetch_a(a_quads, a, a_at, M, K, tile.s0, 0);
  fetch_w(w_quads, w, w_at, N, K, tile.s1, 0);
  for (uint from = 0, now = 0; from < K; from += CHAIN) {
    for (uint k0 = from; k0 < min(from + CHAIN, K); k0 += DEPTH, now ^= 1) {
      put_down(a_quads, A_QUADS, a_slices[now][0], TILED_LINE_QUADS(TILE_M));
      put_w(w_quads, w_slices[now]);
      barrier(CLK_LOCAL_MEM_FENCE);
      fetch_a(a_quads, a, a_at, M, K, tile.s0, k0 + DEPTH);
      fetch_w(w_quads, w, w_at, N, K, tile.s1, k0 + DEPTH);
      multiply(sum, a_slices[now], w_slices[now], row, col);
    }
    if (from + CHAIN < K) keep(kept, sum, from == 0);
  }
  if (K > CHAIN) add_kept(sum, kept);

#pragma unroll
  for (uint j = 0; j < ITEM_N / 4; j++) {
    const uint n = tile.s1 + (col + j * ITEMS_N) * 4;
    const float4 shift = BIAS(BIAS_QUAD, bias, bias_at + n);
#pragma unroll
    for (uint i = 0; i < ITEM_M; i++) {
      const uint m = tile.s0 + (row + i / 4 * ITEMS_M) * 4 + i % 4;
      if (HAS(BIAS_TYPE)) sum[i][j] += shift;
      if (m < M) finish(sum[i][j], c, c_at, N, m, n RESIDUAL);
    }
  }
}
