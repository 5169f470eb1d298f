/* bias_activation_reference.cl - y is x finished as epilogue.cl says, a
 * work-item a row, in the plainest way.
 *
 *   X_TYPE, Y_TYPE  storage types
 *   and the macros of epilogue.cl
 *
 * *_at: offset, or (offset, leading dimension), in elements.
 */
#if !(defined X_TYPE && defined Y_TYPE)
#error "row/bias_activation_reference.cl: a macro is missing"
#endif
#define REAL float
#define HALF_RESULT 0
#include "lib/epilogue.cl"

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
row_bias_activation_reference(__global const STORAGE(X_TYPE) * x, ulong2 x_at,
                              EPILOGUE_PARAMETERS,
                              __global STORAGE(Y_TYPE) * y, ulong2 y_at,
                              uint cols) {
  const size_t row = get_global_id(0);
  x += x_at.s0 + row * x_at.s1;
  y += y_at.s0 + row * y_at.s1;
  for (uint c = 0; c < cols; c++) {
    const float v = LOAD(X_TYPE, x, c);
#if GATED
    const float g = LOAD(X_TYPE, x, cols + c);
    STORE(Y_TYPE, FINISH_GATED(LOAD, v, g, row, c, cols), y, c);
#else
    STORE(Y_TYPE, FINISH(LOAD, v, row, c), y, c);
#endif
  }
}
