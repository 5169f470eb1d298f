/* residual_terms.cl - what the residual_add kernels share: three sums that end
 * a transformer block.
 *
 *   y = hidden + whole + scale * (shared terms)
 *
 * where `attention` is a shared term (pre-norm) or a whole one (parallel), and
 * residual and both biases are shared. With scale 1 and no attention it is the
 * post-norm form.
 *
 *   HIDDEN_TYPE, RESIDUAL_TYPE, Y_TYPE  storage types
 *   ATTENTION_TYPE, ATTENTION_BIAS_TYPE, FINAL_BIAS_TYPE  the same, or none
 *   ATTENTION_IS_SHARED  0 or 1
 *
 * *_at: offset, or (offset, leading dimension), in elements.
 */
#if !(defined HIDDEN_TYPE && defined RESIDUAL_TYPE && defined Y_TYPE &&     \
      defined ATTENTION_TYPE && defined ATTENTION_BIAS_TYPE &&              \
      defined FINAL_BIAS_TYPE && defined ATTENTION_IS_SHARED)
#error "row/residual_terms.cl: a macro is missing"
#endif
#include "lib/storage.cl"

#define RESIDUAL_PARAMETERS                                                    \
  __global const STORAGE(HIDDEN_TYPE) * hidden, ulong2 hidden_at,              \
      __global const STORAGE(RESIDUAL_TYPE) * residual, ulong2 residual_at,    \
      __global const STORAGE(ATTENTION_TYPE) * attention, ulong2 attention_at, \
      __global const STORAGE(ATTENTION_BIAS_TYPE) * attention_bias,            \
      ulong attention_bias_at,                                                 \
      __global const STORAGE(FINAL_BIAS_TYPE) * final_bias,                    \
      ulong final_bias_at, __global STORAGE(Y_TYPE) * y, ulong2 y_at,          \
      uint cols, float scale

/* Let every pointer point to its part of `row`. */
#define GO_TO_ROW(row)                                                     \
  hidden += hidden_at.s0 + (row)*hidden_at.s1;                             \
  residual += residual_at.s0 + (row)*residual_at.s1;                       \
  if (HAS(ATTENTION_TYPE)) attention += attention_at.s0 + (row)*attention_at.s1; \
  if (HAS(ATTENTION_BIAS_TYPE)) attention_bias += attention_bias_at;             \
  if (HAS(FINAL_BIAS_TYPE)) final_bias += final_bias_at;                         \
  y += y_at.s0 + (row)*y_at.s1

/* The sum at column i, with GET = LOADS for a vector or LOAD for one. */
#if HAS(FINAL_BIAS_TYPE)
#define ADD_FINAL_BIAS(GET, i) +GET(FINAL_BIAS_TYPE, final_bias, i)
#else
#define ADD_FINAL_BIAS(GET, i)
#endif
#if HAS(ATTENTION_BIAS_TYPE)
#define ADD_ATTENTION_BIAS(GET, i) +GET(ATTENTION_BIAS_TYPE, attention_bias, i)
#else
#define ADD_ATTENTION_BIAS(GET, i)
#endif
#if HAS(ATTENTION_TYPE) && ATTENTION_IS_SHARED
#define ADD_SHARED(GET, i) +GET(ATTENTION_TYPE, attention, i)
#else
#define ADD_SHARED(GET, i)
#endif
#if HAS(ATTENTION_TYPE) && !ATTENTION_IS_SHARED
#define ADD_WHOLE(GET, i) +GET(ATTENTION_TYPE, attention, i)
#else
#define ADD_WHOLE(GET, i)
#endif
#define SUM(GET, i)                                                \
  (GET(HIDDEN_TYPE, hidden, i) ADD_WHOLE(GET, i) +                 \
   scale * (GET(RESIDUAL_TYPE, residual, i) ADD_FINAL_BIAS(GET, i) \
                ADD_SHARED(GET, i) ADD_ATTENTION_BIAS(GET, i)))
