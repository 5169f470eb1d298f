/* test_qkv_gemm.c - clinfer_qkv_gemm against the oracle. */

#include "norm_parameters.h"

#include <math.h>

struct shape {
  const char *name;
  size_t tokens, hidden, out;
  unsigned flags; /* T_DENSE for what is large */
};

static const struct shape shapes[] = {
    {"1 x 2 x 1", 1, 2, 1, 0},
    {"3 x 7 x 21", 3, 7, 21, T_EVERYWHERE},
    {"17 x 33 x 99", 17, 33, 99, T_EVERYWHERE},
    {"8 x 64 x 192", 8, 64, 192, 0},
    {"1 x 257 x 65", 1, 257, 65, T_WIDELY},
    {"128 x 128 x 384", 128, 128, 384, T_DENSE},
    {"16 x 768 x 192", 16, 768, 192, T_DENSE | T_WIDELY},
    {"32 x 768 x 2304", 32, 768, 2304, T_DENSE | T_WIDELY},
    {"no tokens", 0, 5, 15, 0},
    {"no outputs", 3, 5, 0, 0},
};

/* Where the normalised input goes: nowhere, to a matrix of its own, over x. */
enum place { NOWHERE, APART, OVER_X, PLACES };

/* The operands of one call; bias and normalised may be NULL. */
struct call {
  struct t_matrix *x, *w, *bias, *y, *normalised;
  struct norm_parameters norm;
  clinfer_layout layout;
};

static struct call random_call(const struct shape *s, const struct t_form *f,
                               enum place place) {
  const struct t_store apart = {f->y.dtype, f->x.offset, f->x.pad};
  const clinfer_layout layout = place == APART ? CLINFER_OUT_IN
                                               : CLINFER_IN_OUT;
  struct call c = {
      .x = t_random(s->tokens, s->hidden, f->x, -3, 3),
      .w = t_random_weight(s->hidden, s->out, f->w, layout),
      .bias = place == OVER_X ? NULL : t_random(1, s->out, f->v, -1, 1),
      .y = t_output(s->tokens, s->out, f->y),
      .norm = norm_random(s->hidden, f->v, 1e-5f, false),
      .layout = layout};
  if (place == APART) c.normalised = t_output(s->tokens, s->hidden, apart);
  if (place == OVER_X) c.normalised = c.x;
  return c;
}

struct wanted {
  struct oracle_value *normalised, *y;
};

static struct wanted ask_oracle(const struct call *c) {
  const size_t tokens = c->x->view.rows, hidden = c->x->view.cols;
  const size_t out = c->y->view.cols;
  const clinfer_dtype stored = (c->normalised ? c->normalised : c->x)
                                   ->view.dtype;
  const struct wanted want = {t_want(tokens * hidden), t_want(tokens * out)};
  oracle_normalise(tokens, hidden, c->x->values, NULL, NULL, &c->norm.want,
                   stored, want.normalised, stored, NULL);
  oracle_linear(tokens, out, hidden, want.normalised, c->w->values, c->layout,
                t_values(c->bias), CLINFER_NONE, c->y->view.dtype, want.y);
  return want;
}

static void check(const struct call *c, const struct t_provider *p,
                  bool packed) {
  const struct wanted want = ask_oracle(c);
  clinfer_weight w = t_weight(c->w, c->layout);
  if (packed) T_OK(clinfer_weight_pack(p->ctx, t_queue, &w));
  T_OK(clinfer_qkv_gemm(p->ctx, &t_exec, c->x->view, &c->norm.norm, w,
                        t_vector(c->bias), c->y->view, t_view(c->normalised)));
  T_CLOSE(c->y, want.y);
  if (c->normalised) T_CLOSE(c->normalised, want.normalised);
  if (c->normalised != c->x) T_UNCHANGED(c->x);
  clinfer_weight_unpack(&w);
}

static void check_fewer(const struct shape *s, const struct t_form *f,
                        const struct t_provider *p) {
  for (unsigned left_out = 1; left_out <= NORM_WITHOUT_ANY; left_out++)
    for (int place = NOWHERE; place <= APART; place++) {
      if (!t_meets(f, left_out + (size_t)place)) continue;
      struct call c = random_call(s, f, (enum place)place);
      c.norm = norm_without(&c.norm, left_out);
      t_at("%s, %s, place %d, left out %u", f->name, p->name, place, left_out);
      check(&c, p, false);
      t_release();
    }
}

static void matches_oracle(void **state) {
  const struct shape *s = *state;
  const bool dense = s->flags & T_DENSE;
  const char *prefix = t_prefix(s->flags, "gemm_");
  for (const struct t_form *f = t_forms; f->name; f++) {
    if (dense && f == t_forms + T_DENSE_FORMS) break;
    for (const struct t_provider *p = t_next(NULL, prefix); p;
         p = t_next(p, prefix)) {
      if (f < t_forms + T_DENSE_FORMS && norm_is_inside(p) &&
          (t_is_wide() || s->flags & T_EVERYWHERE))
        check_fewer(s, f, p);
      for (int place = 0; place < PLACES; place++)
        for (int packed = 0; packed < (dense ? 1 : 2); packed++) {
          const struct call c = random_call(s, f, (enum place)place);
          t_at("%s, %s, place %d, packed %d", f->name, p->name, place, packed);
          check(&c, p, packed != 0);
          t_release();
        }
    }
  }
}

/* For each form and provider, with few tokens and with many. */
static void for_each_call(void (*body)(const struct call *c,
                                       const struct t_provider *p)) {
  for (const struct t_form *f = t_forms; f->name; f++)
    for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
         p = t_next(p, "gemm_"))
      for (const struct shape *s = &shapes[1]; s <= &shapes[2]; s++) {
        const struct call c = random_call(s, f, APART);
        t_at("%s, %s, %s", f->name, p->name, s->name);
        body(&c, p);
        t_release();
      }
}

/* A poisoned token spoils its own row alone, in both outputs. */
static void poison(const struct call *c, const struct t_provider *p) {
  const size_t tokens = c->x->view.rows, hidden = c->x->view.cols;
  c->x->values[0] = (double)INFINITY;
  c->x->values[(tokens - 1) * hidden] = (double)NAN;
  t_write(c->x);
  check(c, p, false);
}
static void poisoned_rows(void) { for_each_call(poison); }

static void repeat(const struct call *c, const struct t_provider *p) {
  struct call first = *c;
  const clinfer_matrix *y = &c->y->view, *n = &c->normalised->view;
  first.y = t_output(y->rows, y->cols, (struct t_store){y->dtype, 0, 0});
  first.normalised = t_output(n->rows, n->cols,
                              (struct t_store){n->dtype, 0, 0});
  check(&first, p, false);
  check(c, p, false);
  T_SAME(first.y, c->y);
  T_SAME(first.normalised, c->normalised);
}
static void repeats(void) { for_each_call(repeat); }

static const struct t_single singles[] = {
    {"NaN and infinity stay in their rows", poisoned_rows},
    {"the same bits again", repeats}};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(matches_oracle, shapes),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "qkv_gemm", tables, T_COUNT(tables));
}
