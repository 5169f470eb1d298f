/* normalise_registers.cl - a team of work-items normalises one row, which they
 * hold in registers: each element is read once and written once.
 *
 *   TEAM, GROUP    as in team_sum.cl; a group has GROUP / TEAM rows
 *   LANES, ALIGNED as in vector.cl; the columns are a multiple of LANES
 *   VECTORS        vectors that a work-item holds, enough for TEAM of them to
 *                  hold the row
 *   NVIDIA         as in vector.cl and team_sum.cl
 *   and the macros of normalise.cl and sub_groups.cl
 *
 * A team has read all of its row before it writes: y and sum may be x or
 * residual.
 */
#ifndef VECTORS
#error "row/normalise_registers.cl: a macro is missing"
#endif
#include "lib/sub_groups.cl"
#include "lib/team_sum.cl"
#include "lib/vector.cl"
#include "row/normalise.cl"

/* Vectors of neighbours lie side by side. */
#define COLUMN(j) (((j)*TEAM + get_local_id(0) % TEAM) * LANES)

/* A short row's gamma and beta are fetched along with it, so that they are
 * there when its sums are; a long one needs the registers. */
#define FETCH_NORM (VECTORS * LANES <= 16)
#if FETCH_NORM
#define GET_NORM(type, p, i) held_##p[j]
#else
#define GET_NORM LOADS
#endif

__kernel IN_SUB_GROUPS __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
row_normalise_registers(NORMALISE_PARAMETERS, uint rows) {
  __local float2 scratch[2][SUM_SCRATCH];
  const size_t row =
      get_group_id(0) * (GROUP / TEAM) + get_local_id(0) / TEAM;
  GO_TO_ROW(row);
  /* A team without a row has to meet the others at the barriers. */
  if (row >= rows) cols = 0;

  floats s[VECTORS];
#if FETCH_NORM
  floats held_gamma[VECTORS], held_beta[VECTORS];
#endif
#pragma unroll
  for (uint j = 0; j < VECTORS; j++) {
    const bool inside = COLUMN(j) < cols;
    s[j] = inside ? TERM(LOADS, COLUMN(j)) : (floats)(0.0f);
#if FETCH_NORM
#if HAS(GAMMA_TYPE)
    held_gamma[j] =
        inside ? LOADS(GAMMA_TYPE, gamma, COLUMN(j)) : (floats)(0.0f);
#endif
#if HAS(BETA_TYPE)
    held_beta[j] = inside ? LOADS(BETA_TYPE, beta, COLUMN(j)) : (floats)(0.0f);
#endif
#endif
  }

  float mean = 0.0f, shift = 0.0f;
#if SUBTRACT_MEAN
  floats total = 0.0f;
#pragma unroll
  for (uint j = 0; j < VECTORS; j++) total += s[j];
  mean = team_sum((float2)(LANE_SUM(total), 0.0f), scratch[0]).x / cols;
#endif

  floats rest = 0.0f, square = 0.0f;
#pragma unroll
  for (uint j = 0; j < VECTORS; j++) {
    const floats d = COLUMN(j) < cols ? s[j] - mean : (floats)(0.0f);
    rest += d;
    square = fma(d, d, square);
  }
  const float2 sums =
      team_sum((float2)(LANE_SUM(rest), LANE_SUM(square)), scratch[1]);
  if (SUBTRACT_MEAN) shift = sums.x / cols;
  const float scale = row_scale(sums.y, shift, cols, eps);

#pragma unroll
  for (uint j = 0; j < VECTORS; j++)
    if (COLUMN(j) < cols) {
      PUT_ROW(GET_NORM, STORES, s[j], COLUMN(j));
    }
}
