/* test_residual_add.c - clinfer_residual_add in its three forms. */

#include "tester.h"

struct shape {
  const char *name;
  size_t rows, cols;
  bool dense; /* in the dense forms alone: it is large */
};

static const struct shape shapes[] = {
    {"1 x 512", 1, 512, false},      {"128 x 512", 128, 512, false},
    {"510 x 1232", 510, 1232, true}, {"128 x 4096", 128, 4096, true},
    {"1 x 1", 1, 1, false},          {"3 x 2", 3, 2, false},
    {"7 x 15", 7, 15, false},        {"16 x 17", 16, 17, false},
    {"33 x 31", 33, 31, false},      {"63 x 65", 63, 65, false},
    {"129 x 127", 129, 127, false},  {"3 x 257", 3, 257, false},
    {"5 x 1000", 5, 1000, false},    {"2 x 4097", 2, 4097, false},
};

/* One call; attention and the biases may be NULL. */
struct call {
  clinfer_residual_form form;
  struct t_matrix *hidden, *residual, *attention, *attention_bias, *final_bias;
  struct t_matrix *y;
  int mp_size;
};

static struct call random_call(size_t rows, size_t cols,
                               const struct t_form *f) {
  const struct t_store residual = {f->y.dtype, f->x.offset, f->x.pad};
  const struct t_store attention = {f->w.dtype, f->y.offset, f->y.pad};
  return (struct call){.hidden = t_random(rows, cols, f->x, -2, 2),
                       .residual = t_random(rows, cols, residual, -2, 2),
                       .attention = t_random(rows, cols, attention, -2, 2),
                       .attention_bias = t_random(1, cols, f->v, -1, 1),
                       .final_bias = t_random(1, cols, f->v, -1, 1),
                       .y = t_output(rows, cols, f->y),
                       .mp_size = 1};
}

static struct oracle_value *ask_oracle(const struct call *c) {
  const size_t rows = c->hidden->view.rows, cols = c->hidden->view.cols;
  struct oracle_value *want = t_want(rows * cols);
  oracle_residual_add(c->form, rows, cols, c->hidden->values,
                      c->residual->values, t_values(c->attention),
                      t_values(c->attention_bias), t_values(c->final_bias),
                      c->mp_size, c->y->view.dtype, want);
  return want;
}

static clinfer_status run(const struct call *c, clinfer_context *ctx) {
  const clinfer_residual terms = {.form = c->form,
                                  .hidden = c->hidden->view,
                                  .residual = c->residual->view,
                                  .attention = t_view(c->attention),
                                  .attention_bias = t_vector(c->attention_bias),
                                  .final_bias = t_vector(c->final_bias),
                                  .mp_size = c->mp_size};
  return clinfer_residual_add(ctx, &t_exec, &terms, c->y->view);
}

static void check(const struct call *c, const char *form) {
  const struct oracle_value *want = ask_oracle(c);
  for (const struct t_provider *p = t_next(NULL, "elementwise"); p;
       p = t_next(p, "elementwise")) {
    t_at("%s, %s, residual form %d, attention bias %d, final bias %d, n %d",
         form, p->name, (int)c->form, c->attention_bias != NULL,
         c->final_bias != NULL, c->mp_size);
    t_poison(c->y);
    T_OK(run(c, p->ctx));
    T_CLOSE(c->y, want);
  }
  T_UNCHANGED(c->hidden);
  T_UNCHANGED(c->residual);
}

static const clinfer_residual_form residual_forms[] = {
    CLINFER_RESIDUAL_PRE_NORM, CLINFER_RESIDUAL_POST_NORM,
    CLINFER_RESIDUAL_PARALLEL};

/* The terms that the form takes. */
static struct call in_form(struct call c, clinfer_residual_form form) {
  c.form = form;
  if (form == CLINFER_RESIDUAL_POST_NORM) c.attention = c.attention_bias = NULL;
  return c;
}

static void matches_oracle(void **state) {
  const struct shape *s = *state;
  for (const struct t_form *f = t_forms; f->name; f++) {
    if (s->dense && f == t_forms + T_DENSE_FORMS) break;
    const struct call c = random_call(s->rows, s->cols, f);
    for (size_t i = 0; i < T_COUNT(residual_forms); i++) {
      const struct call formed = in_form(c, residual_forms[i]);
      check(&formed, f->name);
    }
    t_release();
  }
}

/* Every choice of biases and of ranks that share the sum. */
static void options(void) {
  for (const struct t_form *f = t_forms; f < t_forms + T_DENSE_FORMS; f++)
    for (size_t i = 0; i < T_COUNT(residual_forms); i++)
      for (int biases = 0; biases < 4; biases++) {
        if (!t_meets(f, (size_t)biases)) continue;
        const struct call all = random_call(7, 33, f);
        struct call c = in_form(all, residual_forms[i]);
        if (!(biases & 1)) c.attention_bias = NULL;
        if (!(biases & 2)) c.final_bias = NULL;
        for (c.mp_size = 1; c.mp_size <= 3; c.mp_size++) check(&c, f->name);
        t_release();
      }
}

static void in_place(void) {
  for (const struct t_form *f = t_forms; f->name; f++)
    for (const struct t_provider *p = t_next(NULL, "elementwise"); p;
         p = t_next(p, "elementwise"))
      for (int place = 0; place < 3; place++) {
        struct call c = random_call(5, 1001, f);
        c.mp_size = 2;
        struct t_matrix *places[] = {c.hidden, c.residual, c.attention};
        c.y = places[place];
        const struct oracle_value *want = ask_oracle(&c);
        t_at("%s, %s, place %d", f->name, p->name, place);
        T_OK(run(&c, p->ctx));
        T_CLOSE(c.y, want);
        t_release();
      }
}

static void empty(void) {
  for (const struct t_form *f = t_forms; f->name; f++) {
    const struct call no_rows = random_call(0, 9, f);
    check(&no_rows, "no rows");
    const struct call no_columns = random_call(9, 0, f);
    check(&no_columns, "no columns");
    t_release();
  }
}

static const struct t_single singles[] = {{"biases and ranks", options},
                                          {"in place", in_place},
                                          {"empty problems", empty}};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(matches_oracle, shapes),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "residual_add", tables, T_COUNT(tables));
}
