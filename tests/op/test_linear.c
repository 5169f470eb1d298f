/* test_linear.c - clinfer_linear against the oracle: every shape without an
 * activation, and every activation. */

#include "activation_cases.h"
#include "gemm_cases.h"

#include <math.h>

static clinfer_status run(clinfer_context *ctx, const struct t_matrix *x,
                          clinfer_weight w, const struct t_matrix *bias,
                          clinfer_activation activation,
                          const struct t_matrix *y) {
  return clinfer_linear(ctx, &t_exec, x->view, w, t_vector(bias), activation,
                        y->view);
}

const struct gemm_op gemm_op = {run, true};

/* Full tiles and cut ones. */
static const struct gemm_shape middle = {"middle", 70, 33, 130, 0};

static void activates(void **state) {
  const struct activation *a = *state;
  for (size_t f = 0; f < T_DENSE_FORMS; f++) {
    if (!t_meets(&t_forms[f], a->activation)) continue;
    struct gemm g = gemm_random(&middle, &t_forms[f], CLINFER_IN_OUT);
    g.activation = a->activation;
    gemm_check(&g, t_forms[f].name, t_prefix(a->flags, "gemm_"));
    t_release();
  }
}

/* Columns that end anywhere, behind an offset, and apart by a leading
 * dimension, with each kind of vectors that a CPU may have. */
static void activates_at_any_alignment(void **state) {
  const struct activation *a = *state;
  if (!t_goes_everywhere(a->flags)) skip();
  static const size_t widths[] = {4, 8, 9, 17, 40}, places[] = {0, 1, 3};
  static const cl_uint floats[] = {8, 16};
  for (size_t i = 0; i < T_COUNT(widths) * T_COUNT(places); i++)
    for (size_t v = 0; v < T_COUNT(floats) && t_with_vectors(floats[v]); v++) {
      const size_t at = places[i / T_COUNT(widths)];
      const struct gemm_shape s = {"", 3, 5, widths[i % T_COUNT(widths)], 0};
      const struct t_form form = {.name = "f16",
                                  .x = {CLINFER_F16, at, at},
                                  .w = {CLINFER_F16, at, at},
                                  .v = {CLINFER_F16, at, 0},
                                  .y = {CLINFER_F16, at, 2 * at}};
      struct gemm g = gemm_random(&s, &form, CLINFER_OUT_IN);
      g.activation = a->activation;
      t_at("%zu columns, offset %zu, vectors of %u", s.n, at, floats[v]);
      gemm_check_in(t_with_vectors(floats[v]), &g);
      g.bias = NULL;
      gemm_check_in(t_with_vectors(floats[v]), &g);
      t_release();
    }
}

/* Sums of NaN and of the infinities go through the activation, too. */
static void activates_infinity(void **state) {
  const struct activation *a = *state;
  for (size_t f = 0; f < T_DENSE_FORMS; f++) {
    if (!t_meets(&t_forms[f], a->activation)) continue;
    struct gemm g = gemm_random(&middle, &t_forms[f], CLINFER_IN_OUT);
    g.bias->values[0] = (double)INFINITY;
    g.bias->values[1] = -(double)INFINITY;
    g.bias->values[2] = (double)NAN;
    g.bias->values[129] = -(double)INFINITY;
    t_write(g.bias);
    g.activation = a->activation;
    gemm_check(&g, t_forms[f].name, t_prefix(a->flags, "gemm_"));
    t_release();
  }
}

static void without_bias(void) {
  for (size_t f = 0; f < T_DENSE_FORMS; f++) {
    struct gemm g = gemm_random(&middle, &t_forms[f], CLINFER_IN_OUT);
    g.bias = NULL;
    g.activation = CLINFER_SILU;
    gemm_check(&g, t_forms[f].name, "gemm_");
    t_release();
  }
}

/* A sum that f16 cannot hold is infinite, unless what follows brings it back
 * into range before the one rounding. */
static void beyond_f16(void) {
  static const struct gemm_shape s = {"beyond f16", 9, 64, 40, 0};
  struct gemm g = gemm_random(&s, &t_forms[1], CLINFER_IN_OUT);
  for (size_t i = 0; i < s.m * s.k; i++) g.x->values[i] = 256;
  for (size_t i = 0; i < s.k * s.n; i++) g.w->values[i] = 4;
  for (size_t i = 0; i < s.n; i++) g.bias->values[i] = i % 2 ? -65504 : 1;
  t_write(g.x), t_write(g.w), t_write(g.bias);
  gemm_check(&g, "256 * 4 * 64 - 65504", "gemm_");
  assert_true(isinf(g.y->values[0]) && g.y->values[1] == 65536 - 65504);
}

static const struct t_single singles[] = {
    {"NaN and infinity stay in their row or column", gemm_poisoned},
    {"an activation without bias", without_bias},
    {"sums beyond f16", beyond_f16},
    {"the same bits again", gemm_repeats},
    {"empty problems", gemm_empty},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(gemm_matches_oracle, gemm_shapes),
      T_TABLE(activates, activations),
      T_TABLE(activates_at_any_alignment, activations),
      T_TABLE(activates_infinity, activations),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "linear", tables, T_COUNT(tables));
}
