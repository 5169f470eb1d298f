/* bias_activation_reference.cl - y = activation(x + bias), a work-item a row,
 * in the plainest way.
 *
 *   X_TYPE, Y_TYPE  storage types
 *   BIAS_TYPE       a storage type or none
 *   ACTIVATION  as in activation.cl
 *
 * *_at: offset, or (offset, leading dimension), in elements.
 */
#if !(defined X_TYPE && defined BIAS_TYPE && defined Y_TYPE)
#error "row/bias_activation_reference.cl: a macro is missing"
#endif
#define REAL float
#define HALF_RESULT 0
#include "lib/activation.cl"

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
row_bias_activation_reference(__global const STORAGE(X_TYPE) * x, ulong2 x_at,
                          __global const STORAGE(BIAS_TYPE) * bias,
                          ulong bias_at, __global STORAGE(Y_TYPE) * y,
                          ulong2 y_at, uint cols) {
  x += x_at.s0 + get_global_id(0) * x_at.s1;
  y += y_at.s0 + get_global_id(0) * y_at.s1;
  for (uint c = 0; c < cols; c++) {
    float v = LOAD(X_TYPE, x, c);
#if HAS(BIAS_TYPE)
    v += LOAD(BIAS_TYPE, bias, bias_at + c);
#endif
    STORE(Y_TYPE, ACTIVATE(v), y, c);
  }
}
