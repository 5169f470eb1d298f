/* test_fused_gemm_gelu.c - clinfer_fused_gemm_gelu against the oracle. */

#include "tester.h"

#include <math.h>

struct shape {
  const char *name;
  size_t tokens, hidden, intermediate, out;
  unsigned flags; /* T_DENSE for what is large */
};

static const struct shape shapes[] = {
    {"1 x 1 x 1 x 1", 1, 1, 1, 1, 0},
    {"3 x 7 x 15 x 2", 3, 7, 15, 2, T_WIDELY},
    {"7 x 16 x 64 x 16", 7, 16, 64, 16, 0},
    {"17 x 33 x 129 x 31", 17, 33, 129, 31, T_EVERYWHERE},
    {"1 x 64 x 257 x 65", 1, 64, 257, 65, 0},
    {"128 x 128 x 512 x 128", 128, 128, 512, 128, T_DENSE},
    {"32 x 384 x 1536 x 384", 32, 384, 1536, 384, T_DENSE | T_WIDELY},
    {"130 x 770 x 520 x 8", 130, 770, 520, 8, T_DENSE},
    {"no tokens", 0, 5, 7, 3, 0},
    {"no outputs", 3, 5, 7, 0, 0},
    {"nothing in between", 3, 5, 0, 4, 0},
    {"nothing to start from", 3, 0, 7, 4, 0},
};

/* The operands of one call; bias may be NULL. */
struct call {
  struct t_matrix *x, *w, *bias, *w_out, *y;
  clinfer_layout layout;
};

static struct call random_call(const struct shape *s, const struct t_form *f,
                               clinfer_layout layout) {
  return (struct call){
      .x = t_random(s->tokens, s->hidden, f->x, -1, 1),
      .w = t_random_weight(s->hidden, s->intermediate, f->w, layout),
      .bias = t_random(1, s->intermediate, f->v, -1, 1),
      .w_out = t_random_weight(s->intermediate, s->out, f->w, layout),
      .y = t_output(s->tokens, s->out, f->y),
      .layout = layout};
}

static struct oracle_value *ask_oracle(const struct call *c, size_t between) {
  const size_t tokens = c->x->view.rows, hidden = c->x->view.cols;
  const size_t out = c->y->view.cols;
  struct oracle_value *x = t_want(tokens * hidden);
  struct oracle_value *middle = t_want(tokens * between);
  struct oracle_value *want = t_want(tokens * out);
  oracle_exact(c->x->values, tokens * hidden, x);
  oracle_linear(tokens, between, hidden, x, c->w->values, c->layout,
                t_values(c->bias), CLINFER_GELU_ERF, c->x->view.dtype, middle);
  oracle_linear(tokens, out, between, middle, c->w_out->values, c->layout, NULL,
                CLINFER_NONE, c->y->view.dtype, want);
  return want;
}

/* Through the free choice and the reference, or everywhere: what the single
 * GEMM's tests have shown of a kernel counts here, too. */
static void check(const struct call *c, const struct shape *s,
                  const char *form) {
  const struct oracle_value *want = ask_oracle(c, s->intermediate);
  const char *prefix = t_prefix(s->flags, "gemm_");
  for (const struct t_provider *p = t_next(NULL, prefix); p;
       p = t_next(p, prefix))
    for (int packed = 0; packed < 2; packed++) {
      clinfer_weight w = t_weight(c->w, c->layout);
      clinfer_weight w_out = t_weight(c->w_out, c->layout);
      if (packed) T_OK(clinfer_weight_pack(p->ctx, t_queue, &w));
      if (packed) T_OK(clinfer_weight_pack(p->ctx, t_queue, &w_out));
      if (packed && !w.packed && !w_out.packed) break; /* the same run again */
      t_at("%s, %s, layout %d, packed %d, bias %d", form, p->name,
           (int)c->layout, packed, c->bias != NULL);
      t_poison(c->y);
      T_OK(clinfer_fused_gemm_gelu(p->ctx, &t_exec, c->x->view, w,
                                   t_vector(c->bias), w_out, c->y->view));
      T_CLOSE(c->y, want);
      clinfer_weight_unpack(&w);
      clinfer_weight_unpack(&w_out);
    }
  T_UNCHANGED(c->x);
}

static void matches_oracle(void **state) {
  const struct shape *s = *state;
  for (const struct t_form *f = t_forms; f->name; f++) {
    if (s->flags & T_DENSE && f == t_forms + T_DENSE_FORMS) break;
    struct call c = random_call(s, f, CLINFER_IN_OUT);
    check(&c, s, f->name);
    t_release();
    c = random_call(s, f, CLINFER_OUT_IN);
    c.bias = NULL;
    check(&c, s, f->name);
    t_release();
  }
}

/* A poisoned token spoils its own row alone. */
static void poisoned_row(void) {
  for (const struct t_form *f = t_forms; f->name; f++) {
    const struct call c = random_call(&shapes[3], f, CLINFER_IN_OUT);
    c.x->values[5 * shapes[3].hidden + 32] = (double)NAN;
    t_write(c.x);
    check(&c, &shapes[3], f->name);
    t_release();
  }
}

static const struct t_single singles[] = {
    {"NaN stays in its row", poisoned_row}};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(matches_oracle, shapes),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "fused_gemm_gelu", tables, T_COUNT(tables));
}
