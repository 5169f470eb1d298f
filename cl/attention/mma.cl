/* mma.cl - attention on NVIDIA's matrix units: a warp takes 16 queries of a head
 * and goes through the keys, a tile at a time.
 *
 *   ROOM  at least the features of a key and of a value: 32, 64 or 128
 *   COPY  as in chunks.cl, of the rows of q, k and v
 *   and the macros of attention.cl; q, k and v have one type of two bytes
 *
 *   registers of a warp                    local memory, for all four warps
 *            KEYS                                  ROOM
 *          +----------+                          +--------+
 *   scores |          | 16 queries        keys   |        | KEYS
 *          +----------+                          +--------+
 *            ROOM                         values |        | KEYS
 *          +----------+                          +--------+
 *   sums   |          | 16 queries
 *          +----------+
 *
 * While scores are computed, the tile's values are on their way; while values are
 * added up, the next tile's keys. What the units hand back of scores, lane by
 * lane, is what they take as the left factor of the second product, so weights
 * never leave the registers; there they are rounded to the type of v.
 */
#if !(defined ROOM && defined COPY)
#error "attention/mma.cl: a macro is missing"
#endif
#include "attention/mma.h"
#define KEYS ATTENTION_MMA_KEYS
#include "attention/fragments.cl"
#include "lib/chunks.cl"

#define CHUNKS (ROOM / 8)
#define TILE_BYTES (KEYS * ROOM * 2)
#define STEPS (ROOM / 16) /* along the features of a key */

/* Copy KEYS rows, of which `rows` are there, with `cols` elements each. */
INLINE void copy_tile(__local uchar *tile,
                      __global const STORAGE(K_TYPE) * from, ulong stride,
                      uint rows, uint cols) {
#pragma unroll
  for (uint i = 0; i < KEYS * CHUNKS / ATTENTION_MMA_GROUP; i++) {
    const uint at = i * ATTENTION_MMA_GROUP + get_local_id(0);
    const uint row = at / CHUNKS, chunk = at % CHUNKS;
    const bool is_there = row < rows && chunk * 8 < cols;
    copy_chunk(tile + chunk_at(row, chunk, CHUNKS),
               (__global const uchar *)(from + row * stride + chunk * 8),
               is_there ? (int)min(cols - chunk * 8, 8u) * 2 : 0);
  }
}

/* The warp's 16 rows of a tile as the units' left factors. */
INLINE void load_queries(uint *a, __local const uchar *tile, uint row) {
  const uint lane = get_local_id(0) % 32;
#pragma unroll
  for (uint s = 0; s < STEPS; s++)
    load_matrices(a + 4 * s, tile + chunk_at(row + lane % 16,
                                             2 * s + lane / 16, CHUNKS));
}

/* scores = queries * keys. */
INLINE void multiply_keys(float *scores, uint *a, __local const uchar *keys) {
  const uint lane = get_local_id(0) % 32;
  const uint row = lane / 16 * 8 + lane % 8, chunk = lane / 8 % 2;
#pragma unroll
  for (uint i = 0; i < KEYS / 2; i++) scores[i] = 0.0f;
#pragma unroll
  for (uint s = 0; s < STEPS; s++)
#pragma unroll
    for (uint j = 0; j < KEYS; j += 16) {
      uint w[4];
      load_matrices(w, keys + chunk_at(j + row, 2 * s + chunk, CHUNKS));
      MULTIPLY_ADD(K_TYPE, scores + j / 2, a + 4 * s, w);
      MULTIPLY_ADD(K_TYPE, scores + j / 2 + 4, a + 4 * s, w + 2);
    }
}

/* sums += weights * values. */
INLINE void add_values(float *sums, const float *weights,
                       __local const uchar *values) {
  const uint lane = get_local_id(0) % 32;
  uint a[KEYS / 4];
  pack_weights(a, weights);
#pragma unroll
  for (uint j = 0; j < KEYS; j += 16)
#pragma unroll
    for (uint c = 0; c < ROOM; c += 16) {
      uint w[4];
      load_transposed(w, values + chunk_at(j + lane % 16, c / 8 + lane / 16,
                                           CHUNKS));
      MULTIPLY_ADD(V_TYPE, sums + c / 2, a + j / 4, w);
      MULTIPLY_ADD(V_TYPE, sums + c / 2 + 4, a + j / 4, w + 2);
    }
}

__kernel __attribute__((reqd_work_group_size(ATTENTION_MMA_GROUP, 1, 1))) void
attention_mma(ATTENTION_PARAMETERS) {
  __local uchar memory[2 * TILE_BYTES] __attribute__((aligned(128)));
  __local uchar *key_tile = memory, *value_tile = memory + TILE_BYTES;
  const uint lane = get_local_id(0) % 32, warp = get_local_id(0) / 32;
  const uint blocks = (queries + ATTENTION_MMA_QUERIES - 1) / ATTENTION_MMA_QUERIES;
  /* The last queries, which may see most, come first. */
  const uint first = (blocks - 1 - get_group_id(0) % blocks) * ATTENTION_MMA_QUERIES;
  const uint h = get_group_id(0) / blocks % heads;
  const uint b = get_group_id(0) / blocks / heads;
  const uint group_rows = min(queries - first, (uint)ATTENTION_MMA_QUERIES);
  const uint p = POSITION(b), there = LENGTH(b);
  const uint begin = first_key(p + first, before);
  const uint end = end_of_keys(p + first + group_rows - 1, behind, there);
  struct rows rows = rows_of(first, group_rows, 16 * warp + lane / 4, p, there,
                             before, behind, scale);
  k += ROW_AT(k_at, b, h / share, 0);
  v += ROW_AT(v_at, b, h / share, 0);
  mask += ROW_AT(mask_at, b, h, 0);

  uint a[4 * STEPS];
  copy_tile(key_tile, q + ROW_AT(q_at, b, h, first), q_at.s3, group_rows, size);
  commit_copies();
  WAIT_FOR_COPIES(0);
  barrier(CLK_LOCAL_MEM_FENCE);
  load_queries(a, key_tile, 16 * warp);
  barrier(CLK_LOCAL_MEM_FENCE);

  float sums[ROOM / 2];
#pragma unroll
  for (uint i = 0; i < ROOM / 2; i++) sums[i] = 0.0f;
  if (begin < end)
    copy_tile(key_tile, k + begin * k_at.s3, k_at.s3, end - begin, size);
  commit_copies();
  for (uint j0 = begin; j0 < end; j0 += KEYS) {
    float scores[KEYS / 2];
    copy_tile(value_tile, v + j0 * v_at.s3, v_at.s3, end - j0, value_size);
    commit_copies();
    WAIT_FOR_COPIES(1);
    barrier(CLK_LOCAL_MEM_FENCE); /* the keys are there */
    multiply_keys(scores, a, key_tile);
    barrier(CLK_LOCAL_MEM_FENCE); /* and may go */
    if (j0 + KEYS < end)
      copy_tile(key_tile, k + (j0 + KEYS) * k_at.s3, k_at.s3, end - j0 - KEYS,
                size);
    commit_copies();
    finish_scores(scores, &rows, j0, scale, soft_cap, mask, mask_at.s3);
    weigh(scores, sums, &rows);
    WAIT_FOR_COPIES(1);
    barrier(CLK_LOCAL_MEM_FENCE); /* the values are there */
    add_values(sums, scores, value_tile);
    barrier(CLK_LOCAL_MEM_FENCE); /* and may go */
  }
  store_rows(sums, &rows, y + ROW_AT(y_at, b, h, 0), y_at.s3, value_size);
}
