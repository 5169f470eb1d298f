/* wgmma.cl - a GEMM of two bytes on NVIDIA's sm_90: one warp group loads
 * slices of a and w by TMA, the others multiply them and store their rows of
 * the tile of c.
 *
 *   TILE_M     rows of a tile: 64 or 128
 *   TILE_N     columns of a tile, of the product: 64, 128, 192 or 256; GATED,
 *              128 or 256, of which the first half are u's, then come those of
 *              g that belong to them
 *   STAGES     slices in local memory
 *   TAKE_TURNS 0: the two warp groups that multiply share a tile of 128 rows;
 *              1: each has every other tile, and stores one while the other
 *              multiplies
 *   SPLIT      work-groups that share a tile, each with a part of K, which has
 *              a slice at least for each
 *   PRODUCTS   1: a and w are what they are. 3 or 6: they were floats, taken
 *              apart by split_bf16.cl into 2 or 3 planes of bf16, one below the
 *              other, and c is the sum of so many products of planes
 *   W_ONCE     1: w is too large to stay in a cache until it is needed again,
 *              and all that needs a part of it now needs it at one time; 0: it
 *              is not
 *   C_BY_TMA   1: TMA stores c, as it loads a and w: two bytes, with offset,
 *              leading dimension and columns that are multiples of 8, as are
 *              those of the residual; 0: by ordinary stores
 *   and the macros of gemm.cl but W_TYPE, which is A_TYPE: f16 or bf16
 *
 * Offsets and leading dimensions of a and w are multiples of 8. TMA reads zeros
 * outside a matrix and writes nothing there, so any M, N and K will do.
 *
 * The grid has as many groups as run at once; a group does one tile after
 * another, and the next tile's slices are loaded while c is stored.
 *
 *   warp group 0      local memory: a ring of STAGES slices      the teams
 *                  +---------+---------+-     -+---------+
 *   loads by TMA > | a and w | a and w |  ...  | a and w | > multiply, store c
 *                  +---------+---------+-     -+---------+
 *                    `full` tells the teams that a slice is there,
 *                    `free` the loading warp group that it has been used
 *
 *   a slice is made of boxes of 64 x 64, each row of them 128 bytes; of
 *   128 rows of a and 256 columns of w:   | a | a | w | w | w | w |
 *   A row of a box has neighbours along K; of w, if that is [K, N], along N.
 *
 *   who multiplies, with TILE_M 128
 *   TAKE_TURNS 0                     TAKE_TURNS 1
 *   +----------------+               +----------------+ +----------------+
 *   | team 0 (64)    |               | team 0         | | team 1         |
 *   | team 1 (64)    |               |                | |                |
 *   +----------------+ each tile     +----------------+ +----------------+
 *                                      a group's tiles 0, 2 ...   1, 3 ...
 */
#if !(defined TILE_M && defined TILE_N && defined STAGES && \
      defined TAKE_TURNS && defined SPLIT && defined PRODUCTS && \
      defined W_ONCE && defined C_BY_TMA)
#error "gemm/wgmma.cl: a macro is missing"
#endif
#define W_TYPE A_TYPE
#include "lib/hopper.cl"
#define REAL float
#define HALF_RESULT (IS(C_TYPE, f16) && ACTIVATION_IS_LAST)
#define EXP2 exp2_flushed
#include "gemm/gemm.cl"
#include "gemm/find_tile.cl"
#include "gemm/wgmma.h"
#if SPLIT > 1
#include "lib/last_group.cl"
#endif

#define TEAMS WGMMA_TEAMS(TILE_M, TAKE_TURNS)
#define TEAMS_AT_TILE (TAKE_TURNS ? 1 : TEAMS)
#define C_COLS (TILE_N / HALVES) /* columns of c in a tile */
#define BLOCKS (TILE_M / 64 / TEAMS_AT_TILE) /* of 64 rows that a team has */
#define GROUP WGMMA_GROUP(TEAMS)
#define DEPTH WGMMA_DEPTH
#define BOX_BYTES WGMMA_BOX_BYTES
#define A_BYTES (TILE_M / 64 * BOX_BYTES)
#define STAGE_BYTES WGMMA_STAGE_BYTES(TILE_M, TILE_N)
#define C_BOXES (C_BY_TMA ? WGMMA_C_BOXES(TEAMS) : 0)
#if 8 * (2 * STAGES + TEAMS) + TEAMS > WGMMA_OTHER_BYTES
#error "gemm/wgmma.cl: the barriers and flags need more than WGMMA_OTHER_BYTES"
#endif

/* Which planes the products are of, a digit for each, the smallest product
 * first; the plane of the leading bits is 0. */
#define PLANES WGMMA_PLANES(PRODUCTS)
#define A_PLANES (PRODUCTS == 6 ? 0x001102 : 0x001)
#define W_PLANES (PRODUCTS == 6 ? 0x010120 : 0x010)
#define PLANE(planes, product) (PRODUCTS == 1 ? 0 : (planes) >> 4 * (product)&15)

/* A work-group's maps in global memory. */
#define A_MAP 0
#define W_MAP MAP_BYTES
#define C_MAP (2 * MAP_BYTES)
#define MAPS_BYTES (WGMMA_MAPS * MAP_BYTES)

/* A piece of work: a tile, or a part of it along K. */
struct part {
  uint m, n, k, end; /* where it is; slices k to end, product by product */
};

static struct part part_of(uint index, uint M, uint N, uint K) {
  const uint slices = PRODUCTS * ((K + DEPTH - 1) / DEPTH);
  const uint share = index % SPLIT;
  const uint2 corner = find_tile(index / SPLIT, M, HALVES * N);
  struct part p;
  p.m = corner.s0;
  p.n = corner.s1 / HALVES;
  p.k = slices * share / SPLIT;
  p.end = slices * (share + 1) / SPLIT;
  return p;
}

static uint part_count(uint M, uint N) {
  return (M + TILE_M - 1) / TILE_M * ((N + C_COLS - 1) / C_COLS) * SPLIT;
}

/* The ring of slices. Each has two barriers: it is full, it is free again. */
struct ring {
  uint slices, full, free; /* shared addresses */
  uint stage, parity;
};

static void advance(struct ring *r) {
  if (++r->stage < STAGES) return;
  r->stage = 0;
  r->parity ^= 1;
}

#if W_ONCE
#define LOAD_W tma_load_once
#else
#define LOAD_W tma_load
#endif

/* The loading warp group, of which one work-item suffices. */
static void load(struct ring r, __global const uchar *maps, uint M, uint N,
                 uint K) {
  const uint slices = (K + DEPTH - 1) / DEPTH; /* of one product */
  acquire_map(maps + A_MAP);
  acquire_map(maps + W_MAP);
  for (uint i = get_group_id(0); i < part_count(M, N); i += get_num_groups(0)) {
    const struct part p = part_of(i, M, N, K);
    for (uint k = p.k; k < p.end; k++) {
      const uint a = r.slices + r.stage * STAGE_BYTES, w = a + A_BYTES;
      const uint full = r.full + 8 * r.stage;
      const uint product = k / slices, at = k % slices * DEPTH;
      mbarrier_wait(r.free + 8 * r.stage, r.parity ^ 1);
      mbarrier_arrive_expecting(full, STAGE_BYTES);
      tma_load(a, maps + A_MAP, PLANE(A_PLANES, product) * M + p.m, at, full);
#if W_OUT_IN
      const uint plane = PLANE(W_PLANES, product) * HALVES * N;
#pragma unroll
      for (uint h = 0; h < HALVES; h++)
        LOAD_W(w + h * C_COLS * 128, maps + W_MAP, plane + h * N + p.n, at,
               full);
#else
#pragma unroll
      for (uint j = 0; j < TILE_N / 64; j++)
        LOAD_W(w + j * BOX_BYTES, maps + W_MAP,
               PLANE(W_PLANES, product) * K + at,
               p.n + 64 * j % C_COLS + 64 * j / C_COLS * N, full);
#endif
      advance(&r);
    }
  }
}

#if TAKE_TURNS
/* Pass over the slices of the other team's part. */
static void skip(struct ring *r, struct part p) {
  const uint stages = r->stage + p.end - p.k;
  r->stage = stages % STAGES;
  r->parity ^= stages / STAGES % 2;
}
#endif

/* The products of a step of 16 along K of two slices at a and w. */
static void multiply_step(float *sum, uint a, uint w, uint step, bool first) {
#if W_OUT_IN
  const ulong columns = describe_boxes(w + 32 * step, 16);
  WGMMA(TILE_N, !first, sum, describe_boxes(a + 32 * step, 16), columns, "0");
#else
  const ulong columns = describe_boxes(w + 2048 * step, BOX_BYTES);
  WGMMA(TILE_N, !first, sum, describe_boxes(a + 32 * step, 16), columns, "1");
#endif
}

/* sums = a w for a part's slices and the blocks of rows from `block` on. A
 * slice is free when the products of the next one have begun. */
static void multiply(float sums[BLOCKS][TILE_N / 2], struct ring *r, uint block,
                     struct part p, uint next_turn) {
  uint before = 0;
  for (uint k = p.k; k < p.end; k++) {
    const uint a = r->slices + r->stage * STAGE_BYTES;
    mbarrier_wait(r->full + 8 * r->stage, r->parity);
    wgmma_begin();
#pragma unroll
    for (uint step = 0; step < DEPTH / 16; step++)
#pragma unroll
      for (uint b = 0; b < BLOCKS; b++)
        multiply_step(sums[b], a + (block + b) * BOX_BYTES, a + A_BYTES, step,
                      k == p.k && step == 0);
    wgmma_commit();
    WGMMA_WAIT(1);
    if (k > p.k && get_local_id(0) % 128 == 0) mbarrier_arrive(before);
    before = r->free + 8 * r->stage;
    advance(r);
  }
  if (TAKE_TURNS && get_local_id(0) % 128 == 0) mbarrier_arrive(next_turn);
  WGMMA_WAIT(0);
  if (get_local_id(0) % 128 == 0) mbarrier_arrive(before);
}

#include "gemm/wgmma_store.cl"

#if SPLIT > 1
/* Add up the parts of a tile in their order, whichever comes last; true in the
 * team that has the sum then. */
static bool add_parts(float *sum, __global float *parts,
                      __global ulong *arrivals, __local bool *last, uint index,
                      uint team) {
  const uint id = get_local_id(0) % 128, size = TILE_M * TILE_N;
  __global float *tile = parts + (size_t)(index / SPLIT) * SPLIT * size +
                         team * (size / TEAMS) + id;
  __global float *mine = tile + index % SPLIT * size;
#pragma unroll
  for (uint i = 0; i < TILE_N / 2; i++) mine[i * 128] = sum[i];
  device_fence();
  warp_group_barrier(1 + team);
  if (id == 0)
    *last = is_last(arrivals + index / SPLIT * TEAMS + team, SPLIT);
  warp_group_barrier(1 + team);
  if (!*last) return false;
  device_fence();
#pragma unroll
  for (uint i = 0; i < TILE_N / 2; i++) {
    sum[i] = tile[i * 128];
#pragma unroll
    for (uint part = 1; part < SPLIT; part++)
      sum[i] += tile[part * size + i * 128];
  }
  return true;
}
#endif

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
gemm_wgmma(GEMM_PARAMETERS, __global uchar *maps, ulong2 maps_at
#if SPLIT > 1
           , __global float *parts, ulong2 parts_at,
           __global ulong *arrivals, ulong2 arrivals_at
#endif
) {
  __local uchar memory[STAGES * STAGE_BYTES + C_BOXES * BOX_BYTES]
      __attribute__((aligned(1024)));
  __local ulong bars[2 * STAGES + TEAMS];
#if HAS(BIAS_TYPE)
  __local uint bias_words[TEAMS * TILE_N * sizeof(STORAGE(BIAS_TYPE)) / 4];
#endif
#if SPLIT > 1
  __local bool last[TEAMS];
  parts += parts_at.s0;
  arrivals += arrivals_at.s0 / 2;
#endif
  const uint id = get_local_id(0), warp = id / 32;
  struct ring ring = {local_address(memory), local_address(bars),
                      local_address(bars + STAGES), 0, 0};

  const uint turns = local_address(bars + 2 * STAGES);

  maps += maps_at.s0 * 4 + get_group_id(0) * MAPS_BYTES;
  const uint image = ring.slices + warp * MAP_BYTES;
  if (warp == 0)
    make_map(maps + A_MAP, image, a + a_at.s0, PLANES * M, K, a_at.s1,
             TILE_M);
#if W_OUT_IN
  if (warp == 1)
    make_map(maps + W_MAP, image, w + w_at.s0, PLANES * HALVES * N, K, w_at.s1,
             C_COLS);
#else
  if (warp == 1)
    make_map(maps + W_MAP, image, w + w_at.s0, PLANES * K, HALVES * N, w_at.s1,
             DEPTH);
#endif
#if C_BY_TMA
  if (warp == 2) make_map(maps + C_MAP, image, c + c_at.s0, M, N, c_at.s1, 64);
#endif
  if (id == 96) {
    for (uint i = 0; i < TEAMS; i++) mbarrier_init(turns + 8 * i, 1);
    for (uint i = 0; i < STAGES; i++) {
      mbarrier_init(ring.full + 8 * i, 1);
      mbarrier_init(ring.free + 8 * i, TEAMS_AT_TILE);
    }
  }
  fence_async();
  barrier(CLK_LOCAL_MEM_FENCE);

  if (warp < 4) {
    GIVE_REGISTERS();
    if (id == 0) load(ring, maps, M, N, K);
    return;
  }

  TAKE_REGISTERS();
  const uint team = warp / 4 - 1;
#if C_BY_TMA
  const uint boxes = ring.slices + STAGES * STAGE_BYTES + 2 * team * BOX_BYTES;
  if (id % 128 == 0) acquire_map(maps + C_MAP);
#endif
  const uint block = TAKE_TURNS ? 0 : team * BLOCKS;
  __local STORAGE(BIAS_TYPE) *tile_bias = 0;
#if TAKE_TURNS
  uint turn = 0;
#endif
  for (uint i = get_group_id(0); i < part_count(M, N); i += get_num_groups(0)) {
    const struct part p = part_of(i, M, N, K);
#if TAKE_TURNS
    if (turn++ % TEAMS != team) {
      skip(&ring, p);
      continue;
    }
    /* Wait until the other team has taken all its slices. Those of this team
     * could otherwise be two phases of their barriers ahead, where the parity
     * is the same again. */
    if (turn > 1)
      mbarrier_wait(turns + 8 * team, (turn - 1) / TEAMS % 2 ^ !team);
#endif
#if HAS(BIAS_TYPE)
    tile_bias = (__local STORAGE(BIAS_TYPE) *)bias_words + team * TILE_N;
    for (uint n = id % 128; n < TILE_N; n += 128)
      STORE(BIAS_TYPE,
            LOAD(BIAS_TYPE, bias,
                 bias_at + n / C_COLS * N + min(p.n + n % C_COLS, N - 1)),
            tile_bias, n);
#endif
    float sums[BLOCKS][TILE_N / 2];
    multiply(sums, &ring, block, p, turns + 8 * (1 - team));
#if SPLIT > 1
    if (!add_parts(sums[0], parts, arrivals, last + team, i, team)) continue;
#endif
    warp_group_barrier(1 + team); /* the bias is there */
#pragma unroll
    for (uint b = 0; b < BLOCKS; b++)
#if C_BY_TMA
      store(sums[b], tile_bias, boxes, maps + C_MAP, team, M, N,
            p.m + 64 * (block + b), p.n RESIDUAL);
#else
      store(sums[b], tile_bias, c, c_at, M, N, p.m + 64 * (block + b),
            p.n RESIDUAL);
#endif
    warp_group_barrier(1 + team); /* and may go */
  }
#if C_BY_TMA
  if (id % 128 == 0) tma_stores_end();
#endif
}
