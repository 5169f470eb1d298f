/* mma.cl - a GEMM on NVIDIA's matrix units: a work-group computes a tile
 * of c, a warp of 32 work-items a part of it, while slices of a and w for the
 * steps to come are being copied to local memory.
 *
 *   TILE_M, TILE_N  the tile, of the product
 *   WARP_M, WARP_N  a warp's part, multiples of 16; GATED, the first half of its
 *               columns are u's, then come those of g that belong to them
 *   DEPTH       16-byte chunks along K in a slice, 4 or 8
 *   STAGES      slices in local memory
 *   COPY        bytes in one copy to local memory: 16, 8, 4 or, without the
 *               hardware's help, 2. The offsets and leading dimensions of a and
 *               w are multiples of it, as is the way from u to g in w
 *   C_ALIGNED   1: those of c and of the residual are multiples of 16 bytes; 0:
 *               they may be any
 *   SPLIT       1: get_num_groups(1) groups share a tile, each with a part of
 *               K; 0: a tile is one group's
 *   PRODUCTS    for f32: 1 rounds a and w to TF32; 3 adds the products with
 *               what that leaves over, and is almost as exact as float
 *   and the macros of gemm.cl but W_TYPE, which is A_TYPE
 *
 * Outside a and w the slices hold zeros, so any M, N and K will do.
 *
 *   the tile of c,                     a warp's part,
 *   with a part for each warp          with 16 x 8 sums for each unit's tile
 *          TILE_N                             WARP_N
 *        +--------+--------+                +---+---+---+---+
 *        | warp 0 | warp 2 | WARP_M         |   |   |   |   | 16
 * TILE_M +--------+--------+                +---+---+---+---+
 *        | warp 1 | warp 3 |                |   |   |   |   |
 *        +--------+--------+                +---+---+---+---+
 *          WARP_N                             8
 *
 *   local memory: a ring of STAGES stages, see mma_slices.cl
 *        | stage 0 | stage 1 | stage 2 |
 *   Slice i lies in stage i % STAGES. While slice i is multiplied, those up to
 *   i + STAGES - 1 are on their way.
 */
#if !(defined TILE_M && defined TILE_N && defined WARP_M && defined WARP_N && \
      defined DEPTH && defined STAGES && defined COPY &&                      \
      defined C_ALIGNED && defined SPLIT && defined PRODUCTS)
#error "gemm/mma.cl: a macro is missing"
#endif
#define W_TYPE A_TYPE
#include "lib/chunks.cl"
#define REAL float
#define HALF_RESULT (IS(C_TYPE, f16) && ACTIVATION_IS_LAST)
#define EXP2 exp2_flushed
#include "gemm/gemm.cl"
#include "lib/last_group.cl"

#define WARPS (TILE_M / WARP_M * (TILE_N / WARP_N))
#define GROUP (WARPS * 32)
#define PART_M (WARP_M / 16) /* a warp's part, in the units' tiles */
#define PART_N (WARP_N / 8)
#define WARP_COLS (WARP_N / HALVES) /* of c */
#define ROW (WARP_N + 8) /* 8 more, so that rows start in other banks */

#define C_CHUNK (16 / BYTES(C_TYPE)) /* elements in 16 bytes */

/* Sums in registers need every loop over them unrolled and inlined. */
#define INLINE static __attribute__((always_inline))

#include "gemm/find_tile.cl"
#include "gemm/mma_slices.cl"

#if PRODUCTS == 1

/* Make `count` words what the matrix units take. */
static void convert(uint *words, uint count) {
#if IS(A_TYPE, f32)
#pragma unroll
  for (uint i = 0; i < count; i++) words[i] = round_tf32(words[i]);
#endif
}

/* sum += a w for what two chunks along K hold. */
INLINE void multiply(float sum[PART_M][PART_N][4], uint *a, uint *w) {
  convert(a, PART_M * 4);
  convert(w, PART_N * 2);
#pragma unroll
  for (uint i = 0; i < PART_M; i++)
#pragma unroll
    for (uint j = 0; j < PART_N; j++)
      MULTIPLY_ADD(A_TYPE, sum[i][j], a + 4 * i, w + 2 * j);
}

#else

/* Take the nearest TF32 out of `count` words. What is left over is exact, and
 * the units pass over those of its bits that TF32 has no room for. An Inf
 * leaves NaN. */
static void take_big(uint *big, uint *words, uint count) {
#pragma unroll
  for (uint i = 0; i < count; i++) {
    big[i] = round_tf32(words[i]);
    words[i] = as_uint(as_float(words[i]) - as_float(big[i]));
  }
}

/* The same with every product but small times small. The units cut off where
 * a float addition rounds, so the sum over K is not left to them. */
INLINE void multiply(float sum[PART_M][PART_N][4], uint *a, uint *w) {
  uint big_a[PART_M * 4];
  take_big(big_a, a, PART_M * 4);
#pragma unroll
  for (uint j = 0; j < PART_N; j++) {
    uint big_w[2];
    take_big(big_w, w + 2 * j, 2);
#pragma unroll
    for (uint i = 0; i < PART_M; i++) {
      float part[4] = {0.0f, 0.0f, 0.0f, 0.0f};
      MULTIPLY_ADD(A_TYPE, part, a + 4 * i, big_w);
      MULTIPLY_ADD(A_TYPE, part, big_a + 4 * i, w + 2 * j);
      MULTIPLY_ADD(A_TYPE, part, big_a + 4 * i, big_w);
#pragma unroll
      for (uint e = 0; e < 4; e++) sum[i][j][e] += part[e];
    }
  }
}

#endif

/* sum += a w for a slice; the warp's part starts at row m, column n. */
INLINE void multiply_slice(float sum[PART_M][PART_N][4],
                           __local const uchar *slices, uint m, uint n) {
#pragma unroll
  for (uint k = 0; k < DEPTH; k += 2) {
    uint a[PART_M * 4], w[PART_N * 2];
#pragma unroll
    for (uint i = 0; i < PART_M; i++)
      load_a(a + 4 * i, slices, m + 16 * i, k);
#pragma unroll
    for (uint j = 0; j < PART_N; j += 2)
      load_w(w + 2 * j, slices + A_BYTES, n + 8 * j, k);
    multiply(sum, a, w);
  }
}

#if SPLIT

#define PARTS (PART_M * PART_N * GROUP) /* float4s in a tile */
#define PART_AT(i, j) (((i)*PART_N + (j)) * GROUP + get_local_id(0))

/* Leave sum to the group that finishes the tile: the last to arrive, which
 * adds up what all left, in an order that does not depend on who that is.
 * True in that group. */
INLINE bool add_up(float sum[PART_M][PART_N][4], __global float4 *parts,
                   __global ulong *arrived, __local uint *last) {
  const uint groups = get_num_groups(1);
  __global float4 *mine = parts + (size_t)get_group_id(1) * PARTS;
#pragma unroll
  for (uint i = 0; i < PART_M; i++)
#pragma unroll
    for (uint j = 0; j < PART_N; j++)
      mine[PART_AT(i, j)] = vload4(0, sum[i][j]);

  device_fence();
  barrier(CLK_LOCAL_MEM_FENCE);
  if (get_local_id(0) == 0) *last = is_last(arrived, groups);
  barrier(CLK_LOCAL_MEM_FENCE);
  const bool finishes = *last;
  barrier(CLK_LOCAL_MEM_FENCE); /* before its place is used otherwise */
  if (!finishes) return false;
  device_fence();

#pragma unroll
  for (uint i = 0; i < PART_M; i++)
#pragma unroll
    for (uint j = 0; j < PART_N; j++) {
      float4 total = parts[PART_AT(i, j)];
      for (uint g = 1; g < groups; g++)
        total += parts[(size_t)g * PARTS + PART_AT(i, j)];
      vstore4(total, 0, sum[i][j]);
    }
  return true;
}

#endif

#if HAS(RESIDUAL_TYPE)
/* Four neighbours of the residual, where C_ALIGNED speaks for them. */
static float4 load_quad(__global const STORAGE(RESIDUAL_TYPE) * p) {
#if BYTES(RESIDUAL_TYPE) == 2
  const uint2 words = *(__global const uint2 *)p;
  return (float4)(UNPACK(RESIDUAL_TYPE, words.x),
                  UNPACK(RESIDUAL_TYPE, words.y));
#else
  return *(__global const float4 *)p;
#endif
}

/* y += a chunk of the residual, as far as there are columns. */
static void add_residual(float *y,
                         __global const STORAGE(RESIDUAL_TYPE) * residual,
                         uint cols_left) {
  if (C_ALIGNED && cols_left >= C_CHUNK) {
#pragma unroll
    for (uint i = 0; i < C_CHUNK; i += 4)
      vstore4(vload4(0, y + i) + load_quad(residual + i), 0, y + i);
    return;
  }
#pragma unroll
  for (uint i = 0; i < C_CHUNK; i++)
    if (i < cols_left) y[i] += LOAD(RESIDUAL_TYPE, residual, i);
}
#endif

/* Store a chunk of c at row m, column n, as far as there are columns; v, or u
 * and g, have their bias. */
static void store_chunk(float v[HALVES][C_CHUNK], __global STORAGE(C_TYPE) * c,
                        uint cols_left, uint m, uint n RESIDUAL_PARAMETERS) {
  float y[C_CHUNK];
#pragma unroll
  for (uint i = 0; i < C_CHUNK; i++) {
    y[i] = ACTIVATE(v[HALVES - 1][i]);
    if (GATED) y[i] *= v[0][i];
  }
#if HAS(RESIDUAL_TYPE)
  add_residual(y, residual + RESIDUAL_AT(m, n), cols_left);
#endif
#if C_ALIGNED
  if (cols_left >= C_CHUNK) {
    uint words[4];
#pragma unroll
    for (uint i = 0; i < 4; i++)
#if BYTES(C_TYPE) == 2
      words[i] = PACK(C_TYPE, y[2 * i], y[2 * i + 1]);
#else
      words[i] = as_uint(y[i]);
#endif
    *(__global uint4 *)c = vload4(0, words);
    return;
  }
#endif
#pragma unroll
  for (uint i = 0; i < C_CHUNK; i++)
    if (i < cols_left) STORE(C_TYPE, y[i], c, i);
}

/* Write the warp's part of c, which starts at *c, as do bias and residual, and
 * has rows_left and cols_left before the end of c. 16 rows at a time pass through
 * local memory, so that a lane has the neighbours that it stores at once. Loops
 * stay rolled around the activation, whose code is long; so the sums, in
 * registers, move up to where the loop takes them. */
INLINE void finish(float sum[PART_M][PART_N][4], __local float *rows,
                   EPILOGUE_PARAMETERS, __global STORAGE(C_TYPE) * c,
                   size_t ld, uint rows_left, uint cols_left, uint N) {
  const uint lane = get_local_id(0) % 32, lanes = WARP_COLS / C_CHUNK;
  const uint col = lane % lanes * C_CHUNK;
  float shift[HALVES][C_CHUNK];
#pragma unroll
  for (uint h = 0; h < HALVES; h++)
#pragma unroll
    for (uint i = 0; i < C_CHUNK; i++) {
      shift[h][i] = 0.0f;
      if (col + i < cols_left)
        shift[h][i] = BIAS(LOAD, bias, bias_at + h * N + col + i);
    }
#pragma unroll 1
  for (uint m = 0; m < WARP_M; m += 16) {
#pragma unroll
    for (uint j = 0; j < PART_N; j++)
#pragma unroll
      for (uint h = 0; h < 2; h++)
        *(__local float2 *)(rows + (lane / 4 + 8 * h) * ROW + 8 * j +
                            lane % 4 * 2) = vload2(h, sum[0][j]);
    warp_barrier();
#pragma unroll 1
    for (uint row = lane / lanes; row < 16; row += 32 / lanes) {
      float v[HALVES][C_CHUNK];
#pragma unroll
      for (uint h = 0; h < HALVES; h++)
#pragma unroll
        for (uint i = 0; i < C_CHUNK; i += 4)
          vstore4(*(__local float4 *)(rows + row * ROW + h * WARP_COLS + col +
                                      i) +
                      vload4(0, shift[h] + i),
                  0, v[h] + i);
      if (m + row < rows_left && col < cols_left)
        store_chunk(v, c + (m + row) * ld + col, cols_left - col, m + row,
                    col RESIDUAL);
    }
    warp_barrier();
#pragma unroll
    for (uint i = 1; i < PART_M; i++)
#pragma unroll
      for (uint j = 0; j < PART_N; j++)
        vstore4(vload4(0, sum[i][j]), 0, sum[i - 1][j]);
  }
}

#if SPLIT
#define SPLIT_PARAMETERS \
  , __global float4 *parts, ulong2 parts_at, __global ulong *arrived, \
      ulong2 arrived_at
#else
#define SPLIT_PARAMETERS
#endif

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
gemm_mma(GEMM_PARAMETERS SPLIT_PARAMETERS) {
  __local uchar stages[STAGES * STAGE_BYTES] __attribute__((aligned(128)));

  const uint tile = get_group_id(0);
  const uint2 corner = find_tile(tile, M, HALVES * N);
  const uint m0 = corner.s0, n0 = corner.s1 / HALVES;
  a += A_AT(m0, 0);
  w += W_AT(0, n0);

  /* The warp's part of it. */
  const uint warp = get_local_id(0) / 32;
  const uint m = warp % (TILE_M / WARP_M) * WARP_M;
  const uint col = warp / (TILE_M / WARP_M) * WARP_N; /* of the slice of w */
  const uint n = col / HALVES;
  float sum[PART_M][PART_N][4];
#pragma unroll
  for (uint i = 0; i < PART_M; i++)
#pragma unroll
    for (uint j = 0; j < PART_N; j++) vstore4((float4)(0.0f), 0, sum[i][j]);

  /* The group's share of the slices along K. */
  const uint slices = (K + TILE_K - 1) / TILE_K;
  const uint part = get_group_id(1), parts_of_k = get_num_groups(1);
  const uint begin = slices * part / parts_of_k;
  const uint count = slices * (part + 1) / parts_of_k - begin;
  for (uint i = 0; i < STAGES - 1 + count; i++) {
    if (i >= STAGES - 1) {
      WAIT_FOR_COPIES(STAGES - 2);
      barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (i < count)
      copy_slices(stages + i % STAGES * STAGE_BYTES, a, a_at.s1, w, w_at.s1,
                  (begin + i) * TILE_K, M - m0, N - n0, K, N);
    commit_copies();
    if (i >= STAGES - 1)
      multiply_slice(sum, stages + (i + 1) % STAGES * STAGE_BYTES, m, col);
  }
  barrier(CLK_LOCAL_MEM_FENCE); /* what follows uses the stages otherwise */

#if SPLIT
  parts += parts_at.s0 / 4 + (size_t)tile * parts_of_k * PARTS;
  arrived += arrived_at.s0 / 2 + tile;
  if (!add_up(sum, parts, arrived, (__local uint *)stages)) return;
#endif
  if (m0 + m >= M || n0 + n >= N) return;
  bias_at += n0 + n;
#if HAS(RESIDUAL_TYPE)
  residual_at.s0 = RESIDUAL_AT(m0 + m, n0 + n);
#endif
  finish(sum, (__local float *)stages + warp * 16 * ROW, EPILOGUE,
         c + C_AT(m0 + m, n0 + n), c_at.s1, M - m0 - m, N - n0 - n, N);
}
