/* test_linear_epilogue.c - clinfer_linear_epilogue against the oracle: what
 * clinfer_linear has not, residuals and gates. */

#include "activation_cases.h"

#include <math.h>
#include <string.h>

/* y[m,n] = x[m,k] w[k,n], or w[k,2n] if gated. */
struct shape {
  const char *name;
  size_t m, k, n;
  unsigned flags;
};

/* What the epilogue of a case has. */
struct parts {
  clinfer_activation activation;
  bool gated, bias;
  enum { NO_RESIDUAL, LIKE_Y, OF_OTHER_TYPE, IN_PLACE } residual;
};

/* The operands. In place, y holds the residual before each run. */
struct call {
  struct t_matrix *x, *w, *bias, *residual, *y;
  clinfer_layout layout;
  const struct parts *parts;
};

static struct call make(const struct shape *s, const struct t_form *f,
                        clinfer_layout layout, const struct parts *p) {
  const size_t cols = p->gated ? 2 * s->n : s->n;
  const clinfer_dtype other = f->y.dtype == CLINFER_F32 ? CLINFER_F16
                                                        : CLINFER_F32;
  const struct t_store apart = {other, f->v.offset, f->y.pad + 1};
  return (struct call){
      .x = t_random(s->m, s->k, f->x, -1, 1),
      .w = t_random_weight(s->k, cols, f->w, layout),
      .bias = p->bias ? t_random(1, cols, f->v, -1, 1) : NULL,
      .residual = p->residual == NO_RESIDUAL
                      ? NULL
                      : t_random(s->m, s->n,
                                 p->residual == OF_OTHER_TYPE ? apart : f->y,
                                 -2, 2),
      .y = t_output(s->m, s->n, f->y),
      .layout = layout,
      .parts = p};
}

static struct oracle_value *ask_oracle(const struct call *c) {
  const size_t m = c->y->view.rows, n = c->y->view.cols, k = c->x->view.cols;
  const struct oracle_epilogue e = {.bias = t_values(c->bias),
                                    .residual = t_values(c->residual),
                                    .activation = c->parts->activation,
                                    .gated = c->parts->gated};
  struct oracle_value *x = t_want(m * k), *want = t_want(m * n);
  oracle_exact(c->x->values, m * k, x);
  oracle_linear_epilogue(m, n, k, x, c->w->values, c->layout, &e,
                         c->y->view.dtype, want);
  return want;
}

static void prepare_y(const struct call *c) {
  const clinfer_matrix y = c->y->view;
  t_poison(c->y);
  if (c->parts->residual != IN_PLACE) return;
  memcpy(c->y->values, c->residual->values,
         y.rows * y.cols * sizeof *c->y->values);
  t_write(c->y);
}

static void run(const struct call *c, clinfer_context *ctx, clinfer_weight w) {
  const struct t_matrix *residual = c->parts->residual == IN_PLACE
                                        ? c->y
                                        : c->residual;
  const clinfer_epilogue e = {.bias = t_vector(c->bias),
                              .activation = c->parts->activation,
                              .gated = c->parts->gated,
                              .residual = t_view(residual)};
  prepare_y(c);
  T_OK(clinfer_linear_epilogue(ctx, &t_exec, c->x->view, w, &e, c->y->view));
}

static void check(const struct call *c, const char *form, const char *prefix) {
  const struct oracle_value *want = ask_oracle(c);
  for (const struct t_provider *p = t_next(NULL, prefix); p;
       p = t_next(p, prefix)) {
    clinfer_weight w = t_weight(c->w, c->layout);
    t_at("%s, layout %d, %s%s%s, activation %d, %s", form, (int)c->layout,
         c->parts->gated ? "gated, " : "", c->bias ? "a bias, " : "",
         c->parts->residual == IN_PLACE ? "in place"
         : c->residual                  ? "a residual"
                                        : "no residual",
         (int)c->parts->activation, p->name);
    run(c, p->ctx, w);
    T_CLOSE(c->y, want);
    T_OK(clinfer_weight_pack(p->ctx, t_queue, &w));
    if (w.packed == NULL) continue;
    run(c, p->ctx, w);
    T_CLOSE(c->y, want);
    clinfer_weight_unpack(&w);
  }
  if (c->residual) T_UNCHANGED(c->residual);
  T_UNCHANGED(c->x);
  T_UNCHANGED(c->w);
}

/* ---- Shapes: whole tiles and cut ones, few rows and one, odd columns */

static const struct shape shapes[] = {
    {"70 x 33 x 130", 70, 33, 130, T_EVERYWHERE},
    {"128 x 64 x 128", 128, 64, 128, T_WIDELY},
    {"5 x 257 x 100", 5, 257, 100, T_EVERYWHERE},
    {"1 x 300 x 77", 1, 300, 77, T_WIDELY},
    {"1 x 768 x 3072", 1, 768, 3072, T_DENSE | T_WIDELY},
    {"2 x 3 x 1", 2, 3, 1, 0},
    {"33 x 600 x 24", 33, 600, 24, T_WIDELY},
};

/* Kernels differ by form and by parts: the first shape meets all, the others a
 * third each. */
static bool meets(const struct shape *s, const struct t_form *f, size_t part) {
  const size_t at = (size_t)(s - shapes), form = (size_t)(f - t_forms);
  return t_meets(f, part) && (at == 0 || (at + form + part) % 3 == 0);
}

static void meets_forms(const struct shape *s, const struct parts *parts,
                        size_t count) {
  for (const struct t_form *f = t_forms; f->name; f++) {
    if (s->flags & T_DENSE && f == t_forms + T_DENSE_FORMS) break;
    for (size_t i = 0; i < count; i++) {
      if (!meets(s, f, i)) continue;
      const struct call c = make(s, f, i % 3 ? CLINFER_OUT_IN : CLINFER_IN_OUT,
                                 &parts[i]);
      check(&c, f->name, t_prefix(s->flags, "gemm_"));
      t_release();
    }
  }
}

static void adds_residuals(void **state) {
  static const struct parts parts[] = {
      {CLINFER_NONE, false, true, LIKE_Y},
      {CLINFER_NONE, false, true, OF_OTHER_TYPE},
      {CLINFER_NONE, false, true, IN_PLACE},
      {CLINFER_GELU_ERF, false, false, OF_OTHER_TYPE},
  };
  meets_forms(*state, parts, T_COUNT(parts));
}

static void gates(void **state) {
  static const struct parts parts[] = {
      {CLINFER_SILU, true, true, NO_RESIDUAL},
      {CLINFER_GELU_ERF, true, false, NO_RESIDUAL},
      {CLINFER_SILU, true, true, OF_OTHER_TYPE},
      {CLINFER_SILU, true, true, IN_PLACE},
  };
  meets_forms(*state, parts, T_COUNT(parts));
}

static void gates_by(void **state) {
  const struct activation *a = *state;
  static const struct shape s = {"", 9, 40, 33, 0};
  const struct parts p = {a->activation, true, true, LIKE_Y};
  for (size_t f = 0; f < T_DENSE_FORMS; f++) {
    if (!t_meets(&t_forms[f], a->activation)) continue;
    const struct call c = make(&s, &t_forms[f], CLINFER_IN_OUT, &p);
    check(&c, t_forms[f].name, t_prefix(a->flags, "gemm_"));
    t_release();
  }
}

/* ---- Odd cases */

/* A sum that f16 cannot hold is not rounded before the residual brings it back
 * into range; nor is a gated product. */
static void beyond_f16(void) {
  static const struct shape s = {"", 9, 64, 40, 0};
  static const struct parts residual = {CLINFER_NONE, false, false, LIKE_Y},
                            gated = {CLINFER_RELU, true, false, LIKE_Y};
  for (size_t i = 0; i < 2; i++) {
    const struct call c = make(&s, &t_forms[1], CLINFER_IN_OUT,
                               i ? &gated : &residual);
    const double x = i ? 4 : 256;
    for (size_t j = 0; j < s.m * s.k; j++) c.x->values[j] = x;
    for (size_t j = 0; j < s.k * s.n * (i + 1); j++) c.w->values[j] = i ? 1 : 4;
    for (size_t j = 0; j < s.m * s.n; j++)
      c.residual->values[j] = j % 2 ? -65504 : 1;
    t_write(c.x), t_write(c.w), t_write(c.residual);
    check(&c, "65536 - 65504", "gemm_");
    assert_true(isinf(c.y->values[0]) && c.y->values[1] == 65536 - 65504);
    t_release();
  }
}

/* NaN and the infinities of a residual are those of its elements alone. */
static void poisoned(void) {
  static const struct shape s = {"", 15, 31, 33, 0};
  static const struct parts parts[] = {{CLINFER_SILU, false, true, IN_PLACE},
                                       {CLINFER_SILU, true, true, IN_PLACE}};
  for (size_t i = 0; i < T_COUNT(parts) * T_DENSE_FORMS; i++) {
    const struct t_form *f = &t_forms[i % 2];
    const struct call c = make(&s, f, CLINFER_OUT_IN, &parts[i / 2]);
    c.residual->values[0] = (double)NAN;
    c.residual->values[34] = (double)INFINITY;
    c.bias->values[5] = -(double)INFINITY;
    t_write(c.residual), t_write(c.bias);
    check(&c, f->name, "gemm_");
    t_release();
  }
}

/* Without rows or columns nothing is written; without terms, sums are 0. */
static void empty(void) {
  static const struct shape none[] = {{"no rows", 0, 5, 7, 0},
                                      {"no columns", 3, 5, 0, 0},
                                      {"no terms", 3, 0, 7, 0}};
  static const struct parts parts[] = {{CLINFER_NONE, false, true, LIKE_Y},
                                       {CLINFER_SIGMOID, true, true, LIKE_Y}};
  for (size_t i = 0; i < T_COUNT(none) * T_COUNT(parts); i++) {
    const struct call c = make(&none[i / 2], &t_forms[0], CLINFER_IN_OUT,
                               &parts[i % 2]);
    check(&c, none[i / 2].name, "gemm_");
    t_release();
  }
}

/* Without residual and gate it is clinfer_linear, bit for bit. */
static void is_linear(void) {
  static const struct shape s = {"", 33, 65, 47, 0};
  static const struct parts p = {CLINFER_GELU_TANH, false, true, NO_RESIDUAL};
  for (const struct t_form *f = t_forms; f < t_forms + T_DENSE_FORMS; f++) {
    const struct call c = make(&s, f, CLINFER_IN_OUT, &p);
    struct t_matrix *y = t_output(s.m, s.n, f->y);
    clinfer_context *ctx = t_next(NULL, "")->ctx;
    t_at("%s", f->name);
    run(&c, ctx, t_weight(c.w, c.layout));
    T_OK(clinfer_linear(ctx, &t_exec, c.x->view, t_weight(c.w, c.layout),
                        t_vector(c.bias), p.activation, y->view));
    T_SAME(c.y, y);
    t_release();
  }
}

static const struct t_single singles[] = {
    {"sums beyond f16", beyond_f16},
    {"NaN and infinity in a residual", poisoned},
    {"empty problems", empty},
    {"the simple case is linear", is_linear},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(adds_residuals, shapes),
      T_TABLE(gates, shapes),
      T_TABLE(gates_by, activations),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "linear_epilogue", tables, T_COUNT(tables));
}
