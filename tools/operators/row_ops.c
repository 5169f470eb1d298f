/* row_ops.c - the operators that work on each row alone. */

#include "operators/rows.h"

static const char *const shapes[] = {
    "m=1,k=1",
    "m=3,k=7,ld=+3,off=5",
    "m=1,k=768",
    "m=17,k=33,off=1",
    "m=0,k=64",
    "m=5,k=255,ld=+1",
    "m=33,k=1000,ld=+24",
    "m=128,k=768",
    "m=2,k=8193,off=3",
    "m=257,k=129,ld=+7,off=2",
    "m=512,k=1024",
    "m=1024,k=4096",
    "m=4096,k=96",
    NULL,
};

/* ---- Bias and activation */

static clinfer_status bias_activation(clinfer_context *ctx,
                                      const clinfer_exec *exec,
                                      const struct call_arguments *a) {
  return clinfer_bias_activation(ctx, exec, a->x, a->bias, a->activation, a->y);
}

static void expect_bias_activation(const struct call_values *v,
                                   struct oracle_value *y,
                                   struct oracle_value *second) {
  (void)second;
  oracle_bias_activation(v->sizes.tokens, v->sizes.hidden, v->of[X],
                         v->of[BIAS], v->activation, v->y, y);
}

static const char *const activations[] = {
    "act=none",
    "act=relu",
    "act=gelu_erf",
    "act=gelu_tanh",
    "act=gelu_sigmoid",
    "act=silu",
    "act=leaky_relu",
    "act=sigmoid",
    "act=gelu_erf,bias=0",
    "act=relu,inplace=x",
    "act=gelu_tanh,bias=0,inplace=x",
    NULL,
};

/* ---- Normalisations */

static clinfer_status layer_norm(clinfer_context *ctx, const clinfer_exec *exec,
                                 const struct call_arguments *a) {
  return clinfer_layer_norm(ctx, exec, a->x, norm_of(a), a->y);
}

static clinfer_status layer_norm_residual(clinfer_context *ctx,
                                          const clinfer_exec *exec,
                                          const struct call_arguments *a) {
  return clinfer_layer_norm_residual(ctx, exec, a->x, a->bias, a->residual,
                                     norm_of(a), a->y, a->second);
}

static clinfer_status rms_norm(clinfer_context *ctx, const clinfer_exec *exec,
                               const struct call_arguments *a) {
  return clinfer_rms_norm(ctx, exec, a->x, norm_of(a), a->y);
}

/* What an operator does not have is NULL here, which is what the oracle takes
 * for it. */
static void normalise(const struct call_values *v, bool rms,
                      struct oracle_value *y, struct oracle_value *second) {
  const struct oracle_norm norm = {
      .gamma = v->of[GAMMA], .beta = v->of[BETA], .eps = v->eps, .rms = rms};
  oracle_normalise(v->sizes.tokens, v->sizes.hidden, v->of[X], v->of[BIAS],
                   v->of[RESIDUAL], &norm, v->y, y, v->y, second);
}

static void expect_norm(const struct call_values *v, struct oracle_value *y,
                        struct oracle_value *second) {
  normalise(v, false, y, second);
}

static void expect_rms_norm(const struct call_values *v, struct oracle_value *y,
                            struct oracle_value *second) {
  normalise(v, true, y, second);
}

static const char *const norms[] = {
    "",          "beta=0",           "mean=100", "inplace=x",      "mean=7",
    "mean=1000", "beta=0,inplace=x", "gamma=0",  "gamma=0,beta=0", NULL,
};
static const char *const rms_norms[] = {"", "mean=10", "inplace=x", "gamma=0",
                                        NULL};
static const char *const residual_norms[] = {
    "",
    "second=0",
    "bias=0",
    "inplace=x",
    "mean=100",
    "inplace=residual",
    "bias=0,second=0,beta=0",
    "mean=1000,inplace=residual,second=0",
    "gamma=0",
    "gamma=0,beta=0,inplace=x",
    NULL,
};

/* ---- Residual sums */

static clinfer_status residual_add(clinfer_context *ctx,
                                   const clinfer_exec *exec,
                                   const struct call_arguments *a) {
  const clinfer_residual terms = {.form = a->form,
                                  .hidden = a->x,
                                  .residual = a->residual,
                                  .attention = a->attention,
                                  .attention_bias = a->input_bias,
                                  .final_bias = a->bias,
                                  .mp_size = a->mp_size};
  return clinfer_residual_add(ctx, exec, a->without_parameters ? NULL : &terms,
                              a->y);
}

static void expect_residual_add(const struct call_values *v,
                                struct oracle_value *y,
                                struct oracle_value *second) {
  (void)second;
  oracle_residual_add(v->form, v->sizes.tokens, v->sizes.hidden, v->of[X],
                      v->of[RESIDUAL], v->of[ATTENTION], v->of[INPUT_BIAS],
                      v->of[BIAS], v->mp_size, v->y, y);
}

static const char *const residual_sums[] = {
    "form=pre_norm",
    "form=post_norm",
    "form=parallel",
    "form=pre_norm,mp=4,inplace=residual",
    "form=post_norm,inplace=x",
    "form=parallel,mp=3,inplace=attention",
    "form=pre_norm,input_bias=0",
    "form=parallel,bias=0",
    "form=post_norm,bias=0",
    NULL,
};

const struct call_operator row_operators[] = {
    {.name = "bias_activation",
     .function = "bias_activation",
     .run = bias_activation,
     OPERANDS(INPUT("x", X, TOKENS, HIDDEN), VECTOR("bias", BIAS, HIDDEN),
              OUTPUT("y", Y, TOKENS, HIDDEN, USES(X))),
     .has_activation = true,
     .shapes = shapes,
     .variations = activations,
     .expect = expect_bias_activation},
    {.name = "layer_norm",
     .function = "layer_norm",
     .run = layer_norm,
     OPERANDS(INPUT("x", X, TOKENS, HIDDEN),
              VECTOR("norm.gamma", GAMMA, HIDDEN),
              VECTOR("norm.beta", BETA, HIDDEN),
              OUTPUT("y", Y, TOKENS, HIDDEN, USES(X))),
     .has_parameters = true,
     .shapes = shapes,
     .variations = norms,
     .expect = expect_norm},
    {.name = "layer_norm_residual",
     .function = "layer_norm_residual",
     .run = layer_norm_residual,
     OPERANDS(INPUT("x", X, TOKENS, HIDDEN), VECTOR("bias", BIAS, HIDDEN),
              INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
              VECTOR("norm.gamma", GAMMA, HIDDEN),
              VECTOR("norm.beta", BETA, HIDDEN),
              OUTPUT("y", Y, TOKENS, HIDDEN, USES(X) | USES(RESIDUAL)),
              OUTPUT("sum", SECOND, TOKENS, HIDDEN, USES(X) | USES(RESIDUAL))),
     .has_parameters = true,
     .shapes = shapes,
     .variations = residual_norms,
     .expect = expect_norm},
    {.name = "rms_norm",
     .function = "rms_norm",
     .run = rms_norm,
     OPERANDS(INPUT("x", X, TOKENS, HIDDEN),
              VECTOR("norm.gamma", GAMMA, HIDDEN),
              OUTPUT("y", Y, TOKENS, HIDDEN, USES(X))),
     .has_parameters = true,
     .shapes = shapes,
     .variations = rms_norms,
     .expect = expect_rms_norm},
    {.name = "residual_add, pre-norm",
     .function = "residual_add",
     .run = residual_add,
     OPERANDS(INPUT("hidden", X, TOKENS, HIDDEN),
              INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
              INPUT("attention", ATTENTION, TOKENS, HIDDEN),
              VECTOR("attention_bias", INPUT_BIAS, HIDDEN),
              VECTOR("final_bias", BIAS, HIDDEN),
              OUTPUT("y", Y, TOKENS, HIDDEN,
                     USES(X) | USES(RESIDUAL) | USES(ATTENTION))),
     .has_parameters = true,
     .form = CLINFER_RESIDUAL_PRE_NORM,
     .options = USES_FORM,
     .shapes = shapes,
     .variations = residual_sums,
     .expect = expect_residual_add},
    {.name = "residual_add, post-norm",
     .function = "residual_add",
     .run = residual_add,
     OPERANDS(INPUT("hidden", X, TOKENS, HIDDEN),
              INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
              VECTOR("final_bias", BIAS, HIDDEN),
              OUTPUT("y", Y, TOKENS, HIDDEN, USES(X) | USES(RESIDUAL))),
     .has_parameters = true,
     .form = CLINFER_RESIDUAL_POST_NORM},
    {.name = "residual_add, parallel",
     .function = "residual_add",
     .run = residual_add,
     OPERANDS(INPUT("hidden", X, TOKENS, HIDDEN),
              INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
              INPUT("attention", ATTENTION, TOKENS, HIDDEN),
              VECTOR("attention_bias", INPUT_BIAS, HIDDEN),
              VECTOR("final_bias", BIAS, HIDDEN),
              OUTPUT("y", Y, TOKENS, HIDDEN,
                     USES(X) | USES(RESIDUAL) | USES(ATTENTION))),
     .has_parameters = true,
     .form = CLINFER_RESIDUAL_PARALLEL},
    {0},
};
