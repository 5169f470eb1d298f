/* row_ops.c - the operators that work on each row alone. */

#include "operators/ops.h"

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

static void expect_bias_activation(const struct trial *t,
                                   struct oracle_value *y,
                                   struct oracle_value *second) {
  (void)second;
  oracle_bias_activation(t->period, t->c->k, trial_values(t, X),
                         trial_values(t, BIAS), (clinfer_activation)t->c->act,
                         t->c->y, y);
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

/* What an operator doesn't have is NULL here, which is what the oracle takes
 * for it; only rms_norm never has a beta. */
static void expect_norm(const struct trial *t, struct oracle_value *y,
                        struct oracle_value *second) {
  const struct oracle_norm norm = {.gamma = trial_values(t, GAMMA),
                                   .beta = trial_values(t, BETA),
                                   .eps = (double)TRIAL_EPS,
                                   .rms = !(op_uses(t->c->op) & USES(BETA))};
  oracle_normalise(t->period, t->c->k, trial_values(t, X),
                   trial_values(t, BIAS), trial_values(t, RESIDUAL), &norm,
                   t->c->y, y, t->c->y, second);
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

static void expect_residual_add(const struct trial *t, struct oracle_value *y,
                                struct oracle_value *second) {
  (void)second;
  oracle_residual_add((clinfer_residual_form)t->c->form, t->period, t->c->k,
                      trial_values(t, X), trial_values(t, RESIDUAL),
                      trial_values(t, ATTENTION), trial_values(t, INPUT_BIAS),
                      trial_values(t, BIAS), (int)t->c->mp, t->c->y, y);
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

const struct op row_ops[] = {
    {"bias_activation", USES_INPLACE, shapes, activations,
     expect_bias_activation},
    {"layer_norm", USES_INPLACE, shapes, norms, expect_norm},
    {"layer_norm_residual", USES_INPLACE, shapes, residual_norms, expect_norm},
    {"rms_norm", USES_INPLACE, shapes, rms_norms, expect_norm},
    {"residual_add", USES_INPLACE | USES_FORM, shapes, residual_sums,
     expect_residual_add},
    {0},
};
