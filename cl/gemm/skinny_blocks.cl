/* skinny_blocks.cl - what the GEMM kernels for a few rows share. Every weight is
 * read once, so the speed is that of memory: many wide loads must be in flight,
 * and the whole device must have a share.
 *
 *   ROWS      rows of c that a work-group computes: 1, 4 or 8
 *   WIDTH     columns of the product that it computes: 8, 16, 32 or 64; GATED,
 *             the first half of them are u's, then come those of g that belong to
 *             them, and each is 8 or more
 *   W_WIDE    1: w lies so that wide.cl may load it wide; 2: and it is too large
 *             to stay in a cache until it is needed again; 0: it may lie anywhere
 *   AHEAD     1: the next weights are loaded before these are multiplied; 0
 *             needs half the registers
 *   ROW_TYPE  what the rows to multiply are stored as, a storage type
 *   and the macros of gemm.cl, wide.cl and sub_groups.cl
 *
 * A work-item owns a block of eight columns and a slot of K: it takes every
 * SLOTS-th block of 8 by 8 weights, as eight chunks of contiguous ones. The
 * sums of a column's slots meet in local memory, always in the same order.
 *
 *   w, as the work-items of a group share it; here WIDTH is 32
 *              8 columns
 *   k        +--------+--------+--------+--------+
 *   0        | slot 0 | slot 0 | slot 0 | slot 0 |  8 rows, for each column
 *   8        | slot 1 | slot 1 | slot 1 | slot 1 |  block another work-item
 *   ...      |  ...   |        |        |        |
 *            | last   | last   | last   | last   |  slot SLOTS - 1
 *   STEP     | slot 0 | slot 0 | slot 0 | slot 0 |
 *   ...      |  ...   |        |        |        |
 *   ROUND    the sums so far meet; then on from slot 0
 *
 *   how they meet
 *   the sums of each work-item   > slots, in turn for each row of c
 *   each eight slots of a column > a part, which keeps the sum of all rounds
 *   the parts of a column, at the end > an element of c
 */
#if !(defined ROWS && defined WIDTH && defined W_WIDE && defined AHEAD && \
      defined ROW_TYPE)
#error "gemm/skinny_blocks.cl: a macro is missing"
#endif
#include "gemm/skinny.h"
#include "lib/wide.cl"
#define REAL float
#define HALF_RESULT 0
#include "gemm/gemm.cl"
#include "lib/sub_groups.cl"

#define GROUP SKINNY_GROUP
#define C_WIDTH (WIDTH / HALVES) /* columns of c */
#define BLOCKS (WIDTH / 8)
#define SLOTS (GROUP / BLOCKS)
#define STEP (8 * SLOTS)
#define ROUND (CHAIN * SLOTS) /* of K, in which each slot adds up a chain */

/* The slot and the block of a work-item, if a block of columns has `slots` of
 * them; and the work-item that has both. Neighbours read neighbouring weights.
 */
#if W_OUT_IN
#define SLOT(id, slots) ((id) % (slots))
#define BLOCK(id, slots) ((id) / (slots))
#define CELL(slot, block, slots) ((block) * (slots) + (slot))
#else
#define SLOT(id, slots) ((id) / BLOCKS)
#define BLOCK(id, slots) ((id) % BLOCKS)
#define CELL(slot, block, slots) ((slot) * BLOCKS + (block))
#endif

/* The column of w at which a block begins, if c's columns begin at n0. What a
 * block of u reads past N, where g begins, is dropped. */
#define W_COL(block, n0, N) \
  ((n0) + 8 * (block) % C_WIDTH + (8 * (block) < C_WIDTH ? 0 : (N)))

/* The block of weights at (k, n), with zeros outside w. */
static void load_block(CHUNK(W_TYPE) block[8],
                       __global const STORAGE(W_TYPE) * w, ulong2 w_at, uint k,
                       uint n, uint K, uint N) {
  const uint row = W_OUT_IN ? n : k, rows = W_OUT_IN ? N : K;
  const uint col = W_OUT_IN ? k : n, cols = W_OUT_IN ? K : N;
  w += W_AT(k, n);
  if (row + 8 <= rows && col + 8 <= cols) {
#pragma unroll
    for (uint j = 0; j < 8; j++)
      block[j] = LOAD_CHUNK(W_TYPE, W_WIDE, w + j * w_at.s1, 8);
  } else {
    const uint count = col < cols ? cols - col : 0;
#pragma unroll
    for (uint j = 0; j < 8; j++)
      block[j] = LOAD_CHUNK(W_TYPE, W_WIDE, w + j * w_at.s1,
                            row + j < rows ? count : 0);
  }
}

/* Put the block at (k, n) into `block`. With AHEAD it has been loaded before
 * and is in `next`, and the one a step further on is loaded into that. */
static void take_block(CHUNK(W_TYPE) block[8], CHUNK(W_TYPE) next[8],
                       __global const STORAGE(W_TYPE) * w, ulong2 w_at, uint k,
                       uint n, uint K, uint N) {
#if AHEAD
#pragma unroll
  for (uint j = 0; j < 8; j++) block[j] = next[j];
  if (k + STEP < K) load_block(next, w, w_at, k + STEP, n, K, N);
#else
  load_block(block, w, w_at, k, n, K, N);
#endif
}

/* Add the products of eight elements of a row with the block of weights at
 * (k, n). */
static void multiply(float sum[8], CHUNK(ROW_TYPE) chunk,
                     const CHUNK(W_TYPE) block[8], uint k, uint n) {
  float a[8], b[8];
  vstore8(FLOATS(ROW_TYPE, chunk), 0, a);
#pragma unroll
  for (uint j = 0; j < 8; j++) {
    vstore8(WEIGHTS(block[j], W_OUT_IN ? k : k + j, W_OUT_IN ? n + j : n), 0,
            b);
#pragma unroll
    for (uint i = 0; i < 8; i++) {
      const uint down = W_OUT_IN ? i : j, across = W_OUT_IN ? j : i;
      sum[across] = fma(a[down], b[i], sum[across]);
    }
  }
}

/* Where the sums of the slots meet. */
#define PARTS (SLOTS / 8)
struct meeting {
  float slots[8][GROUP];
  float parts[ROWS][8][GROUP / 8];
};
typedef char
    meeting_check[sizeof(struct meeting) == SKINNY_MEETING_BYTES(ROWS) ? 1
                                                                       : -1];

static void add_slots(float sum[ROWS][8], __local struct meeting *at,
                      bool is_first) {
  const uint id = get_local_id(0);
  const uint col = id / (GROUP / 8), cell = id % (GROUP / 8);
  const uint block = BLOCK(cell, PARTS), part = SLOT(cell, PARTS);
#pragma unroll
  for (uint r = 0; r < ROWS; r++) {
#pragma unroll
    for (uint i = 0; i < 8; i++) at->slots[i][id] = sum[r][i];
    barrier(CLK_LOCAL_MEM_FENCE);
    float v = is_first ? 0.0f : at->parts[r][col][cell];
#pragma unroll
    for (uint i = 0; i < 8; i++)
      v += at->slots[col][CELL(part + i * PARTS, block, SLOTS)];
    at->parts[r][col][cell] = v;
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}

/* What the column that the work-item stores has of the bias, and GATED of its
 * second half: fetched with the first weights, it is there when it is needed. */
static float2 load_bias(__global const STORAGE(BIAS_TYPE) * bias, ulong bias_at,
                        uint n0, uint N) {
  const uint n = n0 + get_local_id(0) % C_WIDTH;
  if (n >= N) return 0.0f;
  return (float2)(BIAS(LOAD, bias, bias_at + n),
                  GATED ? BIAS(LOAD, bias, bias_at + N + n) : 0.0f);
}

/* The sum of a row's column. */
static float sum_of_parts(__local const struct meeting *at, uint row,
                          uint col) {
  float v = 0.0f;
  for (uint part = 0; part < PARTS; part++)
    v += at->parts[row][col % 8][CELL(part, col / 8, PARTS)];
  return v;
}

/* Finish the group's rows and columns of c; shift: see load_bias. */
static void finish(__local const struct meeting *at, float2 shift,
                   __global STORAGE(C_TYPE) * c, ulong2 c_at, uint m0, uint n0,
                   uint M, uint N RESIDUAL_PARAMETERS) {
  for (uint i = get_local_id(0); i < ROWS * C_WIDTH; i += GROUP) {
    const uint r = i / C_WIDTH, col = i % C_WIDTH;
    const uint m = m0 + r, n = n0 + col;
    if (m >= M || n >= N) continue;
    const float v = sum_of_parts(at, r, col) + shift.x;
#if GATED
    const float g = sum_of_parts(at, r, C_WIDTH + col) + shift.y;
    const float y = v * ACTIVATE(g);
#else
    const float y = ACTIVATE(v);
#endif
    STORE(C_TYPE, WITH_RESIDUAL(LOAD, y, m, n), c, C_AT(m, n));
  }
}
