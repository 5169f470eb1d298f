/* fragments.cl - scores, weights and sums of attention as NVIDIA's matrix units
 * hand them out: a warp has 16 rows, and its lane 4 g + t, of every 8 columns,
 * columns 2 t and 2 t + 1 of rows g and g + 8. Of the floats that a work-item
 * has, float i lies in
 *
 *   row g + 8 * (i / 2 % 2), column i / 4 * 8 + 2 t + i % 2
 *
 *   KEYS  columns of scores and weights: a tile of keys
 *   ROOM  columns of sums: the features of values
 *   and the macros of attention.cl
 */
#if !(defined KEYS && defined ROOM)
#error "attention/fragments.cl: a macro is missing"
#endif
#include "attention/attention.cl"
#include "lib/nvidia.cl"

#define INLINE static __attribute__((always_inline))
#define COLUMN_OF(i) ((i) / 4 * 8 + get_local_id(0) % 4 * 2 + (i) % 2)

/* Without a cap and a mask, scores stay products until a weight is computed:
 * scaling them is part of that. */
#define STAY_PRODUCTS (!SOFT_CAP && !HAS(MASK_TYPE))

/* The two rows of a work-item, 8 apart: where they stand, which keys they see, and
 * what is known of the tiles so far. */
struct rows {
  uint first, count;     /* the first query; 1 or 2 of them exist, or none */
  uint begin[2], end[2]; /* of the keys that each sees */
  uint all_begin, all_end; /* of those that every query of the group sees */
  float most[2], total[2]; /* the total is of this work-item's columns */
  float factor;            /* scores to powers of 2 */
};

/* Of the queries from `group_first` on, `group_rows` of which exist, row `first`
 * and the one 8 below it. Query 0 stands at `position`. */
INLINE struct rows rows_of(uint group_first, uint group_rows, uint first,
                           uint position, uint there, uint before, uint behind,
                           float scale) {
  struct rows r;
  const uint p = position + group_first;
  r.first = group_first + first;
  r.count = (first < group_rows) + (first + 8 < group_rows);
  r.all_begin = first_key(p + group_rows - 1, before);
  r.all_end = end_of_keys(p, behind, there);
#pragma unroll
  for (uint i = 0; i < 2; i++) {
    r.begin[i] = first_key(p + first + 8 * i, before);
    r.end[i] = end_of_keys(p + first + 8 * i, behind, there);
    r.most[i] = STAY_PRODUCTS ? -1e30f : NO_SCORE;
    r.total[i] = 0.0f;
  }
  r.factor = STAY_PRODUCTS ? fabs(scale) * LOG2_E : LOG2_E;
  return r;
}

/* Products with the keys from j0 on become scores: scaled, capped, with the mask
 * added; -Inf where the query does not see the key. `mask` points to the row of
 * query 0. */
INLINE void finish_scores(float *scores, const struct rows *r, uint j0,
                          float scale, float soft_cap,
                          __global const STORAGE(MASK_TYPE) * mask,
                          ulong mask_stride) {
  const bool all_seen = j0 >= r->all_begin && j0 + KEYS <= r->all_end;
  if (STAY_PRODUCTS && all_seen && scale >= 0.0f) return;
#pragma unroll
  for (uint i = 0; i < KEYS / 2; i++) {
    const uint row = i / 2 % 2, key = j0 + COLUMN_OF(i);
    const bool seen = key >= r->begin[row] && key < r->end[row];
    float s = STAY_PRODUCTS ? (scale < 0.0f ? -scores[i] : scores[i])
                            : CAPPED(scores[i] * scale);
#if HAS(MASK_TYPE)
    if (seen && row < r->count)
      s += LOAD(MASK_TYPE, mask, (r->first + 8 * row) * mask_stride + key);
#endif
    scores[i] = seen ? s : -INFINITY;
  }
}

/* What the four lanes that share a row have between them. */
INLINE float largest_in_row(float v) {
  v = fmax(v, exchange(v, 1));
  return fmax(v, exchange(v, 2));
}
INLINE float sum_in_row(float v) {
  v += exchange(v, 1);
  return v + exchange(v, 2);
}

/* Scores become weights; the sums so far are multiplied by what the larger scores
 * among them ask for. */
INLINE void weigh(float *scores, float *sums, struct rows *r) {
#pragma unroll
  for (uint row = 0; row < 2; row++) {
    float largest = r->most[row], added = 0.0f;
#pragma unroll
    for (uint i = 2 * row; i < KEYS / 2; i += 4)
      largest = fmax(largest, fmax(scores[i], scores[i + 1]));
    largest = largest_in_row(largest);
    const float fade = exp2_flushed((r->most[row] - largest) * r->factor);
    const float base = -largest * r->factor;
    r->most[row] = largest;
#pragma unroll
    for (uint i = 2 * row; i < KEYS / 2; i += 4)
#pragma unroll
      for (uint e = i; e < i + 2; e++) {
        scores[e] = exp2_flushed(STAY_PRODUCTS
                                     ? fma(scores[e], r->factor, base)
                                     : (scores[e] - largest) * r->factor);
        added += scores[e];
      }
    r->total[row] = fma(r->total[row], fade, added);
#pragma unroll
    for (uint i = 2 * row; i < ROOM / 2; i += 4) sums[i] *= fade, sums[i + 1] *= fade;
  }
}

/* The weights as the left factor of the next product, two in a word: for every 16
 * keys four words. */
INLINE void pack_weights(uint *words, const float *weights) {
#pragma unroll
  for (uint i = 0; i < KEYS / 4; i++)
    words[i] = PACK(V_TYPE, weights[2 * i], weights[2 * i + 1]);
}

/* The rows of y, which points to that of query 0. */
INLINE void store_rows(const float *sums, const struct rows *r,
                       __global STORAGE(Y_TYPE) * y, ulong stride,
                       uint value_size) {
#pragma unroll
  for (uint row = 0; row < 2; row++) {
    const float total = sum_in_row(r->total[row]);
    const float share = total == 0.0f ? 0.0f : 1.0f / total;
    __global STORAGE(Y_TYPE) *to = y + (size_t)(r->first + 8 * row) * stride;
    if (row >= r->count) continue;
#pragma unroll
    for (uint i = 2 * row; i < ROOM / 2; i += 4)
#pragma unroll
      for (uint e = i; e < i + 2; e++)
        if (COLUMN_OF(e) < value_size)
          STORE(Y_TYPE, sums[e] * share, to, COLUMN_OF(e));
  }
}
