/* normalise_group.cl - one work-group normalises one row: for rows too long for
 * registers.
 *
 *   GROUP  work-items in a group, a power of two
 *   and the macros of normalise.cl
 *
 * No element is written before the whole row has been read twice, and each is
 * read again, by the work-item that writes it, just before; so y and sum may
 * be x or residual.
 */
#ifndef GROUP
#error "row/normalise_group.cl: a macro is missing"
#endif
#define TEAM GROUP
#define NVIDIA 0 /* a group need not be whole warps */
#include "lib/team_sum.cl"
#include "row/normalise.cl"

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
row_normalise_group(NORMALISE_PARAMETERS) {
  __local float2 scratch[2][SUM_SCRATCH];
  const uint id = get_local_id(0);
  GO_TO_ROW(get_group_id(0));

  float mean = 0.0f, shift = 0.0f;
#if SUBTRACT_MEAN
  float total = 0.0f;
  for (uint c = id; c < cols; c += GROUP) total += TERM(LOAD, c);
  mean = team_sum((float2)(total, 0.0f), scratch[0]).x / cols;
#endif

  float rests = 0.0f, squares = 0.0f;
  for (uint c = id; c < cols; c += GROUP) {
    const float d = TERM(LOAD, c) - mean;
    rests += d;
    squares = fma(d, d, squares);
  }
  const float2 sums = team_sum((float2)(rests, squares), scratch[1]);
  if (SUBTRACT_MEAN) shift = sums.x / cols;
  const float scale = row_scale(sums.y, shift, cols, eps);

  for (uint c = id; c < cols; c += GROUP) {
    const float s = TERM(LOAD, c);
    PUT_ROW(LOAD, STORE, s, c);
  }
}
