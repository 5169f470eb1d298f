/* normalise_reference.cl - one work-item normalises one row, in the plainest
 * way; with the macros of normalise.cl.
 *
 * The sums are compensated (Kahan): what an addition loses is kept and taken
 * out of the next term, so that a long row is summed as exactly as a short one.
 */
#include "row/normalise.cl"

struct sum {
  float total, lost;
};

static void add(struct sum *s, float term) {
  const float rest = term - s->lost;
  const float next = s->total + rest;
  s->lost = isinf(next) ? 0.0f : (next - s->total) - rest;
  s->total = next;
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
row_normalise_reference(NORMALISE_PARAMETERS) {
  GO_TO_ROW(get_global_id(0));

  float mean = 0.0f, shift = 0.0f;
#if SUBTRACT_MEAN
  struct sum total = {0.0f, 0.0f};
  for (uint c = 0; c < cols; c++) add(&total, TERM(LOAD, c));
  mean = total.total / cols;
#endif

  struct sum rests = {0.0f, 0.0f}, squares = {0.0f, 0.0f};
  for (uint c = 0; c < cols; c++) {
    const float d = TERM(LOAD, c) - mean;
    add(&rests, d);
    add(&squares, d * d);
  }
  if (SUBTRACT_MEAN) shift = rests.total / cols;
  const float scale = row_scale(squares.total, shift, cols, eps);

  for (uint c = 0; c < cols; c++) {
    const float s = TERM(LOAD, c);
    PUT_ROW(LOAD, STORE, s, c);
  }
}
