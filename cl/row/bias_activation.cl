/* bias_activation.cl - y is x finished as epilogue.cl says; where that says
 * nothing, a conversion between storage types.
 *
 *   X_TYPE, Y_TYPE  storage types
 *   LANES, ALIGNED, NVIDIA  as in vector.cl
 *   GROUP       work-items in a group
 *   and the macros of epilogue.cl
 *
 * `row_groups` groups share a row. *_at: offset, or (offset, leading
 * dimension), in elements. Each element is read before it is written, by the
 * same work-item, so y may be x, unless GATED.
 */
#if !(defined X_TYPE && defined Y_TYPE && defined GROUP)
#error "row/bias_activation.cl: a macro is missing"
#endif
#include "lib/vector.cl"
#define REAL floats
#define HALF_RESULT 0
#include "lib/epilogue.cl"

/* The element or vector of y at column i, with GET = LOAD or LOADS. */
#define X(GET, i) ((floats)(GET(X_TYPE, x, i)))
#if GATED
#define Y(GET, i) FINISH_GATED(GET, X(GET, i), X(GET, cols + i), row, i, cols)
#else
#define Y(GET, i) FINISH(GET, X(GET, i), row, i)
#endif

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
row_bias_activation(__global const STORAGE(X_TYPE) * x, ulong2 x_at,
                    EPILOGUE_PARAMETERS, __global STORAGE(Y_TYPE) * y,
                    ulong2 y_at, uint cols, uint row_groups) {
  const size_t row = get_group_id(0) / row_groups;
  const uint first = get_group_id(0) % row_groups * GROUP + get_local_id(0);
  x += x_at.s0 + row * x_at.s1;
  y += y_at.s0 + row * y_at.s1;

  for (uint c = first * LANES; c < cols; c += row_groups * GROUP * LANES) {
    if (c + LANES <= cols) {
      STORES(Y_TYPE, Y(LOADS, c), y, c);
      continue;
    }
    for (uint i = c; i < cols; i++) STORE(Y_TYPE, LANE_0(Y(LOAD, i)), y, i);
  }
}
