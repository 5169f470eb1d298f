/* normalise.cl - what the normalisation kernels share.
 *
 *   s = (x + bias) + residual;
 *   y = (s - mean) / sqrt(mean((s - mean)^2) + eps) * gamma + beta
 *
 * where bias, residual, gamma and beta count if they are there.
 *
 *   X_TYPE, Y_TYPE  storage types
 *   BIAS_TYPE, RESIDUAL_TYPE, GAMMA_TYPE, BETA_TYPE, SUM_TYPE
 *                  the same, or none
 *   SUBTRACT_MEAN  1: layer norm; 0: the mean counts as 0, RMS norm
 *
 * The variance is taken about the mean in a second pass over the row: x*x minus
 * mean*mean would cancel when the mean is large. The same pass sums s - mean,
 * which would be 0 if `mean` were not rounded; the mean of it, `shift`, is
 * taken out of variance and output. Without that, a rounding of a large mean,
 * or of any mean where eps is tiny, would show in every output. s is computed
 * again in each pass, always in float; only its copy in `sum` is rounded. *_at:
 * offset, or (offset, leading dimension), in elements.
 */
#if !(defined X_TYPE && defined BIAS_TYPE && defined RESIDUAL_TYPE && \
      defined GAMMA_TYPE && defined BETA_TYPE && defined Y_TYPE &&    \
      defined SUM_TYPE && defined SUBTRACT_MEAN)
#error "row/normalise.cl: a macro is missing"
#endif
#include "lib/storage.cl"

#define NORMALISE_PARAMETERS                                                \
  __global const STORAGE(X_TYPE) * x, ulong2 x_at,                          \
      __global const STORAGE(BIAS_TYPE) * bias, ulong bias_at,              \
      __global const STORAGE(RESIDUAL_TYPE) * residual, ulong2 residual_at, \
      __global const STORAGE(GAMMA_TYPE) * gamma, ulong gamma_at,           \
      __global const STORAGE(BETA_TYPE) * beta, ulong beta_at,              \
      __global STORAGE(Y_TYPE) * y, ulong2 y_at,                            \
      __global STORAGE(SUM_TYPE) * sum, ulong2 sum_at, uint cols, float eps

/* Let every pointer point to its part of `row`. */
#define GO_TO_ROW(row)                                                 \
  x += x_at.s0 + (row)*x_at.s1;                                        \
  if (HAS(BIAS_TYPE)) bias += bias_at;                                       \
  if (HAS(RESIDUAL_TYPE)) residual += residual_at.s0 + (row)*residual_at.s1; \
  if (HAS(GAMMA_TYPE)) gamma += gamma_at;                                    \
  if (HAS(BETA_TYPE)) beta += beta_at;                                       \
  y += y_at.s0 + (row)*y_at.s1;                                        \
  if (HAS(SUM_TYPE)) sum += sum_at.s0 + (row)*sum_at.s1

/* s at column i, with GET = LOADS for a vector or LOAD for one element. */
#if HAS(BIAS_TYPE)
#define ADD_BIAS(GET, i) +GET(BIAS_TYPE, bias, i)
#else
#define ADD_BIAS(GET, i)
#endif
#if HAS(RESIDUAL_TYPE)
#define ADD_RESIDUAL(GET, i) +GET(RESIDUAL_TYPE, residual, i)
#else
#define ADD_RESIDUAL(GET, i)
#endif
#define TERM(GET, i) (GET(X_TYPE, x, i) ADD_BIAS(GET, i) ADD_RESIDUAL(GET, i))

/* 1 / sqrt(variance + eps), from sums over the row of s - mean and of its
 * square. */
float row_scale(float squares, float shift, uint cols, float eps) {
  const float variance = squares / cols - shift * shift;
  return rsqrt((variance < 0.0f ? 0.0f : variance) + eps);
}

/* Write y, and s where it is wanted, at column i. */
#if HAS(GAMMA_TYPE)
#define TIMES_GAMMA(GET, i) *GET(GAMMA_TYPE, gamma, i)
#else
#define TIMES_GAMMA(GET, i)
#endif
#if HAS(BETA_TYPE)
#define BETA(GET, i) GET(BETA_TYPE, beta, i)
#else
#define BETA(GET, i) 0.0f
#endif
#if HAS(SUM_TYPE)
#define PUT_SUM(PUT, s, i) PUT(SUM_TYPE, s, sum, i)
#else
#define PUT_SUM(PUT, s, i)
#endif
#define PUT_ROW(GET, PUT, s, i)                                             \
  PUT_SUM(PUT, s, i);                                                       \
  PUT(Y_TYPE,                                                               \
      (s - mean - shift) * scale TIMES_GAMMA(GET, i) + BETA(GET, i), y, i)
