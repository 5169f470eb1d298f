/* tiled.cl - attention for GPUs, without any vendor's instructions: a work-group
 * takes QUERIES queries of a head and goes through the keys, a tile at a time.
 *
 *   QUERIES  16, 32 or 64
 *   ROOM     at least the features of a key and of a value: 64, 128 or 256
 *   and the macros of attention.cl
 *
 *   keys ->                                values ->
 *   +----+----+ ... +----+                 +----+----+ ... +----+
 *   | 4x2|    |     |    |  4 queries      | 4x4|    |     |    |  4 queries
 *   +----+----+ ... +----+  each           +----+----+ ... +----+  each
 *   |    |    |     |    |                 |    |    |     |    |
 *   16 work-items side by side             the same; where ROOM is more than
 *                                          64, again for the next 64 columns
 *
 * The scores become weights in local memory, where GROUP / QUERIES work-items
 * share a query: each looks for the largest of its scores, then all know the
 * largest of all. Local arrays have a line for each feature, key or weight, with
 * an element for each query or key, so that quads of them are read at once.
 */
#if !(defined QUERIES && defined ROOM)
#error "attention/tiled.cl: a macro is missing"
#endif
#include "attention/attention.cl"
#include "attention/tiled.h"

#define TILE_KEYS ATTENTION_TILE_KEYS
#define ITEM_QUERIES ATTENTION_ITEM_QUERIES
#define ITEM_COLS ATTENTION_ITEM_COLS
#define KEY_DEPTH ATTENTION_KEY_DEPTH
#define VALUE_DEPTH ATTENTION_VALUE_DEPTH
#define GROUP ATTENTION_TILE_GROUP(QUERIES)
#define SHARE (GROUP / QUERIES) /* work-items of a query while weighing */
#define QUERY_LINE ATTENTION_TILE_LINE(QUERIES)
#define KEY_LINE ATTENTION_TILE_LINE(TILE_KEYS)
#define ITEM_KEYS (TILE_KEYS / ITEM_COLS)
#define STRIPS (ROOM / (4 * ITEM_COLS)) /* of four columns that an item has */

struct tile {
  float q[ROOM * QUERY_LINE];
  float weights[TILE_KEYS * QUERY_LINE];
  float part[ATTENTION_PART_FLOATS(ROOM)]; /* of the keys, then of the values */
  float most[SHARE][QUERIES], total[SHARE][QUERIES], fade[QUERIES];
};
typedef char tile_check[sizeof(struct tile) == 4 * ATTENTION_TILE_FLOATS(QUERIES, ROOM)
                            ? 1
                            : -1];

/* Rows as columns, to[feature][row], from the feature `first` on. Rows from
 * `there` on and features from `size` on do not exist, and are 0. */
#define TURN(type, to, line, rows, depth, from, stride, there, first, size)      \
  for (uint index = get_local_id(0); index < (rows) * (depth); index += GROUP) { \
    const uint turned = index / (depth), feature = index % (depth);              \
    (to)[feature * (line) + turned] =                                            \
        turned < (there) && (first) + feature < (size)                           \
            ? LOAD(type, from, turned * (stride) + (first) + feature)            \
            : 0.0f;                                                              \
  }

/* Products of an item's queries with its keys. */
static void multiply_keys(float score[ITEM_QUERIES][ITEM_KEYS],
                          __local const float *q, __local const float *part) {
  const uint m = get_local_id(0) / ITEM_COLS * ITEM_QUERIES,
             n = get_local_id(0) % ITEM_COLS * ITEM_KEYS;
  for (uint d = 0; d < KEY_DEPTH; d++) {
    float a[4];
    vstore4(*(__local const float4 *)(q + d * QUERY_LINE + m), 0, a);
#pragma unroll
    for (uint j = 0; j < ITEM_KEYS; j++) {
      const float key = part[d * KEY_LINE + n + j];
#pragma unroll
      for (uint i = 0; i < ITEM_QUERIES; i++)
        score[i][j] = fma(a[i], key, score[i][j]);
    }
  }
}

/* sum += weights * values for VALUE_DEPTH keys. */
static void add_values(float4 sum[ITEM_QUERIES][STRIPS],
                       __local const float *weights,
                       __local const float *part) {
  const uint m = get_local_id(0) / ITEM_COLS * ITEM_QUERIES,
             n = get_local_id(0) % ITEM_COLS * 4;
#pragma unroll
  for (uint j = 0; j < VALUE_DEPTH; j++) {
    float w[4];
    vstore4(*(__local const float4 *)(weights + j * QUERY_LINE + m), 0, w);
#pragma unroll
    for (uint s = 0; s < STRIPS; s++) {
      const float4 value =
          *(__local const float4 *)(part + j * ROOM + 4 * ITEM_COLS * s + n);
#pragma unroll
      for (uint i = 0; i < ITEM_QUERIES; i++)
        sum[i][s] = fma((float4)(w[i]), value, sum[i][s]);
    }
  }
}

/* Scores become weights. Each work-item knows of its query the largest score so
 * far and the sum of the weights. */
static void weigh(__local struct tile *t, float *most, float *total) {
  const uint row = get_local_id(0) % QUERIES, me = get_local_id(0) / QUERIES;
  __local float *mine = t->weights + me * (TILE_KEYS / SHARE) * QUERY_LINE + row;
  float largest = *most, sum = 0.0f;
  for (uint j = 0; j < TILE_KEYS / SHARE; j++)
    largest = fmax(largest, mine[j * QUERY_LINE]);
  t->most[me][row] = largest;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint s = 0; s < SHARE; s++) largest = fmax(largest, t->most[s][row]);
  for (uint j = 0; j < TILE_KEYS / SHARE; j++) {
    const float weight = exp(mine[j * QUERY_LINE] - largest);
    mine[j * QUERY_LINE] = weight;
    sum += weight;
  }
  const float fade = exp(*most - largest);
  t->total[me][row] = sum;
  if (me == 0) t->fade[row] = fade;
  barrier(CLK_LOCAL_MEM_FENCE);
  *total *= fade;
  for (uint s = 0; s < SHARE; s++) *total += t->total[s][row];
  *most = largest;
}

/* What a work-group computes: the queries from `first` on of a head, of which
 * `rows` exist; query 0 stands at `position`, and `there` keys are there. */
struct block {
  uint b, h, first, rows, position, there;
};

/* Products become scores, in the tile's array of weights: -Inf where a query does
 * not see the key. */
static void put_scores(__local float *weights,
                       float score[ITEM_QUERIES][ITEM_KEYS],
                       const struct block *at, uint j0, uint before,
                       uint behind, float scale, float soft_cap,
                       __global const STORAGE(MASK_TYPE) * mask,
                       ulong4 mask_at) {
  const uint m = get_local_id(0) / ITEM_COLS * ITEM_QUERIES,
             n = get_local_id(0) % ITEM_COLS * ITEM_KEYS;
#pragma unroll
  for (uint i = 0; i < ITEM_QUERIES; i++)
#pragma unroll
    for (uint j = 0; j < ITEM_KEYS; j++) {
      const uint key = j0 + n + j, query = at->first + m + i;
      const uint p = at->position + query;
      float s = CAPPED(score[i][j] * scale);
      const bool seen = key >= first_key(p, before) &&
                        key < end_of_keys(p, behind, at->there);
#if HAS(MASK_TYPE)
      if (seen && m + i < at->rows)
        s += LOAD(MASK_TYPE, mask, ROW_AT(mask_at, at->b, at->h, query) + key);
#endif
      weights[(n + j) * QUERY_LINE + m + i] = seen ? s : -INFINITY;
    }
}

/* The values of keys j to j + VALUE_DEPTH of a tile that has `count`. */
static void load_values(__local float *part, __global const STORAGE(V_TYPE) * v,
                        ulong stride, uint j, uint count, uint value_size) {
  for (uint at = get_local_id(0); at < VALUE_DEPTH * ROOM; at += GROUP) {
    const uint row = j + at / ROOM, c = at % ROOM;
    part[at] = row < count && c < value_size ? LOAD(V_TYPE, v, row * stride + c)
                                             : 0.0f;
  }
}

/* The sums, each row's divided by that of its weights. */
static void store_results(float4 sum[ITEM_QUERIES][STRIPS],
                          __local const float *shares, const struct block *at,
                          __global STORAGE(Y_TYPE) * y, ulong4 y_at,
                          uint value_size) {
  const uint m = get_local_id(0) / ITEM_COLS * ITEM_QUERIES,
             n = get_local_id(0) % ITEM_COLS * 4;
#pragma unroll
  for (uint i = 0; i < ITEM_QUERIES; i++)
#pragma unroll
    for (uint s = 0; s < STRIPS; s++) {
      float out[4];
      vstore4(sum[i][s] * shares[m + i], 0, out);
      for (uint c = 0; c < 4; c++) {
        const uint col = 4 * ITEM_COLS * s + n + c;
        if (m + i < at->rows && col < value_size)
          STORE(Y_TYPE, out[c], y,
                ROW_AT(y_at, at->b, at->h, at->first + m + i) + col);
      }
    }
}

/* The group's queries and a tile's keys, a part of the features at a time. */
static void multiply_tile(float score[ITEM_QUERIES][ITEM_KEYS],
                          __local struct tile *t,
                          __global const STORAGE(K_TYPE) * k, ulong stride,
                          uint count, uint size) {
  for (uint d = 0; d < size; d += KEY_DEPTH) {
    barrier(CLK_LOCAL_MEM_FENCE); /* the part before has been read */
    TURN(K_TYPE, t->part, KEY_LINE, TILE_KEYS, KEY_DEPTH, k, stride, count, d,
         size);
    barrier(CLK_LOCAL_MEM_FENCE);
    multiply_keys(score, t->q + d * QUERY_LINE, t->part);
  }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
attention_tiled(ATTENTION_PARAMETERS) {
  __local struct tile t __attribute__((aligned(16))); /* quads are read */
  const uint id = get_local_id(0), m = id / ITEM_COLS * ITEM_QUERIES;
  const uint blocks = (queries + QUERIES - 1) / QUERIES;
  struct block at;
  at.first = get_group_id(0) % blocks * QUERIES;
  at.h = get_group_id(0) / blocks % heads;
  at.b = get_group_id(0) / blocks / heads;
  at.rows = min(queries - at.first, (uint)QUERIES);
  at.position = POSITION(at.b);
  at.there = LENGTH(at.b);
  const uint p = at.position + at.first;
  const uint end = end_of_keys(p + at.rows - 1, behind, at.there);
  k += ROW_AT(k_at, at.b, at.h / share, 0);
  v += ROW_AT(v_at, at.b, at.h / share, 0);
  q += ROW_AT(q_at, at.b, at.h, at.first);
  TURN(Q_TYPE, t.q, QUERY_LINE, QUERIES, ROOM, q, q_at.s3, at.rows, 0, size);

  float4 sum[ITEM_QUERIES][STRIPS];
#pragma unroll
  for (uint i = 0; i < ITEM_QUERIES; i++)
#pragma unroll
    for (uint s = 0; s < STRIPS; s++) sum[i][s] = 0.0f;
  float most = NO_SCORE, total = 0.0f;

  for (uint j0 = first_key(p, before); j0 < end; j0 += TILE_KEYS) {
    const uint count = min(end - j0, (uint)TILE_KEYS);
    float score[ITEM_QUERIES][ITEM_KEYS] = {{0.0f}};
    multiply_tile(score, &t, k + j0 * k_at.s3, k_at.s3, count, size);
    put_scores(t.weights, score, &at, j0, before, behind, scale, soft_cap, mask,
               mask_at);
    barrier(CLK_LOCAL_MEM_FENCE);
    weigh(&t, &most, &total);
#pragma unroll
    for (uint i = 0; i < ITEM_QUERIES; i++)
#pragma unroll
      for (uint s = 0; s < STRIPS; s++) sum[i][s] *= t.fade[m + i];
    for (uint j = 0; j < count; j += VALUE_DEPTH) {
      barrier(CLK_LOCAL_MEM_FENCE);
      load_values(t.part, v + j0 * v_at.s3, v_at.s3, j, count, value_size);
      barrier(CLK_LOCAL_MEM_FENCE);
      add_values(sum, t.weights + j * QUERY_LINE, t.part);
    }
  }

  if (id < QUERIES) t.fade[id] = total == 0.0f ? 0.0f : 1.0f / total;
  barrier(CLK_LOCAL_MEM_FENCE);
  store_results(sum, t.fade, &at, y, y_at, value_size);
}
