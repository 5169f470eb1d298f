/* test_bias_activation.c - clinfer_bias_activation against the oracle. */

#include "activation_cases.h"
#include "tester.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct shape {
  const char *name;
  size_t rows, cols;
  bool dense; /* in the dense forms alone: it is large */
};

static const struct shape shapes[] = {
    {"1 x 512", 1, 512, false},      {"128 x 512", 128, 512, false},
    {"255 x 512", 255, 512, true},   {"510 x 1232", 510, 1232, true},
    {"128 x 4096", 128, 4096, true}, {"1 x 1", 1, 1, false},
    {"3 x 2", 3, 2, false},          {"2 x 3", 2, 3, false},
    {"15 x 7", 15, 7, false},        {"7 x 15", 7, 15, false},
    {"17 x 16", 17, 16, false},      {"16 x 17", 16, 17, false},
    {"33 x 31", 33, 31, false},      {"31 x 33", 31, 33, false},
    {"63 x 65", 63, 65, false},      {"129 x 127", 129, 127, false},
    {"257 x 1", 257, 1, false},      {"1 x 257", 1, 257, false},
    {"5 x 1000", 5, 1000, false},    {"2 x 4095", 2, 4095, false},
    {"1 x 4097", 1, 4097, false},
};

/* Where the result is 0 it has the right sign, which the oracle's verdict does
 * not look at. */
static void same_zeros(const struct t_matrix *y,
                       const struct oracle_value *want) {
  for (size_t i = 0; i < y->view.rows * y->view.cols; i++)
    if (want[i].value == 0)
      assert_int_equal(signbit(y->values[i]) != 0, signbit(want[i].value) != 0);
}

static void check_in(clinfer_context *ctx, struct t_matrix *x,
                     const struct t_matrix *bias, clinfer_activation activation,
                     struct t_matrix *y, const struct oracle_value *want) {
  t_poison(y);
  T_OK(clinfer_bias_activation(ctx, &t_exec, x->view, t_vector(bias),
                               activation, y->view));
  T_CLOSE(y, want);
  same_zeros(y, want);
}

static struct oracle_value *wanted(const struct t_matrix *x,
                                   const struct t_matrix *bias,
                                   clinfer_activation activation,
                                   const struct t_matrix *y) {
  struct oracle_value *want = t_want(x->view.rows * x->view.cols);
  oracle_bias_activation(x->view.rows, x->view.cols, x->values, t_values(bias),
                         activation, y->view.dtype, want);
  return want;
}

/* y = act(x + bias) through every provider; bias may be NULL. */
static void check(struct t_matrix *x, const struct t_matrix *bias,
                  clinfer_activation activation, struct t_matrix *y,
                  const char *form) {
  const struct oracle_value *want = wanted(x, bias, activation, y);
  for (const struct t_provider *p = t_next(NULL, "elementwise"); p;
       p = t_next(p, "elementwise")) {
    t_at("%s, %s, %s", form, p->name, bias ? "bias" : "no bias");
    check_in(p->ctx, x, bias, activation, y, want);
  }
  T_UNCHANGED(x);
}

static void matches_oracle(void **state) {
  const struct shape *s = *state;
  for (const struct t_form *f = t_forms; f->name; f++) {
    if (s->dense && f == t_forms + T_DENSE_FORMS) break;
    struct t_matrix *x = t_random(s->rows, s->cols, f->x, -4, 4);
    struct t_matrix *bias = t_random(1, s->cols, f->v, -2, 2);
    struct t_matrix *y = t_output(s->rows, s->cols, f->y);
    check(x, bias, CLINFER_GELU_ERF, y, f->name);
    check(x, NULL, CLINFER_NONE, y, f->name);
    t_release();
  }
}

/* Where the activation bends, where it vanishes, and far outside. */
static void over_the_line(void **state) {
  const struct activation *a = *state;
  static const double ranges[] = {1e-3, 1, 6, 20, 120, 60000};
  enum { ROWS = 8, COLS = 1000 };
  for (const struct t_form *f = t_forms; f < t_forms + T_DENSE_FORMS; f++)
    for (size_t r = 0; r < T_COUNT(ranges); r++) {
      struct t_matrix *x = t_random(ROWS, COLS, f->x, -ranges[r], ranges[r]);
      struct t_matrix *bias = t_random(1, COLS, f->v, -1, 1);
      struct t_matrix *y = t_output(ROWS, COLS, f->y);
      if (t_meets(f, a->activation)) check(x, NULL, a->activation, y, f->name);
      if (t_meets(f, a->activation + 1u))
        check(x, bias, a->activation, y, f->name);
      t_release();
    }
}

/* Through every provider, and with each kind of vectors that a CPU may have. */
static void check_vectors(struct t_matrix *x, const struct t_matrix *bias,
                          clinfer_activation activation, struct t_matrix *y,
                          const char *place) {
  static const cl_uint floats[] = {4, 8, 16};
  const struct oracle_value *want = wanted(x, bias, activation, y);
  check(x, bias, activation, y, place);
  for (size_t i = 0; i < T_COUNT(floats) && t_with_vectors(floats[i]); i++) {
    t_at("%s, vectors of %u, %s", place, floats[i], bias ? "bias" : "no bias");
    check_in(t_with_vectors(floats[i]), x, bias, activation, y, want);
  }
}

/* From f on, the first form that stands for a type; NULL past the last one. */
static const struct t_form *next_type(const struct t_form *f) {
  if (f < t_forms + T_DENSE_FORMS) return f;
  return f <= t_forms + T_BF16_FORM ? t_forms + T_BF16_FORM : NULL;
}

/* Rows that end anywhere, behind an offset, and apart by a leading dimension:
 * an activation decides whether the compiler may fold a load into what uses it.
 */
static void any_alignment(void **state) {
  const struct activation *a = *state;
  if (!t_goes_everywhere(a->flags)) skip();
  static const size_t widths[] = {1, 4, 7, 8, 9, 16, 17, 33};
  static const size_t offsets[] = {0, 1, 2}, pads[] = {0, 1, 8};
  enum { WIDTHS = T_COUNT(widths), PLACES = 3 };
  for (const struct t_form *f = t_forms; (f = next_type(f)) != NULL; f++)
    for (size_t i = 0; i < WIDTHS * PLACES * PLACES; i++) {
      if (!t_meets(f, a->activation)) break;
      const size_t cols = widths[i % WIDTHS];
      const size_t o = i / WIDTHS % PLACES, p = i / WIDTHS / PLACES;
      const clinfer_dtype dtype = f->x.dtype;
      const struct t_store at_x = {dtype, offsets[o], pads[p]};
      const struct t_store at_bias = {dtype, offsets[(o + p) % PLACES], 0};
      const struct t_store at_y = {dtype, offsets[p], pads[(o + p) % PLACES]};
      char place[64];
      snprintf(place, sizeof place, "%s, %zu columns, offset %zu, pad %zu",
               f->name, cols, at_x.offset, at_x.pad);
      struct t_matrix *x = t_random(2, cols, at_x, -4, 4);
      struct t_matrix *bias = t_random(1, cols, at_bias, -2, 2);
      struct t_matrix *y = t_output(2, cols, at_y);
      check_vectors(x, NULL, a->activation, y, place);
      check_vectors(x, bias, a->activation, y, place);
      t_release();
    }
}

/* NaN stays NaN, and the infinities go to the limits. Where the limit is 0
 * from below, it is -0. */
static void special_values(void **state) {
  const struct activation *a = *state;
  static const double specials[] = {
      (double)NAN, (double)INFINITY, -(double)INFINITY, 0,
      -0.0,        0x1p-24,          -0x1p-24,          65504,
      -65504};
  enum { COUNT = T_COUNT(specials) };
  for (const struct t_form *f = t_forms; (f = next_type(f)) != NULL; f++) {
    if (!t_meets(f, a->activation)) continue;
    struct t_matrix *x = t_random(1, COUNT, f->x, 0, 0);
    struct t_matrix *y = t_output(1, COUNT, f->y);
    for (size_t i = 0; i < COUNT; i++)
      x->values[i] = oracle_round(specials[i], f->x.dtype);
    t_write(x);
    check(x, NULL, a->activation, y, f->name);
    t_release();
  }
}

/* Floats on either side of the middle between two bf16, and in it; large ones,
 * infinities and NaNs, one of which has all bits. */
static void rounds_to_bf16(void) {
  static const uint32_t lower[] = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};
  enum { COUNT = 3001 };
  for (const struct t_provider *p = t_next(NULL, "elementwise"); p;
       p = t_next(p, "elementwise")) {
    const struct t_store floats = {CLINFER_F32, 0, 0},
                         bf16 = {CLINFER_BF16, 1, 0};
    struct t_matrix *x = t_random(1, COUNT, floats, 0, 0);
    struct t_matrix *y = t_output(1, COUNT, bf16);
    for (size_t i = 0; i < COUNT; i++) {
      const size_t upper = 0x80 + i * 8191 % 0x7f80 + i / 2 % 2 * 0x8000;
      const uint32_t bits = i == 0 ? 0x7fffffff
                                   : (uint32_t)upper << 16 |
                                         lower[i / 2 % T_COUNT(lower)];
      float v;
      memcpy(&v, &bits, sizeof v);
      x->values[i] = (double)v;
    }
    t_write(x);
    t_at("%s", p->name);
    T_OK(clinfer_bias_activation(p->ctx, &t_exec, x->view, clinfer_no_vector(),
                                 CLINFER_NONE, y->view));
    T_READ(y);
    for (size_t i = 0; i < COUNT; i++) {
      const double want = oracle_round(x->values[i], CLINFER_BF16);
      assert_true(y->values[i] == want || (isnan(want) && isnan(y->values[i])));
    }
    t_release();
  }
}

static void in_place(void) {
  enum { ROWS = 5, COLS = 1001 };
  for (const struct t_form *f = t_forms; f->name; f++)
    for (const struct t_provider *p = t_next(NULL, "elementwise"); p;
         p = t_next(p, "elementwise")) {
      struct t_matrix *x = t_random(ROWS, COLS, f->x, -4, 4);
      struct t_matrix *bias = t_random(1, COLS, f->v, -1, 1);
      struct oracle_value *want = t_want(ROWS * COLS);
      oracle_bias_activation(ROWS, COLS, x->values, bias->values, CLINFER_SILU,
                             f->x.dtype, want);
      t_at("%s, %s", f->name, p->name);
      T_OK(clinfer_bias_activation(p->ctx, &t_exec, x->view, t_vector(bias),
                                   CLINFER_SILU, x->view));
      T_CLOSE(x, want);
      t_release();
    }
}

static void empty(void) {
  for (const struct t_form *f = t_forms; f->name; f++) {
    struct t_matrix *x = t_output(0, 9, f->x), *y = t_output(0, 9, f->y);
    check(x, t_random(1, 9, f->v, -1, 1), CLINFER_RELU, y, "no rows");
    x = t_output(9, 0, f->x), y = t_output(9, 0, f->y);
    check(x, NULL, CLINFER_RELU, y, "no columns");
    t_release();
  }
}

static const struct t_single singles[] = {{"to bf16", rounds_to_bf16},
                                          {"in place", in_place},
                                          {"empty problems", empty}};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(matches_oracle, shapes),
      T_TABLE(over_the_line, activations),
      T_TABLE(any_alignment, activations),
      T_TABLE(special_values, activations),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "bias_activation", tables, T_COUNT(tables));
}
