/* attention.cl - what the attention kernels share. For query i of a head
 *
 *   y_i = sum_j w_ij v_j / sum_j w_ij,  w_ij = exp(s_ij - most_i)
 *   s_ij = cap(scale * q_i k_j) + mask_ij,  most_i = max_j s_ij
 *
 * over the keys j that the query sees; 0 if it sees none.
 *
 *   Q_TYPE, K_TYPE, V_TYPE, Y_TYPE  storage types
 *   MASK_TYPE        a storage type or none
 *   SOFT_CAP         1: cap(s) is soft_cap * tanh(s / soft_cap); 0: it is s
 *   READS_LENGTHS    1: the number of keys that are there is lengths[lengths_at
 *                    + batch]; 0: it is `key_count`
 *   READS_POSITIONS  1: query 0 stands at positions[positions_at + batch]; 0: at
 *                    `start`
 *
 * Of a view, *_at holds the offset and the strides of batch, head and row, in
 * elements. A query at position p sees the keys p - before to p + behind. `share`
 * heads of q have one head of k and v.
 *
 * The sums go along with the largest score so far: where a larger one comes,
 * what was summed is multiplied by exp(old - new). Before the first key that is
 * NO_SCORE: the least number, so that a difference of two is no NaN.
 */
#if !(defined Q_TYPE && defined K_TYPE && defined V_TYPE && defined Y_TYPE && \
      defined MASK_TYPE && defined SOFT_CAP && defined READS_LENGTHS &&      \
      defined READS_POSITIONS)
#error "attention/attention.cl: a macro is missing"
#endif
#include "lib/storage.cl"

#define ATTENTION_PARAMETERS                                                 \
  __global const STORAGE(Q_TYPE) * q, ulong4 q_at,                           \
      __global const STORAGE(K_TYPE) * k, ulong4 k_at,                       \
      __global const STORAGE(V_TYPE) * v, ulong4 v_at,                       \
      __global const STORAGE(MASK_TYPE) * mask, ulong4 mask_at,              \
      __global const int *lengths, ulong lengths_at, uint key_count,         \
      __global const int *positions, ulong positions_at, uint start,         \
      __global STORAGE(Y_TYPE) * y, ulong4 y_at, uint before, uint behind,   \
      uint heads, uint share, uint queries, uint keys, uint size,            \
      uint value_size, float scale, float soft_cap

#define NO_SCORE (-FLT_MAX)

/* For kernels whose scores are powers of 2. */
#define LOG2_E 1.44269504f

/* Where row r of head h of sequence b begins. */
#define ROW_AT(at, b, h, r) \
  ((at).s0 + (size_t)(b)*(at).s1 + (size_t)(h)*(at).s2 + (size_t)(r)*(at).s3)

#if READS_LENGTHS
#define LENGTH(b) ((uint)clamp(lengths[lengths_at + (b)], 0, (int)keys))
#else
#define LENGTH(b) key_count
#endif
#if READS_POSITIONS
#define POSITION(b) ((uint)max(positions[positions_at + (b)], 0))
#else
#define POSITION(b) start
#endif

/* The first key that a query at position p sees, and the end of those, of so
 * many that are there. */
static uint first_key(uint p, uint before) { return p > before ? p - before : 0; }
static uint end_of_keys(uint p, uint behind, uint there) {
  const uint end = behind < UINT_MAX - 1 - p ? p + behind + 1 : UINT_MAX;
  return min(end, there);
}

#if SOFT_CAP
#define CAPPED(s) (soft_cap * tanh((s) / soft_cap))
#else
#define CAPPED(s) (s)
#endif
