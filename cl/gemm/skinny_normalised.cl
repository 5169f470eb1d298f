/* skinny_normalised.cl - the GEMM of y and w, where y are the rows
 * (a + a_bias) + a_residual normalised as in normalise.cl: two steps in one.
 *
 *   A_BIAS_TYPE, A_RESIDUAL_TYPE  storage types or none
 *   Y_TYPE       what y is rounded to before it is multiplied
 *   STORES_Y     1: y is stored as well; 0: nobody wants it
 *   A_WIDE       1: wide.cl may load all that y is made of wide; 0: it may not
 *   ROOM         elements of a row that local memory has room for, a multiple
 *                of 8 that is no less than K
 *   and the macros of skinny_blocks.cl but ROW_TYPE, which is Y_TYPE
 *   and SUBTRACT_MEAN, GAMMA_TYPE and BETA_TYPE of normalise.cl
 *
 * Each work-group normalises its rows for itself: a second launch would cost
 * more than reading them again. Meanwhile its first weights are on their way.
 */
#if !(defined A_BIAS_TYPE && defined A_RESIDUAL_TYPE && defined Y_TYPE && \
      defined STORES_Y && defined A_WIDE && defined ROOM)
#error "gemm/skinny_normalised.cl: a macro is missing"
#endif
#define ROW_TYPE Y_TYPE
#include "gemm/skinny_blocks.cl"
#define X_TYPE A_TYPE
#define SUM_TYPE none
#include "row/normalise.cl"
#define TEAM (GROUP / ROWS)
#include "lib/team_sum.cl"

/* The sums of team_sum in the row's two passes. */
typedef float2 norm_sums[2][SUM_SCRATCH];
typedef char norm_sums_check[sizeof(norm_sums) <= SKINNY_NORM_BYTES ? 1 : -1];

/* Eight elements from k on, with zeros past the end. */
#define GET(type, p, k) \
  FLOATS(type, LOAD_CHUNK(type, A_WIDE, (p) + (k), K - (k)))
#if HAS(A_BIAS_TYPE)
#define ADD_A_BIAS(k) +GET(A_BIAS_TYPE, a_bias, k)
#else
#define ADD_A_BIAS(k)
#endif
#if HAS(A_RESIDUAL_TYPE)
#define ADD_A_RESIDUAL(k) +GET(A_RESIDUAL_TYPE, a_residual, k)
#else
#define ADD_A_RESIDUAL(k)
#endif
#define TERMS(k) (GET(A_TYPE, a, k) ADD_A_BIAS(k) ADD_A_RESIDUAL(k))

static float sum_of(float8 v) {
  const float4 u = v.lo + v.hi;
  return (u.x + u.y) + (u.z + u.w);
}

/* v without what lies past the end. */
static float8 inside(float8 v, uint count) {
  const uint8 lane = (uint8)(0, 1, 2, 3, 4, 5, 6, 7);
  return lane < count ? v : 0.0f;
}

/* A team normalises a row of K into `row`, and into `y` where it is wanted. */
static void normalise(__global const STORAGE(A_TYPE) * a,
                      __global const STORAGE(A_BIAS_TYPE) * a_bias,
                      __global const STORAGE(A_RESIDUAL_TYPE) * a_residual,
                      __global const STORAGE(GAMMA_TYPE) * gamma,
                      __global const STORAGE(BETA_TYPE) * beta, float eps,
                      uint K, __local float2 scratch[2][SUM_SCRATCH],
                      __local CHUNK(Y_TYPE) * row,
                      __global STORAGE(Y_TYPE) * y) {
  const uint first = get_local_id(0) % TEAM * 8;
  float mean = 0.0f, shift = 0.0f;
#if SUBTRACT_MEAN
  float8 total = 0.0f;
  for (uint k = first; k < K; k += 8 * TEAM) total += TERMS(k);
  mean = team_sum((float2)(sum_of(total), 0.0f), scratch[0]).x / K;
#endif

  float8 rest = 0.0f, square = 0.0f;
  for (uint k = first; k < K; k += 8 * TEAM) {
    const float8 d = inside(TERMS(k) - mean, K - k);
    rest += d;
    square = fma(d, d, square);
  }
  const float2 sums =
      team_sum((float2)(sum_of(rest), sum_of(square)), scratch[1]);
  if (SUBTRACT_MEAN) shift = sums.x / K;
  const float scale = row_scale(sums.y, shift, K, eps);

  for (uint k = first; k < K; k += 8 * TEAM) {
    const CHUNK(Y_TYPE) v = AS_CHUNK(
        Y_TYPE,
        (TERMS(k) - mean - shift) * scale TIMES_GAMMA(GET, k) + BETA(GET, k));
    row[k / 8] = v;
    if (STORES_Y && y) STORE_SOME(Y_TYPE, v, y + k, K - k);
  }
}

__kernel IN_SUB_GROUPS __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
gemm_skinny_normalised(GEMM_PARAMETERS,
                       __global const STORAGE(A_BIAS_TYPE) * a_bias,
                       ulong a_bias_at,
                       __global const STORAGE(A_RESIDUAL_TYPE) * a_residual,
                       ulong2 a_residual_at,
                       __global const STORAGE(GAMMA_TYPE) * gamma,
                       ulong gamma_at, __global const STORAGE(BETA_TYPE) * beta,
                       ulong beta_at, __global STORAGE(Y_TYPE) * y, ulong2 y_at,
                       float eps) {
  __local CHUNK(Y_TYPE) rows[ROWS][ROOM / 8];
  __local norm_sums scratch;
  __local struct meeting at;
  const uint id = get_local_id(0);
  const uint m0 = get_group_id(0) * ROWS, n0 = get_group_id(1) * C_WIDTH;
  const uint n = W_COL(BLOCK(id, SLOTS), n0, N);
  uint k = 8 * SLOT(id, SLOTS);
  CHUNK(W_TYPE) next[8], block[8];

  if (AHEAD && k < K) load_block(next, w, w_at, k, n, K, HALVES * N);
  const float2 shift = load_bias(bias, bias_at, n0, N);

  /* The last row stands for those that are not there. */
  const uint r = id / TEAM;
  const size_t m = min(m0 + r, M - 1);
  const bool stores_y = STORES_Y && n0 == 0 && m0 + r < M;
  normalise(a + A_AT(m, 0), a_bias + a_bias_at,
            a_residual + a_residual_at.s0 + m * a_residual_at.s1,
            gamma + gamma_at,
            beta + beta_at, eps, K, scratch,
            rows[r],
            stores_y ? y + y_at.s0 + m * y_at.s1 : 0);
  barrier(CLK_LOCAL_MEM_FENCE);

  for (uint k0 = 0; k0 == 0 || k0 < K; k0 += ROUND) {
    float sum[ROWS][8] = {{0.0f}};
    for (; k < min(k0 + ROUND, K); k += STEP) {
      take_block(block, next, w, w_at, k, n, K, HALVES * N);
#pragma unroll
      for (uint i = 0; i < ROWS; i++)
        multiply(sum[i], rows[i][k / 8], block, k, n);
    }
    add_slots(sum, &at, k0 == 0);
  }
  finish(&at, shift, c, c_at, m0, n0, M, N RESIDUAL);
}
