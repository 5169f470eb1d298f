/* cpu.cl - attention for CPUs: a work-item takes the queries of a head that two
 * vectors have lanes for, and goes through the keys, a block at a time.
 *
 *   LANES  floats in a vector register: 4, 8 or 16
 *   ROOM   at least the features of a key and of a value
 *   and the macros of attention.cl
 *
 * Vectors run along the queries, so nothing is ever summed across lanes, and the
 * largest score of each query is that of its lane:
 *
 *             queries                       queries                   queries
 *   scores  = keys x features  *  features [  qt  ]     sums += values [ weights ]
 *
 * Keys and values of a block are converted to float once, for all queries. Both
 * products go through four rows of the result at a time, whose sums stay in
 * registers.
 */
#if !(defined LANES && defined ROOM)
#error "attention/cpu.cl: a macro is missing"
#endif
#define ALIGNED 0
#define NVIDIA 0
#include "lib/vector.cl"
#include "attention/attention.cl"

#define QUERIES (2 * LANES)
#define KEYS 32 /* in a block; a multiple of 4 */
typedef CAT(int, LANES) ints;

/* Of two vectors of queries. */
struct state {
  floats most[2], total[2];
  ints begin[2], end[2]; /* of the keys that each sees */
};

#define COPY_ROW(type, from, to, count)                            \
  do {                                                             \
    uint at = 0;                                                   \
    for (; at + LANES <= (count); at += LANES)                     \
      STORES_f32(LOADS(type, from, at), to, at);                   \
    for (; at < (count); at++) (to)[at] = LOAD(type, from, at);    \
  } while (0)

/* scores[j] = (row j of the block) * qt, for `count` keys rounded up to 4. */
static void multiply_keys(floats scores[KEYS][2], const floats qt[ROOM][2],
                          const float *block, uint count, uint size) {
  for (uint j = 0; j < count; j += 4) {
    floats sum[4][2];
#pragma unroll
    for (uint u = 0; u < 4; u++) sum[u][0] = sum[u][1] = 0.0f;
    for (uint d = 0; d < size; d++)
#pragma unroll
      for (uint u = 0; u < 4; u++) {
        const floats key = block[(j + u) * ROOM + d];
        sum[u][0] = fma(key, qt[d][0], sum[u][0]);
        sum[u][1] = fma(key, qt[d][1], sum[u][1]);
      }
#pragma unroll
    for (uint u = 0; u < 4; u++)
      scores[j + u][0] = sum[u][0], scores[j + u][1] = sum[u][1];
  }
}

/* sums = sums * fade + (the block's values) * weights, four features at once. */
static void add_values(floats sums[ROOM][2], const floats fade[2],
                       const floats weights[KEYS][2], const float *block,
                       uint count, uint value_size) {
  for (uint c = 0; c < value_size; c += 4) {
    floats sum[4][2];
#pragma unroll
    for (uint u = 0; u < 4; u++) {
      sum[u][0] = sums[c + u][0] * fade[0];
      sum[u][1] = sums[c + u][1] * fade[1];
    }
    for (uint j = 0; j < count; j++)
#pragma unroll
      for (uint u = 0; u < 4; u++) {
        const floats value = block[j * ROOM + c + u];
        sum[u][0] = fma(value, weights[j][0], sum[u][0]);
        sum[u][1] = fma(value, weights[j][1], sum[u][1]);
      }
#pragma unroll
    for (uint u = 0; u < 4; u++)
      sums[c + u][0] = sum[u][0], sums[c + u][1] = sum[u][1];
  }
}

/* From products to weights, and what the sums so far are to be multiplied by. */
static void weigh(floats scores[KEYS][2], struct state *s, floats fade[2],
                  uint count) {
#pragma unroll
  for (uint part = 0; part < 2; part++) {
    floats most = s->most[part], total = 0.0f;
    for (uint j = 0; j < count; j++) most = fmax(most, scores[j][part]);
    for (uint j = 0; j < count; j++) {
      scores[j][part] = exp(scores[j][part] - most);
      total += scores[j][part];
    }
    fade[part] = exp(s->most[part] - most);
    s->total[part] = fma(s->total[part], fade[part], total);
    s->most[part] = most;
  }
}

/* The scores of the keys from `first` on, out of the products: scaled, capped,
 * with the mask added, and -Inf where a query does not see the key. */
static void finish_scores(floats scores[KEYS][2], const struct state *s,
                          uint first, uint count, float scale, float soft_cap,
                          __global const STORAGE(MASK_TYPE) *const *masks) {
  for (uint j = 0; j < count; j++)
#pragma unroll
    for (uint part = 0; part < 2; part++) {
      floats v = CAPPED(scores[j][part] * scale);
#if HAS(MASK_TYPE)
      float lanes[LANES];
      for (uint i = 0; i < LANES; i++)
        lanes[i] = LOAD(MASK_TYPE, masks[part * LANES + i], first + j);
      v += LOADS_f32(lanes, 0);
#endif
      const int key = first + j;
      const ints seen = key >= s->begin[part] && key < s->end[part];
      scores[j][part] = select((floats)(-INFINITY), v, seen);
    }
}

/* Each lane's limits, by the position of query 0 and how many keys there are. */
static void find_limits(struct state *s, uint p, uint before, uint behind,
                        uint there) {
  int begin[QUERIES], end[QUERIES];
  for (uint i = 0; i < QUERIES; i++) {
    begin[i] = first_key(p + i, before);
    end[i] = end_of_keys(p + i, behind, there);
  }
#pragma unroll
  for (uint part = 0; part < 2; part++) {
    s->begin[part] = CAT(vload, LANES)(part, begin);
    s->end[part] = CAT(vload, LANES)(part, end);
    s->most[part] = NO_SCORE;
    s->total[part] = 0.0f;
  }
}

/* The rows of q from i on, turned; the last one stands for those that are not
 * there. */
static void load_queries(floats qt[ROOM][2], __global const STORAGE(Q_TYPE) * q,
                         ulong4 q_at, uint b, uint h, uint i, uint queries,
                         uint size) {
  float row[ROOM];
  for (uint lane = 0; lane < QUERIES; lane++) {
    COPY_ROW(Q_TYPE, q + ROW_AT(q_at, b, h, min(i + lane, queries - 1)), row,
             size);
    for (uint d = 0; d < size; d++) ((float *)qt[d])[lane] = row[d];
  }
}

static void store_results(const floats sums[ROOM][2], const struct state *s,
                          __global STORAGE(Y_TYPE) * y, ulong4 y_at, uint b,
                          uint h, uint i, uint queries, uint value_size) {
  const uint count = min(queries - i, (uint)QUERIES);
  for (uint lane = 0; lane < count; lane++) {
    __global STORAGE(Y_TYPE) *to = y + ROW_AT(y_at, b, h, i + lane);
    const float total = ((const float *)s->total)[lane];
    float row[ROOM];
    uint c = 0;
    for (; c < value_size; c++)
      row[c] = total == 0.0f ? 0.0f : ((const float *)sums[c])[lane] / total;
    for (c = 0; c + LANES <= value_size; c += LANES)
      STORES(Y_TYPE, LOADS_f32(row, c), to, c);
    for (; c < value_size; c++) STORE(Y_TYPE, row[c], to, c);
  }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
attention_cpu(ATTENTION_PARAMETERS) {
  const uint blocks = (queries + QUERIES - 1) / QUERIES;
  const uint i = get_group_id(0) % blocks * QUERIES;
  const uint h = get_group_id(0) / blocks % heads;
  const uint b = get_group_id(0) / blocks / heads;
  const uint p = POSITION(b) + i, last = p + min(queries - i, (uint)QUERIES) - 1;
  const uint there = LENGTH(b), end = end_of_keys(last, behind, there);
  k += ROW_AT(k_at, b, h / share, 0);
  v += ROW_AT(v_at, b, h / share, 0);

  floats qt[ROOM][2], sums[ROOM][2], scores[KEYS][2], fade[2];
  float block[KEYS * ROOM];
  struct state s;
  __global const STORAGE(MASK_TYPE) * masks[QUERIES];
  for (uint lane = 0; lane < QUERIES; lane++)
    masks[lane] = mask + ROW_AT(mask_at, b, h, min(i + lane, queries - 1));
  load_queries(qt, q, q_at, b, h, i, queries, size);
  find_limits(&s, p, before, behind, there);
  for (uint c = 0; c < ROOM; c++) sums[c][0] = sums[c][1] = 0.0f;
  for (uint c = 0; c < KEYS * ROOM; c++) block[c] = 0.0f;

  for (uint j = first_key(p, before); j < end; j += KEYS) {
    const uint count = min(end - j, (uint)KEYS);
    for (uint row = 0; row < count; row++)
      COPY_ROW(K_TYPE, k + (j + row) * k_at.s3, block + row * ROOM, size);
    multiply_keys(scores, qt, block, count, size);
    finish_scores(scores, &s, j, count, scale, soft_cap, masks);
    weigh(scores, &s, fade, count);
    for (uint row = 0; row < count; row++)
      COPY_ROW(V_TYPE, v + (j + row) * v_at.s3, block + row * ROOM, value_size);
    add_values(sums, fade, scores, block, count, value_size);
  }
  store_results(sums, &s, y, y_at, b, h, i, queries, value_size);
}
