/* activation.cl - the activations, on float or on any vector of floats.
 *
 *   ACTIVATION  none, relu, gelu_erf, gelu_tanh, gelu_sigmoid, silu,
 *               leaky_relu or sigmoid; default none
 *   REAL        float or a vector of floats; default float
 *
 * NaN stays NaN. At -Inf the product of x with a factor that has become 0
 * would be NaN; x * P(x) goes to -0 there. From about t < -89 on, where exp(-t)
 * overflows, the result is -0; it is off by less than 1e-36.
 */
#include "storage.cl"

#ifndef ACTIVATION
#define ACTIVATION none
#endif
#ifndef REAL
#define REAL float
#endif

/* x / (1 + exp(-t)): x times sigmoid(t), without cancellation. */
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

/* 1 + erf(u) is erfc(-u), which keeps its digits where erf is near -1. */
REAL activate_gelu_erf(REAL x) {
  return x < -15.0f ? (REAL)(-0.0f) : 0.5f * x * erfc(-0.707106781f * x);
}

#define ACTIVATE(x) CAT(activate_, ACTIVATION)(x)
