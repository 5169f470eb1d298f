/* oracle.h - what each operator should give, in double precision on the host.
 *
 * Everything is a dense row-major array of double: inputs are numbers that the
 * storage type holds exactly (see oracle_round), results are struct
 * oracle_value. `error` is how far a right implementation may be from `value`:
 * a running error analysis, not a fixed tolerance. It adds up
 * - float accumulation in chains of 256: with n = K / 256 of them,
 *   2 sqrt(256 / n + n) + 4 units of 2^-24 of the sum of |terms|, and
 *   2 sqrt(K + 1) + 4 for a single shorter one;
 *   a row's mean counts as that exact about the row, however large it is: what
 *   its rounding leaves behind is to be summed and taken out in a second pass;
 * - for values computed from rounded intermediates, what one unit in the last
 *   place of each may do, added as independent errors (root of squares, x 6);
 * - the activation's slope times the error before it, and the few ulp that
 *   OpenCL allows exp, erfc and a division;
 * - the last rounding to the output's dtype.
 * So cancellation loosens only what it should, and near-zero results need no
 * absolute tolerance. A result passes if |got - value| <= error, or if both
 * are NaN, or both the same infinity. A value that the dtype cannot hold is
 * infinite; at the brink, where rounding decides, so is its error. */
#ifndef CLINFER_ORACLE_H
#define CLINFER_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "clinfer/clinfer.h"

struct oracle_value {
  double value, error;
};

/* ---- Storage types */

/* Of a type of two bytes: nearest even, subnormals, Inf, NaN; and exact. */
uint16_t oracle_to_bits(double v, clinfer_dtype dtype);
double oracle_from_bits(uint16_t bits, clinfer_dtype dtype);
double oracle_round(double v, clinfer_dtype dtype); /* to storage and back */
double oracle_ulp(double v, clinfer_dtype dtype);   /* spacing around v */
double oracle_largest(clinfer_dtype dtype);         /* finite number */

/* Store and load `count` elements of storage of that dtype. */
void oracle_store(const double *v, size_t count, clinfer_dtype dtype,
                  void *storage);
void oracle_load(const void *storage, size_t count, clinfer_dtype dtype,
                 double *v);

/* ---- Random inputs: reproducible on every platform from the seed alone */

/* Uniform in [lo, hi], each rounded to dtype. */
void oracle_random(uint64_t seed, double lo, double hi, size_t count,
                   clinfer_dtype dtype, double *v);

/* ---- Operators. M: tokens; optional arrays may be NULL. */

double oracle_activation(clinfer_activation activation, double x);

void oracle_bias_activation(size_t rows, size_t cols, const double *x,
                            const double *bias, clinfer_activation activation,
                            clinfer_dtype y_dtype, struct oracle_value *y);

/* residual, bias, gamma, beta and sum may be NULL; rms: no mean, no beta. */
struct oracle_norm {
  const double *gamma, *beta;
  double eps;
  bool rms;
};
void oracle_normalise(size_t rows, size_t cols, const double *x,
                      const double *bias, const double *residual,
                      const struct oracle_norm *norm, clinfer_dtype y_dtype,
                      struct oracle_value *y, clinfer_dtype sum_dtype,
                      struct oracle_value *sum);

/* Any matrix or vector that the form does not take is NULL. */
void oracle_residual_add(clinfer_residual_form form, size_t rows, size_t cols,
                         const double *hidden, const double *residual,
                         const double *attention, const double *attention_bias,
                         const double *final_bias, int mp_size,
                         clinfer_dtype y_dtype, struct oracle_value *y);

/* y[M,N] = act(x[M,K] w + bias); w is [K,N], or [N,K] if layout says so.
 * x carries its own error: a rounded intermediate, or {value, 0}. */
void oracle_linear(size_t M, size_t N, size_t K, const struct oracle_value *x,
                   const double *w, clinfer_layout layout, const double *bias,
                   clinfer_activation activation, clinfer_dtype y_dtype,
                   struct oracle_value *y);

/* The same with more after the product; with `gated`, w and bias have 2 N
 * columns, and of the halves u and g of x w + bias it is u act(g). */
struct oracle_epilogue {
  const double *bias, *residual; /* may be NULL */
  clinfer_activation activation;
  bool gated;
};
void oracle_linear_epilogue(size_t M, size_t N, size_t K,
                            const struct oracle_value *x, const double *w,
                            clinfer_layout layout,
                            const struct oracle_epilogue *epilogue,
                            clinfer_dtype y_dtype, struct oracle_value *y);

/* The operands of clinfer_attention, as dense arrays in the order of its views.
 * mask, lengths and positions may be NULL; the mask is [mask_batch, mask_heads,
 * queries, keys], of which each is 1 or that of q. */
struct oracle_attention {
  size_t batch, heads, kv_heads, queries, keys, size, value_size;
  const double *q, *k, *v, *mask;
  size_t mask_batch, mask_heads;
  const int *lengths, *positions;
  double scale, soft_cap;
  bool causal;
  size_t window;
  clinfer_dtype weights; /* to which these may be rounded: f32, or the type of
                          * q, k and v, if it is the same */
};
void oracle_attention(const struct oracle_attention *a, clinfer_dtype y_dtype,
                      struct oracle_value *y);

/* {v[i], 0} for each i. */
void oracle_exact(const double *v, size_t count, struct oracle_value *out);

/* ---- Judging */

struct oracle_verdict {
  size_t failures;  /* elements outside their error */
  double worst;     /* largest |got - value| / error over all elements */
  size_t worst_at;  /* its index */
  double got, want; /* there */
};

struct oracle_verdict oracle_judge(const double *got,
                                   const struct oracle_value *want,
                                   size_t count);

#endif
