/* test_layer_norm_residual.c - clinfer_layer_norm_residual against the oracle,
 * with and without its optional operands. */

#include "norm_cases.h"

#include <math.h>

/* Every matrix and vector of one call; bias and sum may be NULL. */
struct call {
  struct t_matrix *x, *bias, *residual, *y, *sum;
  struct norm_parameters norm;
  struct oracle_value *want, *want_sum;
};

static struct call random_call(const struct norm_shape *s,
                               const struct t_form *f) {
  const struct t_store residual = {f->x.dtype, f->y.offset, f->y.pad};
  const struct t_store sum = {f->v.dtype, f->x.offset, f->x.pad};
  return (struct call){
      .x = t_random(s->rows, s->cols, f->x, s->lo, s->hi),
      .bias = t_random(1, s->cols, f->v, -1, 1),
      .residual = t_random(s->rows, s->cols, residual, s->lo, s->hi),
      .y = t_output(s->rows, s->cols, f->y),
      .sum = t_output(s->rows, s->cols, sum),
      .norm = norm_random(s->cols, f->v, s->eps, false),
      .want = t_want(s->rows * s->cols),
      .want_sum = t_want(s->rows * s->cols)};
}

static void ask_oracle(const struct call *c) {
  const clinfer_dtype sum = c->sum ? c->sum->view.dtype : CLINFER_F32;
  oracle_normalise(c->x->view.rows, c->x->view.cols, c->x->values,
                   t_values(c->bias), c->residual->values, &c->norm.want,
                   c->y->view.dtype, c->want, sum, c->want_sum);
}

static clinfer_status run(const struct call *c, clinfer_context *ctx) {
  return clinfer_layer_norm_residual(ctx, &t_exec, c->x->view,
                                     t_vector(c->bias), c->residual->view,
                                     &c->norm.norm, c->y->view, t_view(c->sum));
}

static void check(const struct call *c, const char *form, const char *prefix) {
  ask_oracle(c);
  for (const struct t_provider *p = t_next(NULL, prefix); p;
       p = t_next(p, prefix)) {
    t_at("%s, %s, bias %d, sum %d, gamma %d, beta %d", form, p->name,
         c->bias != NULL, c->sum != NULL, c->norm.want.gamma != NULL,
         c->norm.want.beta != NULL);
    t_poison(c->y);
    if (c->sum) t_poison(c->sum);
    T_OK(run(c, p->ctx));
    T_CLOSE(c->y, c->want);
    if (c->sum) T_CLOSE(c->sum, c->want_sum);
  }
  T_UNCHANGED(c->x);
  T_UNCHANGED(c->residual);
}

static void check_fewer(const struct call *all, const struct t_form *f,
                        const char *prefix) {
  struct call c = *all;
  for (unsigned left_out = 1; left_out <= NORM_WITHOUT_ANY; left_out++) {
    c.norm = norm_without(&all->norm, left_out);
    if (t_meets(f, left_out)) check(&c, f->name, prefix);
  }
}

static void matches_oracle(void **state) {
  const struct norm_shape *s = *state;
  for (const struct t_form *f = t_forms; f->name; f++) {
    if (s->flags & T_DENSE && f == t_forms + T_DENSE_FORMS) break;
    const struct call all = random_call(s, f);
    const bool every_choice = f < t_forms + T_DENSE_FORMS &&
                              !(s->flags & T_DENSE);
    for (int options = every_choice ? 0 : 3; options < 4; options++) {
      struct call c = all;
      if (!(options & 1)) c.bias = NULL;
      if (!(options & 2)) c.sum = NULL;
      if (options == 3 || t_meets(f, (size_t)options))
        check(&c, f->name, t_prefix(s->flags, "row_"));
    }
    if (every_choice) check_fewer(&all, f, t_prefix(s->flags, "row_"));
    t_release();
  }
}

static const struct norm_shape middle = {"middle", 5, 1001, -3, 3, 1e-5f, 0};

/* y and sum each in the place of x or residual. */
static void in_place(void) {
  for (const struct t_form *f = t_forms; f->name; f++)
    for (const struct t_provider *p = t_next(NULL, "row_"); p;
         p = t_next(p, "row_"))
      for (int place = f < t_forms + T_DENSE_FORMS ? 0 : 2; place < 4;
           place++) {
        struct call c = random_call(&middle, f);
        if (place == 0) c.y = c.x, c.sum = NULL;
        if (place == 1) c.y = c.residual, c.sum = NULL;
        if (place == 2) c.y = c.x, c.sum = c.residual;
        if (place == 3) c.y = c.residual, c.sum = c.x;
        ask_oracle(&c);
        t_at("%s, %s, place %d", f->name, p->name, place);
        T_OK(run(&c, p->ctx));
        T_CLOSE(c.y, c.want);
        if (c.sum) T_CLOSE(c.sum, c.want_sum);
        t_release();
      }
}

/* A poisoned residual spoils its own row alone. */
static void poisoned_rows(void) {
  for (const struct t_form *f = t_forms; f->name; f++) {
    const struct call c = random_call(&middle, f);
    c.residual->values[0] = (double)NAN;
    c.residual->values[3 * middle.cols + 1000] = (double)INFINITY;
    t_write(c.residual);
    check(&c, f->name, "row_");
    t_release();
  }
}

/* The sum is beyond f16's largest number: infinite where it is stored as f16,
 * and yet y is finite. */
static void f16_overflow(void) {
  static const struct norm_shape s = {"overflow", 5,     256, 60000,
                                      65504,      1e-5f, 0};
  const struct call c = random_call(&s, &t_forms[1]);
  check(&c, "overflow", "row_");
  assert_true(isinf(c.sum->values[0]) && isfinite(c.y->values[0]));
}

static void repeats(void) {
  for (const struct t_form *f = t_forms; f->name; f++) {
    const struct call a = random_call(&middle, f);
    struct call b = a;
    b.y = t_output(middle.rows, middle.cols, f->y);
    b.sum = t_output(middle.rows, middle.cols,
                     (struct t_store){f->v.dtype, f->x.offset, f->x.pad});
    for (const struct t_provider *p = t_next(NULL, "row_"); p;
         p = t_next(p, "row_")) {
      t_at("%s, %s", f->name, p->name);
      T_OK(run(&a, p->ctx));
      T_OK(run(&b, p->ctx));
      T_SAME(a.y, b.y);
      T_SAME(a.sum, b.sum);
    }
    t_release();
  }
}

static void no_rows(void) {
  static const struct norm_shape empty = {"empty", 0, 24, 0, 0, 1e-5f, 0};
  const struct call c = random_call(&empty, &t_forms[0]);
  check(&c, "no rows", "row_");
  T_UNCHANGED(c.y);
  T_UNCHANGED(c.sum);
}

static const struct t_single singles[] = {
    {"in place", in_place},
    {"NaN and infinity stay in their rows", poisoned_rows},
    {"a sum beyond f16", f16_overflow},
    {"the same bits again", repeats},
    {"no rows", no_rows},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(matches_oracle, norm_shapes),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "layer_norm_residual", tables, T_COUNT(tables));
}
