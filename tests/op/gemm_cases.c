/* gemm_cases.c - the checks that linear and vector_matmul have in common. */

#include "gemm_cases.h"

#include <math.h>

struct gemm gemm_random(const struct gemm_shape *s, const struct t_form *f,
                        clinfer_layout layout) {
  struct gemm g = {.layout = layout, .activation = CLINFER_NONE};
  g.x = t_random(s->m, s->k, f->x, -1, 1);
  g.w = t_random_weight(s->k, s->n, f->w, layout);
  g.bias = gemm_op.has_epilogue ? t_random(1, s->n, f->v, -1, 1) : NULL;
  g.y = t_output(s->m, s->n, f->y);
  return g;
}

static struct oracle_value *ask_oracle(const struct gemm *g) {
  const size_t m = g->x->view.rows, k = g->x->view.cols, n = g->y->view.cols;
  struct oracle_value *x = t_want(m * k), *want = t_want(m * n);
  oracle_exact(g->x->values, m * k, x);
  oracle_linear(m, n, k, x, g->w->values, g->layout, t_values(g->bias),
                g->activation, g->y->view.dtype, want);
  return want;
}

static void run(const struct gemm *g, clinfer_context *ctx, clinfer_weight w) {
  T_OK(gemm_op.run(ctx, g->x, w, g->bias, g->activation, g->y));
}

void gemm_check_in(clinfer_context *ctx, const struct gemm *g) {
  t_poison(g->y);
  run(g, ctx, t_weight(g->w, g->layout));
  T_CLOSE(g->y, ask_oracle(g));
}

void gemm_check(const struct gemm *g, const char *form, const char *prefix) {
  const struct oracle_value *want = ask_oracle(g);
  const char *layout = g->layout == CLINFER_IN_OUT ? "in_out" : "out_in";
  for (const struct t_provider *p = t_next(NULL, prefix); p;
       p = t_next(p, prefix)) {
    clinfer_weight w = t_weight(g->w, g->layout);
    t_at("%s, %s, %s", form, layout, p->name);
    t_poison(g->y);
    run(g, p->ctx, w);
    T_CLOSE(g->y, want);

    T_OK(clinfer_weight_pack(p->ctx, t_queue, &w));
    if (w.packed == NULL) continue; /* it would be the same run again */
    t_at("%s, %s, %s, packed", form, layout, p->name);
    t_poison(g->y);
    run(g, p->ctx, w);
    T_CLOSE(g->y, want);
    clinfer_weight_unpack(&w);
    assert_null(w.packed);
  }
  T_UNCHANGED(g->x);
  T_UNCHANGED(g->w);
}

/* Of all providers, or in a narrow run of linear's alone: without an epilogue
 * each computes the same. */
static const char *all_gemms(void) {
  return t_prefix(gemm_op.has_epilogue ? T_EVERYWHERE : T_WIDELY, "gemm_");
}

static const clinfer_layout layouts[] = {CLINFER_IN_OUT, CLINFER_OUT_IN};

/* In dense forms small sizes meet both layouts. */
static bool is_met(const struct gemm_shape *s, const struct t_form *f,
                   size_t layout) {
  const bool is_small = !(s->flags & T_DENSE);
  return (is_small && f < t_forms + T_DENSE_FORMS) || t_meets(f, layout);
}

void gemm_matches_oracle(void **state) {
  const struct gemm_shape *s = *state;
  for (const struct t_form *f = t_forms; f->name; f++) {
    if (s->flags & T_DENSE && f == t_forms + T_DENSE_FORMS) break;
    for (size_t l = 0; l < T_COUNT(layouts); l++) {
      if (!is_met(s, f, l)) continue;
      const struct gemm g = gemm_random(s, f, layouts[l]);
      gemm_check(&g, f->name, t_prefix(s->flags, all_gemms()));
      t_release();
    }
  }
}

static void poisoned(const struct gemm_shape *s, const struct t_form *f,
                     clinfer_layout layout) {
  struct gemm g = gemm_random(s, f, layout);
  g.x->values[0] = (double)NAN;
  g.x->values[s->m * s->k - 1] = (double)NAN;
  g.x->values[s->m / 2 * s->k + 3] = (double)INFINITY;
  t_write(g.x);
  gemm_check(&g, f->name, all_gemms());
  t_release();

  g = gemm_random(s, f, layout);
  g.w->values[0] = (double)NAN;
  g.w->values[s->k * s->n - 1] = -(double)INFINITY;
  t_write(g.w);
  gemm_check(&g, f->name, all_gemms());
  t_release();
}

/* NaN or infinity in a row of x spoils that row of y; in a column of W, that
 * column; and the oracle knows where infinity stays infinity. */
void gemm_poisoned(void) {
  static const struct gemm_shape shapes[] = {{"many rows", 63, 129, 127, 0},
                                             {"few rows", 15, 17, 16, 0}};
  for (size_t s = 0; s < T_COUNT(shapes); s++)
    for (const struct t_form *f = t_forms; f->name; f++)
      for (size_t l = 0; l < T_COUNT(layouts); l++)
        if (t_meets(f, l)) poisoned(&shapes[s], f, layouts[l]);
}

static void repeats(const struct gemm_shape *s) {
  for (const struct t_form *f = t_forms; f < t_forms + T_DENSE_FORMS; f++) {
    const struct gemm a = gemm_random(s, f, CLINFER_IN_OUT);
    struct gemm b = a;
    b.y = t_output(s->m, s->n, f->y);
    for (const struct t_provider *p = t_next(NULL, all_gemms()); p;
         p = t_next(p, all_gemms())) {
      t_at("%s, %s", f->name, p->name);
      run(&a, p->ctx, t_weight(a.w, a.layout));
      run(&b, p->ctx, t_weight(b.w, b.layout));
      T_SAME(a.y, b.y);
    }
    t_release();
  }
}

void gemm_repeats(void) {
  static const struct gemm_shape many_rows = {"many rows", 65, 301, 127, 0},
                                 few_rows = {"few rows", 15, 301, 16, 0};
  repeats(&many_rows);
  repeats(&few_rows);
}

/* Without rows or columns nothing is written; without terms, sums are 0. */
void gemm_empty(void) {
  static const struct gemm_shape shapes[] = {{"no rows", 0, 5, 7, 0},
                                             {"no columns", 3, 5, 0, 0},
                                             {"no terms", 3, 0, 7, 0},
                                             {"nothing", 0, 0, 0, 0}};
  for (size_t s = 0; s < T_COUNT(shapes); s++)
    for (const struct t_form *f = t_forms; f < t_forms + T_DENSE_FORMS; f++)
      for (size_t l = 0; l < T_COUNT(layouts); l++) {
        if (!t_meets(f, l)) continue;
        const struct gemm g = gemm_random(&shapes[s], f, layouts[l]);
        gemm_check(&g, shapes[s].name, all_gemms());
        t_release();
      }
}
