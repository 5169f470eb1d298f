/* linear.c - y = act(x w + bias) and what else may follow a product, with the
 * error that each sum may have. */

#include "model.h"

#include <math.h>
#include <stdlib.h>

/* Columns of y computed together, so that a strip of w stays in cache while
 * all rows of x pass over it. */
enum { STRIP = 64 };

/* Sums over k for one row of x and one strip: products, their sizes, and the
 * squares of what x's errors do to them. */
struct sums {
  double value[STRIP], size[STRIP], squared_error[STRIP];
};

/* The strip of w that starts at column n, as [K, STRIP], zero past N. */
static void load_strip(size_t N, size_t K, const double *w,
                       clinfer_layout layout, size_t n, double *strip) {
  for (size_t k = 0; k < K; k++)
    for (size_t j = 0; j < STRIP; j++) {
      const size_t column = n + j;
      double v = 0;
      if (column < N)
        v = layout == CLINFER_IN_OUT ? w[k * N + column] : w[column * K + k];
      strip[k * STRIP + j] = v;
    }
}

static void sum_strip(size_t K, const struct oracle_value *x,
                      const double *strip, struct sums *sums) {
  *sums = (struct sums){0};
  for (size_t k = 0; k < K; k++, strip += STRIP) {
    const double value = x[k].value, variance = x[k].error * x[k].error;
    for (size_t j = 0; j < STRIP; j++) {
      const double product = value * strip[j];
      sums->value[j] += product;
      sums->size[j] += fabs(product);
      sums->squared_error[j] += variance * strip[j] * strip[j];
    }
  }
}

static struct oracle_value biased(const struct sums *sums, size_t j, size_t K,
                                  const double *bias) {
  struct oracle_value v = {sums->value[j], 0};
  v.error = oracle_sum_error(K) * sums->size[j] +
            INDEPENDENT * sqrt(sums->squared_error[j]) + (double)K * FLUSH;
  if (bias == NULL) return v;
  v.value += *bias;
  v.error += fabs(v.value) * ROUNDING;
  return v;
}

/* x w + bias, of that many columns, before anything else. */
static void multiply(size_t M, size_t cols, size_t K,
                     const struct oracle_value *x, const double *w,
                     clinfer_layout layout, const double *bias,
                     struct oracle_value *product) {
  double *strip = malloc((K + 1) * STRIP * sizeof *strip);
  if (strip == NULL) abort();
  for (size_t n = 0; n < cols; n += STRIP) {
    load_strip(cols, K, w, layout, n, strip);
    for (size_t m = 0; m < M; m++) {
      struct sums sums;
      sum_strip(K, x + m * K, strip, &sums);
      for (size_t j = 0; j < STRIP && n + j < cols; j++)
        product[m * cols + n + j] = biased(&sums, j, K,
                                           bias ? bias + n + j : NULL);
    }
  }
  free(strip);
}

/* u g in float. */
static struct oracle_value gate(struct oracle_value u, struct oracle_value g) {
  const double value = u.value * g.value;
  const double carried = fabs(u.value) * g.error + fabs(g.value) * u.error +
                         u.error * g.error;
  return (struct oracle_value){value, carried + fabs(value) * ROUNDING + FLUSH};
}

void oracle_linear_epilogue(size_t M, size_t N, size_t K,
                            const struct oracle_value *x, const double *w,
                            clinfer_layout layout,
                            const struct oracle_epilogue *e,
                            clinfer_dtype y_dtype, struct oracle_value *y) {
  const size_t cols = e->gated ? 2 * N : N;
  struct oracle_value *product = malloc((M * cols + 1) * sizeof *product);
  if (product == NULL) abort();
  multiply(M, cols, K, x, w, layout, e->bias, product);
  for (size_t i = 0; i < M * N; i++) {
    const struct oracle_value *p = product + i / N * cols + i % N;
    struct oracle_value v = oracle_activate(e->activation,
                                            e->gated ? p[N] : *p);
    if (e->gated) v = gate(*p, v);
    if (e->residual) {
      v.value += e->residual[i];
      v.error += fabs(v.value) * ROUNDING;
    }
    y[i] = oracle_stored(v, y_dtype);
  }
  free(product);
}

void oracle_linear(size_t M, size_t N, size_t K, const struct oracle_value *x,
                   const double *w, clinfer_layout layout, const double *bias,
                   clinfer_activation activation, clinfer_dtype y_dtype,
                   struct oracle_value *y) {
  const struct oracle_epilogue e = {.bias = bias, .activation = activation};
  oracle_linear_epilogue(M, N, K, x, w, layout, &e, y_dtype, y);
}
