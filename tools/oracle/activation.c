/* activation.c - the activations, and how well float can compute them.
 *
 * The formulas are those that keep their relative accuracy for large negative
 * x, where 1 + erf and 1 + tanh would cancel. */

#include "model.h"

#include <math.h>

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static double tanh_argument(double x) {
  return 0.797884560802865356 * (x + 0.044715 * x * x * x); /* sqrt(2/pi) */
}

static double finite_activation(clinfer_activation activation, double x) {
  switch (activation) {
    case CLINFER_NONE:
      return x;
    case CLINFER_RELU:
      return x < 0 ? 0 : x;
    case CLINFER_GELU_ERF:
      return x * erfc(-x / sqrt(2)) / 2;
    case CLINFER_GELU_TANH:
      return x * sigmoid(2 * tanh_argument(x));
    case CLINFER_GELU_SIGMOID:
      return x * sigmoid(1.702 * x);
    case CLINFER_SILU:
      return x * sigmoid(x);
    case CLINFER_LEAKY_RELU:
      return x < 0 ? 0.01 * x : x;
    case CLINFER_SIGMOID:
      return sigmoid(x);
  }
  return (double)NAN;
}

double oracle_activation(clinfer_activation activation, double x) {
  const bool vanishes = activation == CLINFER_GELU_ERF ||
                        activation == CLINFER_GELU_TANH ||
                        activation == CLINFER_GELU_SIGMOID ||
                        activation == CLINFER_SILU;
  if (vanishes && isinf(x)) return x > 0 ? x : -0.0;
  return finite_activation(activation, x);
}

/* The relative error of 1 / (1 + exp(-z)) in float, where z has an error of
 * its own: OpenCL allows exp 3 ulp and a division 2.5. */
static double sigmoid_error(double z, double z_error) {
  const double in_exp = (1 - sigmoid(z)) * (z_error + 6 * ROUNDING);
  return in_exp + 6 * ROUNDING;
}

/* What float adds while computing the activation of an exact x. OpenCL allows
 * erfc 16 ulp. */
static double own_error(clinfer_activation activation, double x) {
  const double y = fabs(oracle_activation(activation, x)), size = fabs(x);
  double z;
  switch (activation) {
    case CLINFER_NONE:
    case CLINFER_RELU:
      return 0;
    case CLINFER_LEAKY_RELU:
      return x < 0 ? 2 * ROUNDING * y : 0;
    case CLINFER_SIGMOID:
      return y * sigmoid_error(x, 0);
    case CLINFER_SILU:
      return y * (sigmoid_error(x, 0) + ROUNDING) + size * FLUSH;
    case CLINFER_GELU_SIGMOID:
      z = 1.702 * x;
      return y * (sigmoid_error(z, 2 * ROUNDING * fabs(z)) + ROUNDING) +
             size * FLUSH;
    case CLINFER_GELU_TANH:
      z = 2 * tanh_argument(x);
      return y * (sigmoid_error(z, 6 * ROUNDING * fabs(z)) + ROUNDING) +
             size * FLUSH;
    case CLINFER_GELU_ERF:
      /* erfc'(z) = -2/sqrt(pi) exp(-z^2), with z rounded twice. */
      return y * 34 * ROUNDING +
             size * 1.1284 / 2 * exp(-x * x / 2) * size * 2 * ROUNDING +
             size * FLUSH;
  }
  return (double)NAN;
}

/* The activations have one extremum at most, so the ends of v's interval show
 * how far its error carries. */
struct oracle_value oracle_activate(clinfer_activation activation,
                                    struct oracle_value v) {
  const double y = oracle_activation(activation, v.value);
  if (!isfinite(v.value)) return (struct oracle_value){y, 0};
  if (activation == CLINFER_NONE) return v;
  const double below = oracle_activation(activation, v.value - v.error);
  const double above = oracle_activation(activation, v.value + v.error);
  const double carried = fmax(fabs(below - y), fabs(above - y));
  return (struct oracle_value){y, carried + own_error(activation, v.value)};
}

void oracle_bias_activation(size_t rows, size_t cols, const double *x,
                            const double *bias, clinfer_activation activation,
                            clinfer_dtype y_dtype, struct oracle_value *y) {
  for (size_t i = 0; i < rows * cols; i++) {
    struct oracle_value v = {x[i], 0};
    if (bias) {
      v.value += bias[i % cols];
      v.error = fabs(v.value) * ROUNDING;
    }
    y[i] = oracle_stored(oracle_activate(activation, v), y_dtype);
  }
}
