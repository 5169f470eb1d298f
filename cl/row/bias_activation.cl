/* bias_activation.cl - y = activation(x + bias); with neither of the two, a
 * conversion between storage types.
 *
 *   X_TYPE, Y_TYPE  storage types
 *   BIAS_TYPE       a storage type or none
 *   LANES, ALIGNED, NVIDIA  as in vector.cl
 *   GROUP       work-items in a group
 *   ACTIVATION  as in activation.cl
 *
 * `row_groups` groups share a row. *_at: offset, or (offset, leading
 * dimension), in elements. Each element is read before it is written, by the
 * same work-item, so y may be x.
 */
#if !(defined X_TYPE && defined BIAS_TYPE && defined Y_TYPE && defined GROUP)
#error "row/bias_activation.cl: a macro is missing"
#endif
#include "lib/vector.cl"
#define REAL floats
#define HALF_RESULT 0
#include "lib/activation.cl"

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
row_bias_activation(__global const STORAGE(X_TYPE) * x, ulong2 x_at,
                __global const STORAGE(BIAS_TYPE) * bias, ulong bias_at,
                __global STORAGE(Y_TYPE) * y, ulong2 y_at, uint cols,
                uint row_groups) {
  const size_t row = get_group_id(0) / row_groups;
  const uint first = get_group_id(0) % row_groups * GROUP + get_local_id(0);
  x += x_at.s0 + row * x_at.s1;
  y += y_at.s0 + row * y_at.s1;
#if HAS(BIAS_TYPE)
  bias += bias_at;
#endif

  for (uint c = first * LANES; c < cols; c += row_groups * GROUP * LANES) {
    if (c + LANES <= cols) {
      floats v = LOADS(X_TYPE, x, c);
#if HAS(BIAS_TYPE)
      v += LOADS(BIAS_TYPE, bias, c);
#endif
      STORES(Y_TYPE, ACTIVATE(v), y, c);
      continue;
    }
    for (uint i = c; i < cols; i++) {
      floats v = LOAD(X_TYPE, x, i);
#if HAS(BIAS_TYPE)
      v += LOAD(BIAS_TYPE, bias, i);
#endif
      STORE(Y_TYPE, LANE_0(ACTIVATE(v)), y, i);
    }
  }
}
