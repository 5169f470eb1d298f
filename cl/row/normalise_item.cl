/* normalise_item.cl - one work-item normalises one row: the shape for CPUs,
 * where a work-group's barriers cost more than they bring.
 *
 *   LANES  floats in a vector register: 4, 8 or 16
 *   and the macros of normalise.cl
 *
 * Four accumulators hide the latency of the additions; the loops over them must
 * be unrolled, or they would live in memory. No element is written
 * before the whole row has been read twice, and each is read again just before
 * it is written, so y and sum may be x or residual.
 */
#define ALIGNED 0
#define NVIDIA 0
#include "lib/vector.cl"
#include "row/normalise.cl"

/* The sum of four accumulators and their lanes, always in the same order. */
static float row_sum(const floats *part) {
  return LANE_SUM((part[0] + part[1]) + (part[2] + part[3]));
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
row_normalise_item(NORMALISE_PARAMETERS) {
  GO_TO_ROW(get_global_id(0));
  const uint blocks = cols / (4 * LANES) * (4 * LANES);

  float mean = 0.0f, shift = 0.0f;
#if SUBTRACT_MEAN
  floats part[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  for (uint c = 0; c < blocks; c += 4 * LANES)
#pragma unroll
    for (uint j = 0; j < 4; j++) part[j] += TERM(LOADS, c + j * LANES);
  mean = row_sum(part);
  for (uint c = blocks; c < cols; c++) mean += TERM(LOAD, c);
  mean /= cols;
#endif

  floats rest[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  floats square[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  for (uint c = 0; c < blocks; c += 4 * LANES)
#pragma unroll
    for (uint j = 0; j < 4; j++) {
      const floats d = TERM(LOADS, c + j * LANES) - mean;
      rest[j] += d;
      square[j] = fma(d, d, square[j]);
    }
  float squares = row_sum(square);
  float rests = row_sum(rest);
  for (uint c = blocks; c < cols; c++) {
    const float d = TERM(LOAD, c) - mean;
    rests += d;
    squares = fma(d, d, squares);
  }
  if (SUBTRACT_MEAN) shift = rests / cols;
  const float scale = row_scale(squares, shift, cols, eps);

  for (uint c = 0; c < blocks; c += LANES) {
    const floats s = TERM(LOADS, c);
    PUT_ROW(LOADS, STORES, s, c);
  }
  for (uint c = blocks; c < cols; c++) {
    const float s = TERM(LOAD, c);
    PUT_ROW(LOAD, STORE, s, c);
  }
}
