/* units.cl - a GEMM of two bytes on the matrix units of AMD's and Intel's
 * GPUs: a work-group computes a tile of c from slices of a and w in local
 * memory, a sub-group a part of it.
 *
 *   TILE_M, TILE_N  the tile
 *   PART_M, PART_N  a sub-group's part, multiples of the unit's block
 *   A_ALIGNED, W_ALIGNED  1: offset and leading dimension of the operand are
 *                   multiples of 16 bytes; 0: they may be any
 *   and UNITS of matrix_units.cl, SUB_GROUP of sub_groups.cl, and the macros of
 *   gemm.cl but W_TYPE, which is A_TYPE, f16 or bf16, and GATED
 *
 * While a slice is multiplied the next one is on its way into registers, and as
 * there are two of each slice in local memory, one barrier a slice is enough.
 * Outside a and w the slices hold zeros along K, and another row or column again
 * where only sums that are dropped see it: so any M, N and K will do.
 *
 *   the tile of c, with a part for      a slice in local memory:
 *   each sub-group                      a line for each row and column
 *          TILE_N                               DEPTH       8
 *        +--------+--------+                  +-----------+----+
 *        | part 0 | part 2 | PART_M   TILE_M  | rows of a |    |
 * TILE_M +--------+--------+          lines   |  along K  |    |
 *        | part 1 | part 3 |                  +-----------+    |
 *        +--------+--------+          TILE_N  | columns   |    |
 *          PART_N                     lines   | of w      |    | unused
 *                                             +-----------+----+
 */
#if !(defined TILE_M && defined TILE_N && defined PART_M && defined PART_N && \
      defined A_ALIGNED && defined W_ALIGNED)
#error "gemm/units.cl: a macro is missing"
#endif
#include "lib/sub_groups.cl"
#define W_TYPE A_TYPE
#define REAL float
#define HALF_RESULT (IS(C_TYPE, f16) && ACTIVATION_IS_LAST)
#define EXP2 native_exp2
#define GATED 0
#include "gemm/gemm.cl"
#include "gemm/find_tile.cl"
#include "gemm/units.h"
#define DEPTH UNITS_DEPTH
#define LINE UNITS_LINE
#include "lib/matrix_units.cl"

#define GROUP (TILE_M / PART_M * (TILE_N / PART_N) * LANES)
#define UNITS_M (PART_M / UNIT_M) /* of a part */
#define UNITS_N (PART_N / UNIT_N)

/* A slice is moved in chunks of 16 bytes; a work-item's share of them. */
#define A_CHUNKS (TILE_M * DEPTH / 8 / GROUP)
#define W_CHUNKS (TILE_N * DEPTH / 8 / GROUP)

/* Arrays in registers need every loop over them unrolled and inlined. */
#define INLINE static __attribute__((always_inline))

/* Elements p[0 ...], of which `count` are there, then zeros. */
#define IF_THERE(i) ((i) < count ? p[i] : (ushort)0)
static ushort4 load4(__global const ushort *p, uint count, bool aligned) {
  if (count >= 4) return aligned ? *(__global const ushort4 *)p : vload4(0, p);
  return (ushort4)(IF_THERE(0), IF_THERE(1), IF_THERE(2), IF_THERE(3));
}

static ushort8 load8(__global const ushort *p, uint count, bool aligned) {
  if (count >= 8) return aligned ? *(__global const ushort8 *)p : vload8(0, p);
  return (ushort8)(load4(p, count, false),
                   load4(p + 4, count > 4 ? count - 4 : 0, false));
}

/* Neighbours fetch the chunks of a line, then those of the next. */
#define ALONG (DEPTH / 8)
#define ID ((uint)get_local_id(0))
#define LINE_OF(i) ((ID + (i)*GROUP) / ALONG)
#define K_OF (ID % ALONG * 8)

/* `count` chunks of lines of K halves, `ld` apart, from the work-item's first
 * line on; the last line stands for those that are not there. */
INLINE void fetch_lines(ushort8 *chunks, uint count, __global const STORAGE(A_TYPE) *p,
                        ulong ld, uint first, uint lines, uint k0, uint K,
                        bool aligned) {
  const uint k = k0 + K_OF;
#pragma unroll
  for (uint i = 0; i < count; i++) {
    const size_t line = min(first + LINE_OF(i), lines - 1);
    chunks[i] = load8((__global const ushort *)(p + line * ld + k),
                      k < K ? K - k : 0, aligned);
  }
}

INLINE void put_lines(const ushort8 *chunks, uint count,
                      __local ushort *slice) {
#pragma unroll
  for (uint i = 0; i < count; i++)
    *(__local ushort8 *)(slice + LINE_OF(i) * LINE + K_OF) = chunks[i];
}

INLINE void fetch_a(ushort8 *chunks, __global const STORAGE(A_TYPE) *a, ulong2 a_at,
                    uint M, uint K, uint m0, uint k0) {
  fetch_lines(chunks, A_CHUNKS, a + a_at.s0, a_at.s1, m0, M, k0, K, A_ALIGNED);
}

#if W_OUT_IN

INLINE void fetch_w(ushort8 *chunks, __global const STORAGE(A_TYPE) *w, ulong2 w_at,
                    uint N, uint K, uint n0, uint k0) {
  fetch_lines(chunks, W_CHUNKS, w + w_at.s0, w_at.s1, n0, N, k0, K, W_ALIGNED);
}

INLINE void put_w(const ushort8 *chunks, __local ushort *slice) {
  put_lines(chunks, W_CHUNKS, slice);
}

#else

/* Here a chunk holds four columns of two rows of w. The slice's lines run along
 * K: in each, the two elements of a column lie side by side. */
#define QUADS (TILE_N / 4)
#define PAIR_OF(i) ((ID + (i)*GROUP) / QUADS * 2)
#define QUAD_OF (ID % QUADS * 4)

INLINE void fetch_w(ushort8 *chunks, __global const STORAGE(A_TYPE) *w, ulong2 w_at,
                    uint N, uint K, uint n0, uint k0) {
  const uint n = n0 + QUAD_OF, count = n < N ? N - n : 0;
#pragma unroll
  for (uint i = 0; i < W_CHUNKS; i++) {
    const uint k = k0 + PAIR_OF(i);
    __global const ushort *p = (__global const ushort *)(w + W_AT(k, n));
    chunks[i].even = load4(p, k < K ? count : 0, W_ALIGNED);
    chunks[i].odd = load4(p + w_at.s1, k + 1 < K ? count : 0, W_ALIGNED);
  }
}

INLINE void put_w(const ushort8 *chunks, __local ushort *slice) {
#pragma unroll
  for (uint i = 0; i < W_CHUNKS; i++) {
    const uint4 pairs = as_uint4(chunks[i]);
    __local ushort *to = slice + QUAD_OF * LINE + PAIR_OF(i);
    *(__local uint *)to = pairs.s0;
    *(__local uint *)(to + LINE) = pairs.s1;
    *(__local uint *)(to + 2 * LINE) = pairs.s2;
    *(__local uint *)(to + 3 * LINE) = pairs.s3;
  }
}

#endif

/* sums += a w for a slice; the part's first line of each is at a and w. */
INLINE void multiply_slice(unit_sums sums[UNITS_M][UNITS_N],
                           __local const ushort *a, __local const ushort *w,
                           uint lane) {
#pragma unroll
  for (uint k = 0; k < DEPTH; k += UNIT_K) {
    a_part a_blocks[UNITS_M];
#pragma unroll
    for (uint i = 0; i < UNITS_M; i++)
      a_blocks[i] = load_a(a + i * UNIT_M * LINE + k, lane);
#pragma unroll
    for (uint j = 0; j < UNITS_N; j++) {
      const w_part w_block = load_w(w + j * UNIT_N * LINE + k, lane);
#pragma unroll
      for (uint i = 0; i < UNITS_M; i++)
        sums[i][j] = MULTIPLY_ADD(a_blocks[i], w_block, sums[i][j]);
    }
  }
}

/* Write a block of c, whose corner is at (m, n). The activation's code is long,
 * so it stands in a loop that is not unrolled. Such a loop cannot count through
 * registers: it takes the lane's sums from the lane's own places in local
 * memory. */
INLINE void finish(unit_sums sums, __local float *places,
                   EPILOGUE_PARAMETERS, __global STORAGE(C_TYPE) * c,
                   ulong2 c_at, uint M, uint N, uint m, uint n, uint lane) {
  float v[UNIT_SUMS];
  CAT(vstore, UNIT_SUMS)(sums, 0, v);
#pragma unroll
  for (uint i = 0; i < UNIT_SUMS; i++) places[i * LANES] = v[i];
  n += COL_OF(lane);
  if (n >= N) return;
  const float shift = BIAS(LOAD, bias, bias_at + n);
#pragma unroll 1
  for (uint i = 0; i < UNIT_SUMS; i++) {
    const uint row = m + ROW_OF(lane, i);
    const float y = ACTIVATE(places[i * LANES] + shift);
    if (row < M) STORE(C_TYPE, WITH_RESIDUAL(LOAD, y, row, n), c, C_AT(row, n));
  }
}

__kernel IN_SUB_GROUPS __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
gemm_units(GEMM_PARAMETERS) {
  __local ushort slices[UNITS_SLICES][UNITS_SLICE_HALVES(TILE_M, TILE_N)]
      __attribute__((aligned(16)));
  const uint2 tile = find_tile_by_columns(get_group_id(0), M, N);
  const uint lane = ID % LANES, part = ID / LANES;
  const uint row = part % (TILE_M / PART_M) * PART_M;
  const uint col = part / (TILE_M / PART_M) * PART_N;
  ushort8 a_chunks[A_CHUNKS], w_chunks[W_CHUNKS];
  unit_sums sums[UNITS_M][UNITS_N];
#pragma unroll
  for (uint i = 0; i < UNITS_M; i++)
#pragma unroll
    for (uint j = 0; j < UNITS_N; j++) sums[i][j] = 0.0f;

  fetch_a(a_chunks, a, a_at, M, K, tile.s0, 0);
  fetch_w(w_chunks, w, w_at, N, K, tile.s1, 0);
  for (uint k0 = 0, now = 0; k0 < K; k0 += DEPTH, now ^= 1) {
    put_lines(a_chunks, A_CHUNKS, slices[now]);
    put_w(w_chunks, slices[now] + TILE_M * LINE);
    barrier(CLK_LOCAL_MEM_FENCE);
    fetch_a(a_chunks, a, a_at, M, K, tile.s0, k0 + DEPTH);
    fetch_w(w_chunks, w, w_at, N, K, tile.s1, k0 + DEPTH);
    multiply_slice(sums, slices[now] + row * LINE,
                   slices[now] + (TILE_M + col) * LINE, lane);
  }
  barrier(CLK_LOCAL_MEM_FENCE); /* what follows uses the slices otherwise */

  __local float *places =
      (__local float *)slices[0] + part * UNIT_SUMS * LANES + lane;
#pragma unroll
  for (uint i = 0; i < UNITS_M; i++)
#pragma unroll
    for (uint j = 0; j < UNITS_N; j++)
      finish(sums[i][j], places, EPILOGUE, c, c_at, M, N,
             tile.s0 + row + i * UNIT_M, tile.s1 + col + j * UNIT_N, lane);
}
