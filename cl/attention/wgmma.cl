/* wgmma.cl - attention by the tensor memory accelerator and the warp groups'
 * products of NVIDIA's sm_90: one warp group loads tiles, two teams, a warp group
 * each, take 64 queries of a head and go through its keys.
 *
 *   ROOM  at least the features of a key and of a value: 64 or 128
 *   and the macros of attention.cl; q, k and v have one type of two bytes, and
 *   their strides and offsets are multiples of 16 bytes
 *
 *   local memory: the queries, and a ring of tiles
 *        | queries | tile 0 | tile 1 | tile 2 | tile 3 |
 *   which takes keys and values in turn: those of 128 keys, then those of the
 *   next. A tile has 128 rows of ROOM elements, as boxes of 64 columns.
 *
 * Scores and sums are registers of the teams, and weights go into the second
 * product out of registers, rounded to the type of v. While one team computes
 * weights, the other one multiplies. A work-group goes on to other queries until
 * none are left.
 */
#ifndef ROOM
#error "attention/wgmma.cl: a macro is missing"
#endif
#include "attention/wgmma.h"
#define KEYS ATTENTION_WGMMA_KEYS
#include "attention/fragments.cl"
#define A_TYPE K_TYPE
#include "lib/hopper.cl"

#define STAGES 4
#define BOX_BYTES (KEYS * 128) /* 128 rows of 64 columns */
#define TILE_BYTES (ROOM / 64 * BOX_BYTES)
#define Q_MAP 0
#define K_MAP MAP_BYTES
#define V_MAP (2 * MAP_BYTES)

/* Barriers: the queries are there, and may go; each tile of the ring likewise. */
#define QUERIES_FULL 0
#define QUERIES_FREE 8
#define FULL(stage) (16 + 8 * (stage))
#define FREE(stage) (16 + 8 * (STAGES + (stage)))
#define BARRIERS (2 + 2 * STAGES)

/* Where a warp group is in the ring. */
struct ring {
  uint stage, parity;
};
static void advance(struct ring *r) {
  if (++r->stage < STAGES) return;
  r->stage = 0;
  r->parity ^= 1;
}

/* A piece of work: 128 queries of a head. */
struct piece {
  uint b, h, first, rows;
  uint position, there, begin, end; /* as in attention.cl; the keys of all */
};

/* Pieces are counted chunk by chunk of `chunk` heads, whose keys and values fit a
 * cache together. In a chunk the last queries of all heads come first, then those
 * before: they may see most, and a work-group that has every n-th piece gets its
 * share of the long ones and of the short ones. */
#define PIECES(queries) \
  (((queries) + ATTENTION_WGMMA_QUERIES - 1) / ATTENTION_WGMMA_QUERIES)
#define FIND_PIECE(piece, index)                                              \
  do {                                                                        \
    const uint blocks = PIECES(queries), begin = (index) / (blocks * chunk);  \
    const uint width = min(heads * batch - begin * chunk, chunk);             \
    const uint rest = (index) - begin * blocks * chunk;                       \
    const uint head = begin * chunk + rest % width;                           \
    (piece).first = (blocks - 1 - rest / width) * ATTENTION_WGMMA_QUERIES;    \
    (piece).rows =                                                            \
        min(queries - (piece).first, (uint)ATTENTION_WGMMA_QUERIES);          \
    (piece).h = head % heads;                                                 \
    (piece).b = head / heads;                                                 \
    (piece).position = POSITION((piece).b);                                   \
    (piece).there = LENGTH((piece).b);                                        \
    (piece).begin = first_key((piece).position + (piece).first, before);      \
    (piece).end =                                                             \
        end_of_keys((piece).position + (piece).first + (piece).rows - 1,      \
                    behind, (piece).there);                                   \
  } while (0)

static void load_tile(uint to, __global const uchar *map, uint b, uint h,
                      uint row, uint full) {
  mbarrier_arrive_expecting(full, TILE_BYTES);
#pragma unroll
  for (uint box = 0; box < ROOM / 64; box++)
    tma_load_view(to + box * BOX_BYTES, map, b, h, row, 64 * box, full);
}

/* Load keys, or values, into the next tile of the ring when it is free. */
static void load_next(struct ring *r, uint tiles, uint bars,
                      __global const uchar *map, uint b, uint h, uint row) {
  mbarrier_wait(bars + FREE(r->stage), r->parity ^ 1);
  load_tile(tiles + r->stage * TILE_BYTES, map, b, h, row,
            bars + FULL(r->stage));
  advance(r);
}

/* scores = queries * keys, when these are there. */
INLINE void multiply_keys(float *scores, uint queries_at, uint keys_at) {
  wgmma_begin();
#pragma unroll
  for (uint step = 0; step < ROOM / 16; step++) {
    const uint at = step / 4 * BOX_BYTES + step % 4 * 32;
    WGMMA(ATTENTION_WGMMA_KEYS, step > 0, scores, describe_boxes(queries_at + at, 16),
          describe_boxes(keys_at + at, 16), "0");
  }
  wgmma_commit();
  WGMMA_WAIT(0);
}

/* sums += weights * values. */
INLINE void add_values(float *sums, uint *weights, uint values_at) {
  wgmma_begin();
#pragma unroll
  for (uint step = 0; step < KEYS / 16; step++)
    WGMMA_BY_WORDS(ROOM, 1, sums, weights + 4 * step,
                   describe_boxes(values_at + step * 16 * 128, BOX_BYTES), "1");
  wgmma_commit();
  WGMMA_WAIT(0);
}

/* Values of keys that are not there may be anything, NaN as well: the weight 0
 * does not take that away. */
INLINE void clear_values(__local uchar *tile, uint rows) {
  const uint id = get_local_id(0) - 128;
  for (uint i = rows * 8 + id; i < KEYS * 8; i += 256)
#pragma unroll
    for (uint box = 0; box < ROOM / 64; box++)
      *(__local uint4 *)(tile + box * BOX_BYTES + i * 16) = (uint4)(0);
  fence_async();
  asm volatile("bar.sync 1, 256;" ::: "memory");
}

/* The loading warp group, of which one work-item suffices. */
#define LOAD_ALL()                                                           \
  do {                                                                       \
    struct ring r = {0, 0};                                                  \
    uint parity = 0;                                                         \
    acquire_map(maps + Q_MAP);                                               \
    acquire_map(maps + K_MAP);                                               \
    acquire_map(maps + V_MAP);                                               \
    for (uint i = get_group_id(0); i < pieces; i += get_num_groups(0)) {     \
      struct piece p;                                                        \
      FIND_PIECE(p, i);                                                      \
      mbarrier_wait(bars + QUERIES_FREE, parity ^ 1);                        \
      load_tile(queries_at, maps + Q_MAP, p.b, p.h, p.first,                 \
                bars + QUERIES_FULL);                                        \
      for (uint j = p.begin; j < p.end; j += KEYS) {                         \
        load_next(&r, tiles_at, bars, maps + K_MAP, p.b, p.h / share, j);    \
        load_next(&r, tiles_at, bars, maps + V_MAP, p.b, p.h / share, j);    \
      }                                                                      \
      parity ^= 1;                                                           \
    }                                                                        \
  } while (0)

__kernel __attribute__((reqd_work_group_size(ATTENTION_WGMMA_GROUP, 1, 1))) void
attention_wgmma(ATTENTION_PARAMETERS, uint batch, uint chunk, __global uchar *maps,
                ulong2 maps_at) {
  __local uchar memory[(1 + STAGES) * TILE_BYTES]
      __attribute__((aligned(1024)));
  __local ulong barriers[BARRIERS];
  const uint id = get_local_id(0), warp = id / 32;
  const uint queries_at = local_address(memory);
  const uint tiles_at = queries_at + TILE_BYTES, bars = local_address(barriers);
  const uint pieces = PIECES(queries) * heads * batch;

  maps += maps_at.s0 * 4 + get_group_id(0) * ATTENTION_WGMMA_MAPS * MAP_BYTES;
  const uint image = queries_at + warp * MAP_BYTES;
  if (warp == 0)
    make_view_map(maps + Q_MAP, image, q + q_at.s0, q_at, size, queries, heads,
                  batch, ATTENTION_WGMMA_QUERIES);
  if (warp == 1)
    make_view_map(maps + K_MAP, image, k + k_at.s0, k_at, size, keys,
                  heads / share, batch, KEYS);
  if (warp == 2)
    make_view_map(maps + V_MAP, image, v + v_at.s0, v_at, value_size, keys,
                  heads / share, batch, KEYS);
  if (id == 96) {
    mbarrier_init(bars + QUERIES_FULL, 1);
    mbarrier_init(bars + QUERIES_FREE, 2);
    for (uint i = 0; i < STAGES; i++) {
      mbarrier_init(bars + FULL(i), 1);
      mbarrier_init(bars + FREE(i), 2);
    }
  }
  fence_async();
  barrier(CLK_LOCAL_MEM_FENCE);

  if (warp < 4) {
    GIVE_REGISTERS();
    if (id == 0) LOAD_ALL();
    return;
  }

  TAKE_REGISTERS();
  const uint team = warp / 4 - 1, lane = id % 32;
  const bool tells = id % 128 == 0;
  struct ring r = {0, 0};
  uint parity = 0;
  for (uint i = get_group_id(0); i < pieces; i += get_num_groups(0)) {
    struct piece p;
    FIND_PIECE(p, i);
    struct rows rows = rows_of(p.first, p.rows,
                               64 * team + warp % 4 * 16 + lane / 4, p.position,
                               p.there, before, behind, scale);
    float sums[ROOM / 2];
#pragma unroll
    for (uint e = 0; e < ROOM / 2; e++) sums[e] = 0.0f;
    mbarrier_wait(bars + QUERIES_FULL, parity);
    for (uint j = p.begin; j < p.end; j += KEYS) {
      float scores[KEYS / 2];
      uint weights[KEYS / 4];
      mbarrier_wait(bars + FULL(r.stage), r.parity);
      multiply_keys(scores, queries_at + team * 64 * 128,
                    tiles_at + r.stage * TILE_BYTES);
      if (tells) mbarrier_arrive(bars + FREE(r.stage));
      advance(&r);
      finish_scores(scores, &rows, j, scale, soft_cap,
                    mask + ROW_AT(mask_at, p.b, p.h, 0), mask_at.s3);
      weigh(scores, sums, &rows);
      pack_weights(weights, scores);
      mbarrier_wait(bars + FULL(r.stage), r.parity);
      if (p.there < keys && j + KEYS > p.there)
        clear_values(memory + (1 + r.stage) * TILE_BYTES, p.there - j);
      add_values(sums, weights, tiles_at + r.stage * TILE_BYTES);
      if (tells) mbarrier_arrive(bars + FREE(r.stage));
      advance(&r);
    }
    if (tells) mbarrier_arrive(bars + QUERIES_FREE);
    parity ^= 1;
    store_rows(sums, &rows, y + ROW_AT(y_at, p.b, p.h, 0), y_at.s3, value_size);
  }
}
