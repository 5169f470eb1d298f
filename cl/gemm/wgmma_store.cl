/* wgmma_store.cl - how wgmma.cl, whose macros it uses, finishes and stores c:
 * by TMA, by way of boxes in local memory, or by ordinary stores. */

#if C_BY_TMA && HAS(RESIDUAL_TYPE)
/* Two neighbours of the residual, which are there or not together. Registers
 * take them from the cache as the sums lie, 16 or 32 bytes of a row by four
 * lanes: ordinary stores of c would need the same loads, and as many stores. */
static float2 load_pair(__global const STORAGE(RESIDUAL_TYPE) * p) {
#if BYTES(RESIDUAL_TYPE) == 2
  return UNPACK(RESIDUAL_TYPE, *(__global const uint *)p);
#else
  return *(__global const float2 *)p;
#endif
}
#define ADD_RESIDUAL_PAIR(v, m, n) \
  if ((m) < M && (n) < N) (v) += load_pair(residual + RESIDUAL_AT(m, n))
#else
#define ADD_RESIDUAL_PAIR(v, m, n)
#endif

/* What becomes of sum[i] in column `col` of a tile of c, and of the sum of g that
 * belongs to it, but for the residual. */
static float finish(const float *sum, __local const STORAGE(BIAS_TYPE) * bias,
                    uint i, uint col) {
#if GATED
  return WITH_BIAS(LOAD, sum[i], bias, col) *
         ACTIVATE(WITH_BIAS(LOAD, sum[C_COLS / 2 + i], bias, C_COLS + col));
#else
  return ACTIVATE(WITH_BIAS(LOAD, sum[i], bias, col));
#endif
}

/* Store a block of 64 rows, from row m on. Of each 8 x 8 of c a work-item has
 * two neighbours in row lane / 4; sum[4 j + 2 h] and the next are those of
 * columns 8 j on, rows 8 h on. */
#if C_BY_TMA
static void store(const float *sum, __local const STORAGE(BIAS_TYPE) * bias,
                  uint boxes, __global const uchar *map, uint team, uint M,
                  uint N, uint m, uint first_n RESIDUAL_PARAMETERS) {
  const uint id = get_local_id(0) % 128, lane = id % 32;
  const uint row = id / 32 * 16 + lane % 16;
  const bool has_odd_boxes = C_COLS / 64 % 2;
#pragma unroll
  for (uint n = 0; n < C_COLS; n += 64) {
    const uint box = boxes + n / 64 % 2 * BOX_BYTES;
    if (id == 0) {
      /* The last of an odd number lies where the next block begins. */
      if (n == 0 && has_odd_boxes)
        TMA_STORES_HAVE_READ(0);
      else
        TMA_STORES_HAVE_READ(1);
    }
    warp_group_barrier(1 + team);
#pragma unroll
    for (uint chunk = 0; chunk < 8; chunk += 2) {
      uint pairs[4];
#pragma unroll
      for (uint i = 0; i < 4; i++) {
        const uint from = n + 8 * (chunk + i / 2), col = from + lane % 4 * 2;
        const uint at = from / 2 + i % 2 * 2;
        float2 y = (float2)(finish(sum, bias, at, col),
                            finish(sum, bias, at + 1, col + 1));
        ADD_RESIDUAL_PAIR(y, m + id / 32 * 16 + lane / 4 + i % 2 * 8,
                          first_n + col);
        pairs[i] = PACK(C_TYPE, y.x, y.y);
      }
      store_matrices(
          box + row * 128 + ((chunk + lane / 16) ^ (row % 8)) * 16, pairs);
    }
    fence_async();
    warp_group_barrier(1 + team);
    if (id == 0) tma_store(box, map, m, first_n + n);
  }
}
#else
static void store(const float *sum, __local const STORAGE(BIAS_TYPE) * bias,
                  __global STORAGE(C_TYPE) * c, ulong2 c_at, uint M, uint N,
                  uint first_m, uint first_n RESIDUAL_PARAMETERS) {
  const uint id = get_local_id(0) % 128, lane = id % 32;
  const uint row = first_m + id / 32 * 16 + lane / 4;
#pragma unroll
  for (uint i = 0; i < C_COLS / 2; i++) {
    const uint m = row + i / 2 % 2 * 8, col = i / 4 * 8 + lane % 4 * 2 + i % 2;
    const float v = finish(sum, bias, i, col);
    if (m < M && first_n + col < N)
      STORE(C_TYPE, WITH_RESIDUAL(LOAD, v, m, first_n + col), c,
            C_AT(m, first_n + col));
  }
}
#endif
