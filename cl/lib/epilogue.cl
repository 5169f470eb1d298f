/* epilogue.cl - what is done to a sum v before it is rounded and stored as the
 * element of c at row m, column n:
 *
 *   activation(v + bias[n]) + residual[m, n]
 *
 * or, GATED, to the sums u and g of columns n and N + n:
 *
 *   (u + bias[n]) activation(g + bias[N + n]) + residual[m, n]
 *
 *   BIAS_TYPE      a storage type or none
 *   RESIDUAL_TYPE  the same
 *   GATED          1 or 0; a kernel that cannot gate defines it as 0
 *   and the macros of activation.cl
 *
 * A kernel has EPILOGUE_PARAMETERS among its own; a function of it has them as
 * well, and is called with EPILOGUE there. The residual may be c itself: a
 * kernel reads an element of it in the work-item that writes that of c, or
 * before a barrier after which another one does.
 */
#if !(defined BIAS_TYPE && defined RESIDUAL_TYPE && defined GATED)
#error "lib/epilogue.cl: a macro is missing"
#endif
#include "lib/storage.cl"

/* Only then HALF_RESULT of activation.cl may be 1. */
#define ACTIVATION_IS_LAST (!GATED && !HAS(RESIDUAL_TYPE))
#include "lib/activation.cl"

/* Columns of the product for each of c's N. */
#define HALVES (1 + GATED)

#if HAS(RESIDUAL_TYPE)
#define RESIDUAL_PARAMETERS \
  , __global const STORAGE(RESIDUAL_TYPE) * residual, ulong2 residual_at
#define RESIDUAL , residual, residual_at
#else
#define RESIDUAL_PARAMETERS
#define RESIDUAL
#endif

#define EPILOGUE_PARAMETERS \
  __global const STORAGE(BIAS_TYPE) * bias, ulong bias_at RESIDUAL_PARAMETERS
#define EPILOGUE bias, bias_at RESIDUAL

#define RESIDUAL_AT(m, n) \
  (residual_at.s0 + (size_t)(m)*residual_at.s1 + (n))

/* With what is there added to v. GET(type, p, i) loads p[i ...], for example
 * LOAD. */
#if HAS(BIAS_TYPE)
#define BIAS(GET, p, i) GET(BIAS_TYPE, p, i)
#define WITH_BIAS(GET, v, p, i) ((v) + BIAS(GET, p, i))
#else
#define BIAS(GET, p, i) 0.0f
#define WITH_BIAS(GET, v, p, i) (v)
#endif
#if HAS(RESIDUAL_TYPE)
#define WITH_RESIDUAL(GET, v, m, n) \
  ((v) + GET(RESIDUAL_TYPE, residual, RESIDUAL_AT(m, n)))
#else
#define WITH_RESIDUAL(GET, v, m, n) (v)
#endif

/* The whole of it. */
#define FINISH(GET, v, m, n) \
  WITH_RESIDUAL(GET, ACTIVATE(WITH_BIAS(GET, v, bias, bias_at + (n))), m, n)
#define FINISH_GATED(GET, u, g, m, n, N)                               \
  WITH_RESIDUAL(GET,                                                   \
                WITH_BIAS(GET, u, bias, bias_at + (n)) *               \
                    ACTIVATE(WITH_BIAS(GET, g, bias, bias_at + (N) + (n))), \
                m, n)
