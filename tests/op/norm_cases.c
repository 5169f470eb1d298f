/* norm_cases.c - the checks that layer_norm and rms_norm have in common. */

#include "norm_cases.h"

#include <math.h>
#include <stdio.h>

/* Normalise x into y with the providers of that prefix; n says with what. */
static void check(struct t_matrix *x, const struct norm_parameters *n,
                  struct t_matrix *y, const char *form, const char *prefix) {
  const size_t rows = x->view.rows, cols = x->view.cols;
  struct oracle_value *want = t_want(rows * cols);
  oracle_normalise(rows, cols, x->values, NULL, NULL, &n->want, y->view.dtype,
                   want, y->view.dtype, NULL);
  for (const struct t_provider *p = t_next(NULL, prefix); p;
       p = t_next(p, prefix)) {
    t_at("%s, %s", form, p->name);
    t_poison(y);
    T_OK(norm_op.run(p->ctx, &t_exec, x->view, &n->norm, y->view));
    T_CLOSE(y, want);
  }
  T_UNCHANGED(x);
}

/* Without a scale, a shift, or both. */
static void check_fewer(struct t_matrix *x, const struct norm_parameters *n,
                        const struct t_form *f, const char *prefix) {
  static const char *const names[] = {"", "no gamma", "no beta", "no vector"};
  struct t_matrix *y = t_output(x->view.rows, x->view.cols, f->y);
  for (unsigned left_out = 1; left_out <= NORM_WITHOUT_ANY; left_out++) {
    const struct norm_parameters fewer = norm_without(n, left_out);
    if (norm_op.rms && left_out & NORM_WITHOUT_BETA) break;
    if (!t_meets(f, left_out)) continue;
    check(x, &fewer, y, names[left_out], prefix);
  }
}

void norm_matches_oracle(void **state) {
  const struct norm_shape *s = *state;
  const char *prefix = t_prefix(s->flags, "row_");
  for (const struct t_form *f = t_forms; f->name; f++) {
    if (s->flags & T_DENSE && f == t_forms + T_DENSE_FORMS) break;
    struct t_matrix *x = t_random(s->rows, s->cols, f->x, s->lo, s->hi);
    const struct norm_parameters n = norm_random(s->cols, f->v, s->eps,
                                                 norm_op.rms);
    check(x, &n, t_output(s->rows, s->cols, f->y), f->name, prefix);
    if (f < t_forms + T_DENSE_FORMS && (t_is_wide() || !(s->flags & T_DENSE)))
      check_fewer(x, &n, f, prefix);
    t_release();
  }
}

/* Variance 0, and sums that float holds exactly: layer_norm gives beta. */
void norm_constant_rows(void) {
  enum { ROWS = 3, COLS = 1000 };
  for (const struct t_form *f = t_forms; f->name; f++) {
    struct t_matrix *x = t_random(ROWS, COLS, f->x, 0, 0);
    for (size_t i = 0; i < ROWS * COLS; i++)
      x->values[i] = 2 * (double)(i / COLS);
    t_write(x);
    const struct norm_parameters n = norm_random(COLS, f->v, 1e-5f,
                                                 norm_op.rms);
    check(x, &n, t_output(ROWS, COLS, f->y), f->name, "row_");
    t_release();
  }
}

/* Rows as small and as large as docs/numerics.md allows: the sum of their
 * squares is still a float, and no subnormal one. */
void norm_range(void) {
  static const double sizes[] = {1e-18, 1e18};
  enum { ROWS = 3, COLS = 130 };
  const struct t_form *f = &t_forms[0]; /* halves are far from either end */
  for (size_t i = 0; i < T_COUNT(sizes); i++) {
    struct t_matrix *x = t_random(ROWS, COLS, f->x, -sizes[i], sizes[i]);
    const struct norm_parameters n = norm_random(COLS, f->v, 0, norm_op.rms);
    char place[32];
    snprintf(place, sizeof place, "size %g", sizes[i]);
    check(x, &n, t_output(ROWS, COLS, f->y), place, "row_");
    t_release();
  }
}

/* One element holds nearly all of the row's size: a number that every type has.
 */
void norm_outlier(void) {
  enum { ROWS = 5, COLS = 1000 };
  for (const struct t_form *f = t_forms; f->name; f++) {
    struct t_matrix *x = t_random(ROWS, COLS, f->x, -1, 1);
    for (size_t r = 0; r < ROWS; r++)
      x->values[r * COLS + r * (COLS - 1) / (ROWS - 1)] = 9984;
    t_write(x);
    const struct norm_parameters n = norm_random(COLS, f->v, 1e-5f,
                                                 norm_op.rms);
    check(x, &n, t_output(ROWS, COLS, f->y), f->name, "row_");
    t_release();
  }
}

/* NaN and infinity spoil their own row, and no other. */
void norm_poisoned_rows(void) {
  enum { ROWS = 19, COLS = 130 };
  for (const struct t_form *f = t_forms; f->name; f++) {
    struct t_matrix *x = t_random(ROWS, COLS, f->x, -3, 3);
    x->values[0 * COLS + 0] = (double)NAN;
    x->values[2 * COLS + COLS - 1] = (double)NAN;
    x->values[16 * COLS + 64] = (double)NAN;
    x->values[18 * COLS + 3] = (double)INFINITY;
    t_write(x);
    const struct norm_parameters n = norm_random(COLS, f->v, 1e-5f,
                                                 norm_op.rms);
    check(x, &n, t_output(ROWS, COLS, f->y), f->name, "row_");
    t_release();
  }
}

void norm_in_place(void) {
  enum { ROWS = 5, COLS = 1001 };
  for (const struct t_form *f = t_forms; f->name; f++) {
    struct t_matrix *x = t_random(ROWS, COLS, f->x, -3, 3);
    const struct norm_parameters n = norm_random(COLS, f->v, 1e-5f,
                                                 norm_op.rms);
    struct oracle_value *want = t_want(ROWS * COLS);
    oracle_normalise(ROWS, COLS, x->values, NULL, NULL, &n.want, f->x.dtype,
                     want, f->x.dtype, NULL);
    for (const struct t_provider *p = t_next(NULL, "row_"); p;
         p = t_next(p, "row_")) {
      struct t_matrix *xy = t_random(ROWS, COLS, f->x, 0, 0);
      for (size_t i = 0; i < ROWS * COLS; i++) xy->values[i] = x->values[i];
      t_write(xy);
      t_at("%s, %s", f->name, p->name);
      T_OK(norm_op.run(p->ctx, &t_exec, xy->view, &n.norm, xy->view));
      T_CLOSE(xy, want);
    }
    t_release();
  }
}

/* The same call gives the same bits. */
void norm_repeats(void) {
  enum { ROWS = 33, COLS = 1000 };
  for (const struct t_form *f = t_forms; f->name; f++) {
    struct t_matrix *x = t_random(ROWS, COLS, f->x, -3, 3);
    struct t_matrix *y[] = {t_output(ROWS, COLS, f->y),
                            t_output(ROWS, COLS, f->y)};
    const struct norm_parameters n = norm_random(COLS, f->v, 1e-5f,
                                                 norm_op.rms);
    for (const struct t_provider *p = t_next(NULL, "row_"); p;
         p = t_next(p, "row_")) {
      t_at("%s, %s", f->name, p->name);
      for (size_t i = 0; i < T_COUNT(y); i++)
        T_OK(norm_op.run(p->ctx, &t_exec, x->view, &n.norm, y[i]->view));
      T_SAME(y[0], y[1]);
    }
    t_release();
  }
}

/* No rows, with and without buffers: nothing happens, with success. */
void norm_empty(void) {
  enum { COLS = 24 };
  const struct t_store store = t_forms[0].x;
  struct t_matrix *x = t_output(0, COLS, store), *y = t_output(0, COLS, store);
  const struct norm_parameters n = norm_random(COLS, store, 1e-5f, norm_op.rms);
  for (const struct t_provider *p = t_next(NULL, "row_"); p;
       p = t_next(p, "row_")) {
    t_at("no rows, %s", p->name);
    T_OK(norm_op.run(p->ctx, &t_exec, x->view, &n.norm, y->view));
    T_UNCHANGED(y);
    const clinfer_matrix none = clinfer_matrix_of(NULL, 0, COLS, CLINFER_F32);
    T_OK(norm_op.run(p->ctx, &t_exec, none, &n.norm, none));
  }
}
