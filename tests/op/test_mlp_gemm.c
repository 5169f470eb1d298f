/* test_mlp_gemm.c - clinfer_mlp_gemm against the oracle, after attention and
 * beside it. */

#include "norm_parameters.h"

#include <math.h>

struct shape {
  const char *name;
  size_t tokens, hidden, intermediate, out;
  unsigned flags; /* T_DENSE for what is large */
};

static const struct shape shapes[] = {
    {"1 x 2 x 1 x 1", 1, 2, 1, 1, 0},
    {"3 x 7 x 15 x 7", 3, 7, 15, 7, T_EVERYWHERE},
    {"17 x 33 x 65 x 31", 17, 33, 65, 31, T_WIDELY},
    {"8 x 64 x 256 x 64", 8, 64, 256, 64, 0},
    {"1 x 129 x 257 x 127", 1, 129, 257, 127, T_WIDELY},
    {"64 x 128 x 512 x 128", 64, 128, 512, 128, T_DENSE},
    {"16 x 384 x 1536 x 384", 16, 384, 1536, 384, T_DENSE | T_WIDELY},
    {"no tokens", 0, 5, 15, 5, 0},
    {"nothing in between", 3, 5, 0, 5, 0},
};

struct choice {
  bool after_attention, bias, packed;
  clinfer_activation activation;
  clinfer_layout layout;
  enum { NOWHERE, APART, OVER_INPUT, OVER_RESIDUAL } normalised;
  unsigned left_out; /* of the norm */
};

/* The first two for every form of storage and provider; the others for dense
 * forms, where the GEMM may normalise. */
enum { COMMON_CHOICES = 2 };
static const struct choice choices[] = {
    {true, true, false, CLINFER_GELU_ERF, CLINFER_IN_OUT, NOWHERE, 0},
    {false, true, false, CLINFER_GELU_ERF, CLINFER_OUT_IN, APART, 0},
    {true, true, true, CLINFER_RELU, CLINFER_OUT_IN, APART, 0},
    {true, false, false, CLINFER_SILU, CLINFER_OUT_IN, OVER_INPUT, 0},
    {true, true, false, CLINFER_GELU_TANH, CLINFER_IN_OUT, OVER_RESIDUAL, 0},
    {false, false, true, CLINFER_NONE, CLINFER_IN_OUT, NOWHERE, 0},
    {false, true, false, CLINFER_RELU, CLINFER_IN_OUT, OVER_RESIDUAL, 0},
    {true, true, false, CLINFER_GELU_ERF, CLINFER_IN_OUT, NOWHERE,
     NORM_WITHOUT_GAMMA},
    {false, true, false, CLINFER_GELU_ERF, CLINFER_OUT_IN, APART,
     NORM_WITHOUT_BETA},
    {true, false, true, CLINFER_RELU, CLINFER_OUT_IN, APART, NORM_WITHOUT_ANY},
};

/* The operands of one call; beside attention, no input and no input_bias. */
struct call {
  const struct choice *choice;
  struct t_matrix *input, *input_bias, *residual, *normalised;
  struct t_matrix *w, *bias, *w_out, *y;
  struct norm_parameters norm;
};

static struct call random_call(const struct shape *s, const struct t_form *f,
                               const struct choice *choice) {
  struct call c = {
      .choice = choice,
      .residual = t_random(s->tokens, s->hidden, f->x, -2, 2),
      .w = t_random_weight(s->hidden, s->intermediate, f->w, choice->layout),
      .w_out = t_random_weight(s->intermediate, s->out, f->w, choice->layout),
      .y = t_output(s->tokens, s->out, f->y),
      .norm = norm_random(s->hidden, f->v, 1e-5f, false)};
  c.norm = norm_without(&c.norm, choice->left_out);
  if (choice->bias) c.bias = t_random(1, s->intermediate, f->v, -1, 1);
  if (choice->after_attention) {
    c.input = t_random(s->tokens, s->hidden, f->x, -2, 2);
    if (choice->bias) c.input_bias = t_random(1, s->hidden, f->v, -1, 1);
  }
  if (choice->normalised == APART)
    c.normalised = t_output(s->tokens, s->hidden, f->y);
  if (choice->normalised == OVER_INPUT) c.normalised = c.input;
  if (choice->normalised == OVER_RESIDUAL) c.normalised = c.residual;
  return c;
}

struct wanted {
  struct oracle_value *normalised, *y;
};

static struct wanted ask_oracle(const struct call *c, size_t between) {
  const size_t tokens = c->residual->view.rows, hidden = c->residual->view.cols;
  const size_t out = c->y->view.cols;
  const clinfer_dtype dtype = c->residual->view.dtype;
  const clinfer_dtype stored = c->normalised ? c->normalised->view.dtype
                                             : dtype;
  const struct wanted want = {t_want(tokens * hidden), t_want(tokens * out)};
  struct oracle_value *middle = t_want(tokens * between);
  const double *x = c->input ? c->input->values : c->residual->values;
  oracle_normalise(tokens, hidden, x, t_values(c->input_bias),
                   c->input ? c->residual->values : NULL, &c->norm.want, stored,
                   want.normalised, stored, NULL);
  oracle_linear(tokens, between, hidden, want.normalised, c->w->values,
                c->choice->layout, t_values(c->bias), c->choice->activation,
                dtype, middle);
  oracle_linear(tokens, out, between, middle, c->w_out->values,
                c->choice->layout, NULL, CLINFER_NONE, c->y->view.dtype,
                want.y);
  return want;
}

static clinfer_status run(const struct call *c, clinfer_context *ctx,
                          clinfer_weight w, clinfer_weight w_out) {
  const clinfer_mlp mlp = {.norm = c->norm.norm,
                           .weight = w,
                           .bias = t_vector(c->bias),
                           .activation = c->choice->activation,
                           .weight_out = w_out,
                           .mlp_after_attn = c->choice->after_attention};
  return clinfer_mlp_gemm(ctx, &t_exec, t_view(c->input),
                          t_vector(c->input_bias), c->residual->view, &mlp,
                          c->y->view, t_view(c->normalised));
}

static void check(const struct call *c, size_t between,
                  const struct t_provider *p) {
  const struct wanted want = ask_oracle(c, between);
  clinfer_weight w = t_weight(c->w, c->choice->layout);
  clinfer_weight w_out = t_weight(c->w_out, c->choice->layout);
  if (c->choice->packed) {
    T_OK(clinfer_weight_pack(p->ctx, t_queue, &w));
    T_OK(clinfer_weight_pack(p->ctx, t_queue, &w_out));
  }
  T_OK(run(c, p->ctx, w, w_out));
  T_CLOSE(c->y, want.y);
  if (c->normalised) T_CLOSE(c->normalised, want.normalised);
  if (c->normalised != c->residual) T_UNCHANGED(c->residual);
  clinfer_weight_unpack(&w);
  clinfer_weight_unpack(&w_out);
}

/* Unless the run is wide, sizes that meet every provider meet every choice. */
static bool is_met(const struct shape *s, const struct t_form *f,
                   size_t choice) {
  return t_is_wide() || (s->flags & T_EVERYWHERE && t_meets(f, choice));
}

static void matches_oracle(void **state) {
  const struct shape *s = *state;
  const char *prefix = t_prefix(s->flags, "gemm_");
  for (const struct t_form *f = t_forms; f->name; f++) {
    const bool dense = f < t_forms + T_DENSE_FORMS;
    if (s->flags & T_DENSE && !dense) break;
    for (const struct t_provider *p = t_next(NULL, prefix); p;
         p = t_next(p, prefix)) {
      const size_t count = dense && norm_is_inside(p) ? T_COUNT(choices)
                                                      : COMMON_CHOICES;
      for (size_t i = 0; i < count; i++) {
        if (i >= COMMON_CHOICES && !is_met(s, f, i)) continue;
        const struct call c = random_call(s, f, &choices[i]);
        t_at("%s, %s, choice %zu", f->name, p->name, i);
        check(&c, s->intermediate, p);
        t_release();
      }
    }
  }
}

/* A poisoned token spoils its own row alone, in both outputs. */
static void poisoned_row(void) {
  for (const struct shape *s = &shapes[1]; s <= &shapes[2]; s++) {
    const char *prefix = t_prefix(s->flags, "gemm_");
    for (const struct t_form *f = t_forms; f->name; f++)
      for (const struct t_provider *p = t_next(NULL, prefix); p;
           p = t_next(p, prefix)) {
        const struct call c = random_call(s, f, &choices[1]);
        c.residual->values[(s->tokens - 1) * s->hidden] = (double)NAN;
        t_write(c.residual);
        t_at("%s, %s, %s", f->name, p->name, s->name);
        check(&c, s->intermediate, p);
        t_release();
      }
  }
}

static const struct t_single singles[] = {
    {"NaN stays in its row", poisoned_row}};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(matches_oracle, shapes),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "mlp_gemm", tables, T_COUNT(tables));
}
