/* few.cl - attention of few queries on NVIDIA: keys and values are read once, for
 * all heads that share them, by as many work-groups as the device has room for.
 *
 *   ROWS     1, 2, 4 or 8: at least the queries, times the heads that share a key
 *   ROOM     at least the features of a key and of a value: 64, 128 or 256
 *   ALIGNED  1: rows of q, k and v begin at multiples of 16 bytes; 0: anywhere
 *   and the macros of attention.cl
 *
 * A group has a part of the keys of a head of k and v. A team of work-items shares
 * a key: each multiplies eight features with those of all rows, and then adds the
 * key's value to the sums of its eight features. A team knows nothing of others
 * until its last key:
 *
 *   keys      | team 0 | team 1 | ... | team 0 | ...    AHEAD keys at once
 *   then      teams of a warp > warps of the group, in local memory > the groups of
 *             a head, in global memory, by the last of them to come
 *
 * always in the same order.
 */
#if !(defined ROWS && defined ROOM && defined ALIGNED)
#error "attention/few.cl: a macro is missing"
#endif
#include "attention/few.h"
#define NVIDIA 1
#include "lib/wide.cl"
#include "attention/attention.cl"
#include "lib/last_group.cl"

#define GROUP FEW_GROUP
#define TEAM FEW_TEAM(ROOM)
#define TEAMS (GROUP / TEAM)
#define WARPS (GROUP / 32)
#define AHEAD (ROWS < 4 ? 4 : 2) /* keys on their way into registers */
#define INLINE static __attribute__((always_inline))

/* What is known of a row: eight of the sums, the largest score, and the sum of the
 * weights. */
struct sums {
  float8 of[ROWS];
  float most[ROWS], total[ROWS];
};

/* Put together what is known of a row from two sources: by the result each one's
 * sums are to be multiplied before they are added. */
INLINE float2 join(float *most, float *total, float other_most,
                   float other_total) {
  const float largest = fmax(*most, other_most);
  const float2 fades = (float2)(exp2_flushed(*most - largest),
                                exp2_flushed(other_most - largest));
  *total = *total * fades.x + other_total * fades.y;
  *most = largest;
  return fades;
}

INLINE float8 exchange8(float8 v, uint apart) {
  return (float8)(exchange(v.s0, apart), exchange(v.s1, apart),
                  exchange(v.s2, apart), exchange(v.s3, apart),
                  exchange(v.s4, apart), exchange(v.s5, apart),
                  exchange(v.s6, apart), exchange(v.s7, apart));
}

/* The sum over a team. */
INLINE float add_team(float v) {
#pragma unroll
  for (uint apart = 1; apart < TEAM; apart *= 2) v += exchange(v, apart);
  return v;
}

INLINE float dot8(float8 a, float8 b) {
  const float4 p = fma(a.hi, b.hi, a.lo * b.lo);
  return (p.x + p.y) + (p.z + p.w);
}

/* Take AHEAD keys into the sums; scores of -Inf are those of keys that the row
 * does not see. */
INLINE void take(struct sums *s, float scores[ROWS][AHEAD],
                 const float8 values[AHEAD]) {
#pragma unroll
  for (uint r = 0; r < ROWS; r++) {
    float largest = s->most[r];
#pragma unroll
    for (uint a = 0; a < AHEAD; a++) largest = fmax(largest, scores[r][a]);
    const float fade = exp2_flushed(s->most[r] - largest);
    s->of[r] *= fade;
    s->total[r] *= fade;
    s->most[r] = largest;
#pragma unroll
    for (uint a = 0; a < AHEAD; a++) {
      const float weight = exp2_flushed(scores[r][a] - largest);
      s->total[r] += weight;
      s->of[r] = fma((float8)(weight), values[a], s->of[r]);
    }
  }
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
attention_few(ATTENTION_PARAMETERS, __global float *parts, ulong2 parts_at,
              __global ulong *arrived, ulong2 arrived_at) {
  __local float sums[WARPS][ROWS][ROOM], most[WARPS][ROWS], total[WARPS][ROWS];
  __local uint last[1]; /* 1: this group is the last of its head */
  const uint id = get_local_id(0), warp = id / 32, lane = id % 32;
  const uint feature = id % TEAM * 8, kv_heads = heads / share;
  const uint h = get_group_id(0) % kv_heads, b = get_group_id(0) / kv_heads;
  const uint p = POSITION(b), there = LENGTH(b);
  const uint rows = queries * share;
  k += ROW_AT(k_at, b, h, 0) + feature;
  v += ROW_AT(v_at, b, h, 0) + feature;
  const uint key_features = feature < size ? size - feature : 0;
  const uint value_features = feature < value_size ? value_size - feature : 0;

  /* The group's part of the keys that any query sees. */
  const uint first = first_key(p, before);
  const uint end = max(first, end_of_keys(p + queries - 1, behind, there));
  const uint parts_of_keys = get_num_groups(1), part = get_group_id(1);
  const uint from = first + (ulong)(end - first) * part / parts_of_keys;
  const uint to = first + (ulong)(end - first) * (part + 1) / parts_of_keys;

  float8 query[ROWS];
  struct sums s;
#pragma unroll
  for (uint r = 0; r < ROWS; r++) {
    const uint i = min(r / share, queries - 1), head = h * share + r % share;
    query[r] = FLOATS(Q_TYPE, LOAD_CHUNK(Q_TYPE, ALIGNED,
                                         q + ROW_AT(q_at, b, head, i) + feature,
                                         key_features));
    s.of[r] = 0.0f;
    s.most[r] = NO_SCORE;
    s.total[r] = 0.0f;
  }

  /* All teams of a warp go on as long as one of them has a key. */
  for (uint base = from; base < to; base += TEAMS * AHEAD) {
    const uint j0 = base + id / TEAM;
    CHUNK(K_TYPE) key_chunks[AHEAD];
    CHUNK(V_TYPE) value_chunks[AHEAD];
#pragma unroll
    for (uint a = 0; a < AHEAD; a++) {
      const uint j = j0 + a * TEAMS;
      key_chunks[a] = LOAD_CHUNK(K_TYPE, ALIGNED, k + j * k_at.s3,
                                 j < to ? key_features : 0);
      value_chunks[a] = LOAD_CHUNK(V_TYPE, ALIGNED, v + j * v_at.s3,
                                   j < to ? value_features : 0);
    }
    float scores[ROWS][AHEAD];
    float8 values[AHEAD];
#pragma unroll
    for (uint a = 0; a < AHEAD; a++) {
      const uint j = j0 + a * TEAMS;
      const float8 key = FLOATS(K_TYPE, key_chunks[a]);
      values[a] = FLOATS(V_TYPE, value_chunks[a]);
#pragma unroll
      for (uint r = 0; r < ROWS; r++) {
        const uint i = r / share;
        float score = CAPPED(scale * add_team(dot8(query[r], key)));
        const bool seen = j < to && j >= first_key(p + i, before) &&
                          j < end_of_keys(p + i, behind, there);
#if HAS(MASK_TYPE)
        if (seen && r < rows)
          score += LOAD(MASK_TYPE, mask,
                        ROW_AT(mask_at, b, h * share + r % share, i) + j);
#endif
        scores[r][a] = seen ? score * LOG2_E : -INFINITY;
      }
    }
    take(&s, scores, values);
  }

  /* The teams of a warp, then its sums to the others. */
#pragma unroll
  for (uint r = 0; r < ROWS; r++) {
#pragma unroll
    for (uint apart = TEAM; apart < 32; apart *= 2) {
      const float8 other = exchange8(s.of[r], apart);
      const float2 fades = join(&s.most[r], &s.total[r],
                                exchange(s.most[r], apart),
                                exchange(s.total[r], apart));
      s.of[r] = s.of[r] * fades.x + other * fades.y;
    }
    if (lane < TEAM) vstore8(s.of[r], 0, sums[warp][r] + feature);
    if (lane == 0) most[warp][r] = s.most[r], total[warp][r] = s.total[r];
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  /* The warps of the group, then those groups that share the head. A work-item has
   * four of the sums. */
  const uint handed = FEW_FLOATS(ROWS, ROOM), quads = ROWS * ROOM / 4;
  __global float *head_parts =
      parts + parts_at.s0 + (size_t)get_group_id(0) * parts_of_keys * handed;
  __global float *mine = head_parts + (size_t)part * handed;
  for (uint at = id; at < quads; at += GROUP) {
    const uint r = at * 4 / ROOM, c = at * 4 % ROOM;
    float4 sum = 0.0f;
    float largest = NO_SCORE, weights = 0.0f;
    for (uint w = 0; w < WARPS; w++) {
      const float2 fades = join(&largest, &weights, most[w][r], total[w][r]);
      sum = sum * fades.x + vload4(0, sums[w][r] + c) * fades.y;
    }
    vstore4(sum, at, mine);
    if (c == 0) vstore2((float2)(largest, weights), r, mine + ROWS * ROOM);
  }
  device_fence();
  barrier(CLK_LOCAL_MEM_FENCE);
  if (id == 0)
    *last = is_last(arrived + arrived_at.s0 / 2 + get_group_id(0), parts_of_keys);
  barrier(CLK_LOCAL_MEM_FENCE);
  if (!*last) return;
  device_fence();
  for (uint at = id; at < quads; at += GROUP) {
    const uint r = at * 4 / ROOM, c = at * 4 % ROOM;
    float4 sum = 0.0f;
    float largest = NO_SCORE, weights = 0.0f;
#pragma unroll 8
    for (uint n = 0; n < parts_of_keys; n++) {
      __global const float *of = head_parts + (size_t)n * handed;
      const float2 known = vload2(r, of + ROWS * ROOM);
      const float2 fades = join(&largest, &weights, known.x, known.y);
      sum = sum * fades.x + vload4(at, of) * fades.y;
    }
    float out[4];
    vstore4(weights == 0.0f ? (float4)(0.0f) : sum / weights, 0, out);
    if (r >= rows) continue;
#pragma unroll
    for (uint i = 0; i < 4; i++)
      if (c + i < value_size)
        STORE(Y_TYPE, out[i], y,
              ROW_AT(y_at, b, h * share + r % share, r / share) + c + i);
  }
}
