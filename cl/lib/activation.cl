/* activation.cl - the activations, on float or on any vector of floats.
 *
 *   ACTIVATION   none, relu, gelu_erf, gelu_tanh, gelu_sigmoid, silu,
 *                leaky_relu or sigmoid
 *   REAL         float or a vector of floats
 *   HALF_RESULT  1: the result will be rounded to half, so a few ulp of float do
 *                not count, nor what is below half's smallest number, and a
 *                device may use what it has built in; 0: it will not
 *   EXP2         only if HALF_RESULT is 1: what the device has built in for 2 to
 *                the power of a REAL
 *
 * NaN stays NaN. Where x -> -Inf takes the result to 0 from below, it goes to
 * -0, though the product of -Inf with a factor that has become 0 is NaN.
 */
#include "lib/storage.cl"

#if !(defined ACTIVATION && defined REAL && defined HALF_RESULT)
#error "lib/activation.cl: a macro is missing"
#elif HALF_RESULT && !defined EXP2
#error "lib/activation.cl: EXP2 is missing"
#endif

/* x / (1 + exp(-t)): x times sigmoid(t), without cancellation. From about
 * t < -89 on exp(-t) overflows; the -0 there is off by less than 1e-36. */
REAL gated(REAL x, REAL t) {
  return t < -104.0f ? (REAL)(-0.0f) : x / (1.0f + exp(-t));
}

REAL activate_none(REAL x) { return x; }

/* A comparison, not fmax: fmax would turn NaN into 0. */
REAL activate_relu(REAL x) { return x < 0.0f ? (REAL)(0.0f) : x; }

REAL activate_leaky_relu(REAL x) { return x < 0.0f ? 0.01f * x : x; }

REAL activate_sigmoid(REAL x) { return 1.0f / (1.0f + exp(-x)); }

REAL activate_silu(REAL x) { return gated(x, x); }

REAL activate_gelu_sigmoid(REAL x) { return gated(x, 1.702f * x); }

/* 1 + tanh(u) is 2 sigmoid(2 u); 2 sqrt(2 / pi) = 1.5957691. */
REAL activate_gelu_tanh(REAL x) {
  return gated(x, 1.59576912f * (x + 0.044715f * x * x * x));
}

#if HALF_RESULT
/* log2(Phi(-u)): a polynomial, fitted to within 8e-7 for u in [0, 5.75]. */
REAL log2_tail(REAL u) {
  REAL p = 7.60442021e-8f;
  p = fma(p, u, -2.00483601e-6f);
  p = fma(p, u, 2.01425128e-5f);
  p = fma(p, u, -6.79399382e-5f);
  p = fma(p, u, -0.000487321697f);
  p = fma(p, u, 0.00762197515f);
  p = fma(p, u, -0.0529725067f);
  p = fma(p, u, -0.459010601f);
  p = fma(p, u, -1.15113616f);
  return fma(p, u, -0.999999225f);
}

/* x Phi(x), as x - x Phi(-x) where x > 0. Beyond 5.75 what is left of Phi(-u)
 * is lost in rounding to half. The comparison keeps NaN, fmax the sign of 0. */
REAL activate_gelu_erf(REAL x) {
  const REAL u = fabs(x) > 5.75f ? (REAL)(5.75f) : fabs(x);
  return fma(-u, EXP2(log2_tail(u)), fmax(x, -0.0f));
}
#else
/* Phi(-u) / exp(-u * u / 2), the normal distribution's tail without its steep
 * part: a polynomial fitted to within 1e-7 of its value for u in [0, 13.3]. */
REAL tail_ratio(REAL u) {
  const REAL t = 1.0f / fma(u, 0.3025f, 1.0f);
  REAL p = 0.0366083309f;
  p = fma(p, t, -0.156811282f);
  p = fma(p, t, 0.198764697f);
  p = fma(p, t, -0.0481675677f);
  p = fma(p, t, 0.125992447f);
  p = fma(p, t, 0.101316229f);
  p = fma(p, t, 0.1216662f);
  p = fma(p, t, 0.120630905f);
  return p * t;
}

/* x Phi(x), as x - x Phi(-x) where x > 0: nothing cancels on either side, as it
 * would in 1 + erf. Not the built-in erfc, which branches and is slow on most
 * devices. At u = 15 the tail is 0. `rest` is what rounding takes from
 * u * u / 2: exp would make many ulp of it. */
REAL activate_gelu_erf(REAL x) {
  const REAL u = fmin(fabs(x), 15.0f), half_u = 0.5f * u;
  const REAL square = half_u * u, rest = fma(half_u, u, -square);
  const REAL steep = exp(-square);
  const REAL tail = fma(-rest, steep, steep) * tail_ratio(u);
  return copysign(fma(-u, tail, activate_relu(x)), x);
}
#endif

#define ACTIVATE(x) CAT(activate_, ACTIVATION)(x)
