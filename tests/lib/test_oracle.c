/* test_oracle.c - the oracle itself, against values worked out by hand. */

#include "tester.h"

#include <float.h>
#include <math.h>

/* The types of two bytes: bits of the mantissa, Inf, and what 1 is. */
static const struct narrow {
  clinfer_dtype dtype;
  unsigned mantissa, infinity, one;
} narrow[] = {{CLINFER_F16, 10, 0x7c00, 0x3c00},
              {CLINFER_BF16, 7, 0x7f80, 0x3f80}};

/* Decoded by their definition, without the oracle's arithmetic. */
static double decode(const struct narrow *n, unsigned bits) {
  const unsigned exponent = (bits & 0x7fff) >> n->mantissa;
  const unsigned hidden = 1u << n->mantissa, bias = n->one >> n->mantissa;
  double v = bits % hidden + (exponent ? hidden : 0);
  const unsigned zero = bias + n->mantissa; /* where v is as it stands */
  for (unsigned e = exponent ? exponent : 1; e < zero; e++) v /= 2;
  for (unsigned e = zero; e < exponent; e++) v *= 2;
  return bits & 0x8000 ? -v : v;
}

static void every_number_decodes(void **state) {
  (void)state;
  for (const struct narrow *n = narrow; n < narrow + T_COUNT(narrow); n++)
    for (unsigned bits = 0; bits < 0x10000; bits++) {
      const double v = oracle_from_bits((uint16_t)bits, n->dtype);
      const uint16_t again = oracle_to_bits(v, n->dtype);
      if ((bits & 0x7fff) > n->infinity) {
        assert_true(isnan(v));
        assert_true((again & 0x7fff) > n->infinity);
        continue;
      }
      if ((bits & 0x7fff) == n->infinity)
        assert_true(isinf(v) && (v < 0) == (bits >= 0x8000));
      else
        assert_true(v == decode(n, bits));
      assert_int_equal(again, bits);
    }
}

/* Between two neighbours, below, at and above the middle. */
static void numbers_round_to_nearest_even(void **state) {
  (void)state;
  for (const struct narrow *n = narrow; n < narrow + T_COUNT(narrow); n++) {
    const clinfer_dtype dtype = n->dtype;
    const unsigned largest = n->infinity - 1;
    for (unsigned bits = 0; bits < largest; bits++) {
      const double low = decode(n, bits), high = decode(n, bits + 1);
      const double middle = (low + high) / 2;
      const unsigned even = bits + bits % 2;
      assert_int_equal(oracle_to_bits(nextafter(middle, 0), dtype), bits);
      assert_int_equal(oracle_to_bits(middle, dtype), even);
      assert_int_equal(oracle_to_bits(nextafter(middle, 1e99), dtype),
                       bits + 1);
      assert_int_equal(oracle_to_bits(-middle, dtype), 0x8000 | even);
      assert_true(oracle_ulp(low, dtype) == high - low);
    }
    const double last = decode(n, largest);
    const double brink = last + (last - decode(n, largest - 1)) / 2;
    assert_true(oracle_largest(dtype) == last);
    assert_int_equal(oracle_to_bits(nextafter(brink, 0), dtype), largest);
    assert_int_equal(oracle_to_bits(brink, dtype), n->infinity);
    assert_int_equal(oracle_to_bits(-1e300, dtype), 0x8000 | n->infinity);
  }
}

static void ulps_of_float(void **state) {
  (void)state;
  const float numbers[] = {0, FLT_MIN / 4, FLT_MIN, 1, 1.5f, 3e38f};
  for (size_t i = 0; i < T_COUNT(numbers); i++) {
    const float n = numbers[i], next = nextafterf(n, FLT_MAX);
    assert_true(oracle_ulp((double)n, CLINFER_F32) == (double)next - (double)n);
    assert_true(oracle_ulp((double)-n, CLINFER_F32) ==
                (double)next - (double)n);
  }
  assert_true(oracle_round(1 + 0x1p-25, CLINFER_F32) == 1);
}

static void storage_round_trips(void **state) {
  (void)state;
  const double v[] = {0, -1.5, 65280, 0x1p-24, (double)INFINITY};
  enum { COUNT = T_COUNT(v) };
  const clinfer_dtype dtypes[] = {CLINFER_F32, CLINFER_F16, CLINFER_BF16};
  for (size_t d = 0; d < T_COUNT(dtypes); d++) {
    float storage[COUNT];
    double back[COUNT];
    oracle_store(v, COUNT, dtypes[d], storage);
    oracle_load(storage, COUNT, dtypes[d], back);
    for (size_t i = 0; i < COUNT; i++) assert_true(back[i] == v[i]);
  }
}

/* Random inputs must stay the same for ever: recorded failures name seeds. */
static void random_is_reproducible(void **state) {
  (void)state;
  double a[1000], b[1000], sum = 0;
  oracle_random(17, -2, 6, 1000, CLINFER_F16, a);
  oracle_random(17, -2, 6, 1000, CLINFER_F16, b);
  assert_memory_equal(a, b, sizeof a);
  oracle_random(18, -2, 6, 1000, CLINFER_F16, b);
  assert_memory_not_equal(a, b, sizeof a);
  for (size_t i = 0; i < 1000; i++) {
    assert_true(a[i] >= -2 && a[i] <= 6);
    assert_true(oracle_round(a[i], CLINFER_F16) == a[i]);
    sum += a[i];
  }
  assert_true(fabs(sum / 1000 - 2) < 0.3);

  /* SplitMix64 of 0 starts with 0xe220a8397b1dcdaf. */
  oracle_random(0, 0, 1, 1, CLINFER_F32, a);
  const double first = (double)(0xe220a8397b1dcdafu >> 11) * 0x1p-53;
  assert_true(a[0] == oracle_round(first, CLINFER_F32));
}

static void near(double got, double want, double tolerance) {
  if (!(fabs(got - want) <= tolerance))
    fail_msg("got %.17g, want %.17g", got, want);
}

static void activations(void **state) {
  (void)state;
  near(oracle_activation(CLINFER_NONE, -3), -3, 0);
  near(oracle_activation(CLINFER_RELU, -3), 0, 0);
  near(oracle_activation(CLINFER_RELU, 3), 3, 0);
  near(oracle_activation(CLINFER_LEAKY_RELU, -3), -0.03, 1e-16);
  near(oracle_activation(CLINFER_LEAKY_RELU, 3), 3, 0);
  near(oracle_activation(CLINFER_SIGMOID, 0), 0.5, 0);
  near(oracle_activation(CLINFER_SIGMOID, log(3)), 0.75, 1e-15);
  near(oracle_activation(CLINFER_SILU, log(3)), 0.75 * log(3), 1e-15);
  near(oracle_activation(CLINFER_GELU_SIGMOID, 1 / 1.702),
       1 / 1.702 / (1 + exp(-1)), 1e-15);
  /* The normal distribution function at 1 and at -1. */
  near(oracle_activation(CLINFER_GELU_ERF, 1), 0.84134474606854293, 1e-15);
  near(oracle_activation(CLINFER_GELU_ERF, -1), -0.15865525393145707, 1e-15);
  const double z = sqrt(2 / acos(-1)) * (2 + 0.044715 * 8);
  near(oracle_activation(CLINFER_GELU_TANH, 2), 1 + tanh(z), 1e-14);
}

/* Each GELU is a function of its own, further from the others than any bound
 * in these tests. */
static void gelus_differ(void **state) {
  (void)state;
  const double erf_ = oracle_activation(CLINFER_GELU_ERF, 2.70);
  const double tanh_ = oracle_activation(CLINFER_GELU_TANH, 2.70);
  near(fabs(erf_ - tanh_), 4.73e-4, 1e-6);
  near(fabs(oracle_activation(CLINFER_GELU_ERF, 2.27) -
            oracle_activation(CLINFER_GELU_SIGMOID, 2.27)),
       2.03e-2, 1e-4);
  const double x[] = {2.70, 2.27};
  struct oracle_value y[2];
  oracle_bias_activation(1, 2, x, NULL, CLINFER_GELU_ERF, CLINFER_F32, y);
  assert_true(y[0].error < 1e-5 && y[1].error < 1e-5);
}

static void limits_of_activations(void **state) {
  (void)state;
  const double inf = (double)INFINITY;
  for (int a = CLINFER_NONE; a <= CLINFER_SIGMOID; a++) {
    const clinfer_activation activation = (clinfer_activation)a;
    assert_true(isnan(oracle_activation(activation, (double)NAN)));
    const double high = oracle_activation(activation, inf);
    assert_true(high == (activation == CLINFER_SIGMOID ? 1 : inf));
  }
  const clinfer_activation vanish[] = {CLINFER_GELU_ERF, CLINFER_GELU_TANH,
                                       CLINFER_GELU_SIGMOID, CLINFER_SILU};
  for (size_t i = 0; i < T_COUNT(vanish); i++) {
    const double low = oracle_activation(vanish[i], -inf);
    assert_true(low == 0 && signbit(low));
  }
  assert_true(oracle_activation(CLINFER_LEAKY_RELU, -inf) == -inf);
}

/* (1, 3, 5, 7): mean 4, variance 5. */
static void normalises(void **state) {
  (void)state;
  const double x[] = {1, 3, 5, 7}, gamma[] = {1, 2, -1, 0};
  const double beta[] = {0, 1, 0, 9};
  struct oracle_value y[4];
  const struct oracle_norm norm = {gamma, beta, 4, false};
  oracle_normalise(1, 4, x, NULL, NULL, &norm, CLINFER_F32, y, CLINFER_F32,
                   NULL);
  const double want[] = {-1, 2. / 3 * -1 + 1, -1. / 3, 9};
  for (size_t i = 0; i < 4; i++) {
    near(y[i].value, want[i], 1e-15);
    assert_true(y[i].error > 0 && y[i].error < 3e-6);
  }
}

/* Mean of squares 21: with eps 4 the divisor is 5. */
static void normalises_by_root_mean_square(void **state) {
  (void)state;
  const double x[] = {1, 3, 5, 7}, gamma[] = {1, 1, 2, -1};
  struct oracle_value y[4];
  const struct oracle_norm norm = {gamma, NULL, 4, true};
  oracle_normalise(1, 4, x, NULL, NULL, &norm, CLINFER_F32, y, CLINFER_F32,
                   NULL);
  const double want[] = {0.2, 0.6, 2, -1.4};
  for (size_t i = 0; i < 4; i++) near(y[i].value, want[i], 1e-15);
}

/* Without gamma: what ones give, but for one rounding less. */
static void normalises_without_gamma(void **state) {
  (void)state;
  const double x[] = {1, 3, 5, 7}, ones[] = {1, 1, 1, 1};
  struct oracle_value y[4], scaled[4];
  const struct oracle_norm plain = {NULL, NULL, 4, false};
  const struct oracle_norm with_ones = {ones, NULL, 4, false};
  oracle_normalise(1, 4, x, NULL, NULL, &plain, CLINFER_F32, y, CLINFER_F32,
                   NULL);
  oracle_normalise(1, 4, x, NULL, NULL, &with_ones, CLINFER_F32, scaled,
                   CLINFER_F32, NULL);
  for (size_t i = 0; i < 4; i++) {
    near(y[i].value, scaled[i].value, 0);
    assert_true(y[i].error > 0 && y[i].error < scaled[i].error);
  }
}

/* Sums 12, 14, 16, 18 are the row above times one, plus eleven. */
static void normalises_sums(void **state) {
  (void)state;
  const double x[] = {1, 1, 1, 1}, bias[] = {10, 10, 20, 20};
  const double residual[] = {1, 3, -5, -3}, gamma[] = {1, 1, 1, 1};
  struct oracle_value y[4], sum[4];
  const struct oracle_norm norm = {gamma, NULL, 4, false};
  oracle_normalise(1, 4, x, bias, residual, &norm, CLINFER_F16, y, CLINFER_F16,
                   sum);
  const double want[] = {-1, -1. / 3, 1. / 3, 1};
  for (size_t i = 0; i < 4; i++) {
    near(sum[i].value, 12 + 2 * (double)i, 0);
    near(y[i].value, want[i], 1e-15);
  }
}

static void adds_residuals(void **state) {
  (void)state;
  const double h = 1, r = 2, a = 4, ab = 8, fb = 16;
  const struct {
    clinfer_residual_form form;
    double want;
  } forms[] = {{CLINFER_RESIDUAL_PRE_NORM, 1 + (2 + 16 + 4 + 8) / 2.},
               {CLINFER_RESIDUAL_POST_NORM, 1 + 2 + 16},
               {CLINFER_RESIDUAL_PARALLEL, 1 + 4 + (2 + 16 + 8) / 2.}};
  for (size_t i = 0; i < T_COUNT(forms); i++) {
    const bool post = forms[i].form == CLINFER_RESIDUAL_POST_NORM;
    struct oracle_value y;
    oracle_residual_add(forms[i].form, 1, 1, &h, &r, post ? NULL : &a,
                        post ? NULL : &ab, &fb, 2, CLINFER_F32, &y);
    near(y.value, forms[i].want, 0);
  }
}

static void multiplies(void **state) {
  (void)state;
  const double x[] = {1, 2, 3, 4, 5, 6};             /* 2 x 3 */
  const double w[] = {1, 0, 0, 1, 2, -1};            /* 3 x 2 */
  const double w_transposed[] = {1, 0, 2, 0, 1, -1}; /* 2 x 3 */
  const double bias[] = {-10, 2}, want[] = {-3, 1, 6, 1};
  struct oracle_value exact[6], y[4];
  oracle_exact(x, 6, exact);
  oracle_linear(2, 2, 3, exact, w, CLINFER_IN_OUT, bias, CLINFER_NONE,
                CLINFER_F32, y);
  for (size_t i = 0; i < 4; i++) near(y[i].value, want[i], 0);
  oracle_linear(2, 2, 3, exact, w_transposed, CLINFER_OUT_IN, bias,
                CLINFER_RELU, CLINFER_F32, y);
  for (size_t i = 0; i < 4; i++) near(y[i].value, fmax(want[i], 0), 0);
  oracle_linear(1, 2, 0, NULL, NULL, CLINFER_IN_OUT, bias, CLINFER_NONE,
                CLINFER_F32, y);
  near(y[0].value, -10, 0);
}

/* An input's own error reaches the product, scaled by the weight. */
static void carries_errors(void **state) {
  (void)state;
  const struct oracle_value x = {1, 1e-3};
  const double w = 100;
  struct oracle_value y;
  oracle_linear(1, 1, 1, &x, &w, CLINFER_IN_OUT, NULL, CLINFER_NONE,
                CLINFER_F32, &y);
  assert_true(y.error >= 0.1 && y.error < 1);
}

static void overflow_is_infinite(void **state) {
  (void)state;
  const double x[] = {300, -300, 255, 65519.999 / 256}, w = 256;
  struct oracle_value exact[4], y[4];
  oracle_exact(x, 4, exact);
  oracle_linear(4, 1, 1, exact, &w, CLINFER_IN_OUT, NULL, CLINFER_NONE,
                CLINFER_F16, y);
  assert_true(isinf(y[0].value) && y[0].value > 0);
  assert_true(isinf(y[1].value) && y[1].value < 0);
  assert_true(y[2].value == 65280 && isfinite(y[2].error));
  assert_true(isinf(y[3].error)); /* could round either way */
}

static void judges(void **state) {
  (void)state;
  const double nan = (double)NAN, inf = (double)INFINITY;
  const struct oracle_value want[] = {{1, 0.5}, {2, 0}, {nan, 0}, {inf, 0}};
  const struct {
    double got[4];
    size_t failures, worst_at;
    double worst;
  } cases[] = {
      {{1.25, 2, nan, inf}, 0, 0, 0.5}, {{1.75, 2, nan, inf}, 1, 0, 1.5},
      {{1, 2.5, nan, inf}, 1, 1, inf},  {{1, 2, 3, inf}, 1, 2, inf},
      {{1, 2, nan, -inf}, 1, 3, inf},   {{1, nan, nan, inf}, 1, 1, inf},
      {{nan, nan, 0, 0}, 4, 0, inf},    {{1, 2, nan, 1e300}, 1, 3, inf},
  };
  for (size_t i = 0; i < T_COUNT(cases); i++) {
    const struct oracle_verdict v = oracle_judge(cases[i].got, want, 4);
    assert_int_equal(v.failures, cases[i].failures);
    assert_int_equal(v.worst_at, cases[i].worst_at);
    assert_true(v.worst == cases[i].worst);
  }
  assert_int_equal(oracle_judge(NULL, NULL, 0).failures, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_number_decodes),
      cmocka_unit_test(numbers_round_to_nearest_even),
      cmocka_unit_test(ulps_of_float),
      cmocka_unit_test(storage_round_trips),
      cmocka_unit_test(random_is_reproducible),
      cmocka_unit_test(activations),
      cmocka_unit_test(gelus_differ),
      cmocka_unit_test(limits_of_activations),
      cmocka_unit_test(normalises),
      cmocka_unit_test(normalises_by_root_mean_square),
      cmocka_unit_test(normalises_without_gamma),
      cmocka_unit_test(normalises_sums),
      cmocka_unit_test(adds_residuals),
      cmocka_unit_test(multiplies),
      cmocka_unit_test(carries_errors),
      cmocka_unit_test(overflow_is_infinite),
      cmocka_unit_test(judges),
  };
  return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
