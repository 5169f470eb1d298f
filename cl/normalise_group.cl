/* normalise_group.cl - one work-group normalises one row: the shape for GPUs.
 *
 *   GROUP  work-items in a group, a power of two; default 64
 *   and the macros of normalise.cl
 *
 * No element is written before the whole row has been read twice, and each is
 * read again, by the work-item that writes it, just before; so y and sum may
 * be x or residual.
 */
#include "normalise.cl"

#ifndef GROUP
#define GROUP 64
#endif

/* Sum v over the work-group; every work-item receives the total. */
static float group_sum(float v, __local float *scratch) {
  const uint id = get_local_id(0);
  scratch[id] = v;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint span = GROUP / 2; span > 0; span /= 2) {
    if (id < span) scratch[id] += scratch[id + span];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const float total = scratch[0];
  barrier(CLK_LOCAL_MEM_FENCE); /* scratch may be reused from here on */
  return total;
}

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
normalise_group(NORMALISE_PARAMETERS) {
  __local float scratch[GROUP];
  const uint id = get_local_id(0);
  GO_TO_ROW(get_group_id(0));

  float mean = 0.0f, shift = 0.0f;
#if SUBTRACT_MEAN
  float total = 0.0f;
  for (uint c = id; c < cols; c += GROUP) total += TERM(LOAD, c);
  mean = group_sum(total, scratch) / cols;
#endif

  float rests = 0.0f, squares = 0.0f;
  for (uint c = id; c < cols; c += GROUP) {
    const float d = TERM(LOAD, c) - mean;
    rests += d;
    squares = fma(d, d, squares);
  }
  squares = group_sum(squares, scratch);
#if SUBTRACT_MEAN
  shift = group_sum(rests, scratch) / cols;
#endif
  const float scale = row_scale(squares, shift, cols, eps);

  for (uint c = id; c < cols; c += GROUP) {
    const float s = TERM(LOAD, c);
    PUT_ROW(LOAD, STORE, s, c);
  }
}
