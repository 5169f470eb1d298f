/* rows.c - the operators that work row by row: normalisations, residual sum.*/

#include "model.h"

#include <math.h>

static double at(const double *v, size_t i) { return v ? v[i] : 0; }

/* s = (x + bias) + residual in float, for one row. */
static void add_row(size_t cols, const double *x, const double *bias,
                    const double *residual, struct oracle_value *s) {
  for (size_t c = 0; c < cols; c++) {
    const double first = x[c] + at(bias, c), second = first + at(residual, c);
    const double roundings = (bias ? fabs(first) : 0) +
                             (residual ? fabs(second) : 0);
    s[c] = (struct oracle_value){second, roundings * ROUNDING};
  }
}

/* A row's mean and its spread, the mean of (s - mean)^2, with their errors.
 * `rounding` is the error that the mean has in float before a second pass takes
 * it out again: that pass sums what remains of the row, so its errors are in
 * proportion to the row's deviations, not to its mean. */
struct measured {
  double mean, mean_error, rounding, spread, spread_error;
};

static struct measured measure(size_t count, const struct oracle_value *s,
                               bool rms) {
  const double n = (double)count, sum_error = oracle_sum_error(count);
  double sum = 0, sizes = 0, squared_errors = 0;
  for (size_t i = 0; i < count; i++) {
    sum += s[i].value, sizes += fabs(s[i].value);
    squared_errors += s[i].error * s[i].error;
  }
  struct measured row = {0};
  if (!rms) row.mean = sum / n, row.rounding = sum_error * sizes / n;

  double squares = 0, deviations = 0, slopes = 0;
  for (size_t i = 0; i < count; i++) {
    const double d = s[i].value - row.mean, slope = 2 * d * s[i].error;
    squares += d * d, deviations += fabs(d), slopes += slope * slope;
  }
  if (!rms)
    row.mean_error = sum_error * (deviations / n + row.rounding) +
                     INDEPENDENT * sqrt(squared_errors) / n;
  row.spread = squares / n;
  row.spread_error = sum_error * (row.spread + row.rounding * row.rounding) +
                     row.mean_error * row.mean_error +
                     INDEPENDENT * sqrt(slopes) / n + squared_errors / n;
  return row;
}

/* y = (s - mean) * scale * gamma + beta for one row; scale is the inverse root
 * of spread + eps. OpenCL allows rsqrt 2 ulp, sqrt and division about 3 each:
 * together less than 8 roundings beyond that of the sum. */
static void scale_row(size_t cols, const struct oracle_value *s,
                      const struct measured *row,
                      const struct oracle_norm *norm, clinfer_dtype y_dtype,
                      struct oracle_value *y) {
  const double divisor = row->spread + norm->eps, scale = 1 / sqrt(divisor);
  const double scale_error = row->spread_error / divisor / 2 + 8 * ROUNDING;
  for (size_t c = 0; c < cols; c++) {
    const double d = s[c].value - row->mean;
    const double roundings = norm->rms ? 0 : 2 * fabs(d) + row->rounding;
    const double d_error = s[c].error + row->mean_error + roundings * ROUNDING;
    const double gamma = norm->gamma ? norm->gamma[c] : 1;
    const double products = norm->gamma ? 2 : 1;
    const double t = d * scale * gamma;
    const double t_error = d_error * scale * fabs(gamma) +
                           fabs(t) * (scale_error + products * ROUNDING);
    const double value = t + at(norm->beta, c);
    const double rounding = norm->beta ? fabs(value) * ROUNDING : 0;
    y[c] = oracle_stored((struct oracle_value){value, t_error + rounding},
                         y_dtype);
  }
}

void oracle_normalise(size_t rows, size_t cols, const double *x,
                      const double *bias, const double *residual,
                      const struct oracle_norm *norm, clinfer_dtype y_dtype,
                      struct oracle_value *y, clinfer_dtype sum_dtype,
                      struct oracle_value *sum) {
  for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
    /* y holds the row's sums until its results replace them. */
    add_row(cols, x, bias, residual ? residual + r * cols : NULL, y);
    for (size_t c = 0; sum && c < cols; c++)
      sum[r * cols + c] = oracle_stored(y[c], sum_dtype);
    const struct measured row = measure(cols, y, norm->rms);
    scale_row(cols, y, &row, norm, y_dtype, y);
  }
}

void oracle_residual_add(clinfer_residual_form form, size_t rows, size_t cols,
                         const double *hidden, const double *residual,
                         const double *attention, const double *attention_bias,
                         const double *final_bias, int mp_size,
                         clinfer_dtype y_dtype, struct oracle_value *y) {
  for (size_t i = 0; i < rows * cols; i++) {
    const double h = hidden[i], r = residual[i], a = at(attention, i);
    const double ab = at(attention_bias, i % cols);
    const double fb = at(final_bias, i % cols);
    const double shared = form == CLINFER_RESIDUAL_PRE_NORM ? r + fb + a + ab
                                                            : r + fb + ab;
    double value = h + shared / mp_size;
    if (form == CLINFER_RESIDUAL_POST_NORM) value = h + r + fb;
    if (form == CLINFER_RESIDUAL_PARALLEL) value += a;

    /* Four sums, and a division that OpenCL allows 2.5 ulp. */
    const double sizes = fabs(h) + fabs(r) + fabs(a) + fabs(ab) + fabs(fb);
    const struct oracle_value v = {
        value, 4 * sizes * ROUNDING + 5 * fabs(shared) / mp_size * ROUNDING};
    y[i] = oracle_stored(v, y_dtype);
  }
}
