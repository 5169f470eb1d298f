/* gemm_ops.c - the operators with one GEMM or two. */

#include "operators/ops.h"

#include <stdlib.h>

static const char *const shapes[] = {
    "m=1,k=1,n=1",
    "m=3,k=7,n=5,ld=+3,off=5",
    "m=1,k=768,n=768,pack=1",
    "m=2,k=0,n=33",
    "m=17,k=65,n=129,ld=+7,wt=out_in",
    "m=33,k=257,n=127,off=3,pack=1",
    "m=0,k=16,n=48",
    "m=1,k=1000,n=3072,wt=out_in,pack=1",
    "m=4,k=768,n=768,wt=out_in",
    "m=128,k=768,n=768",
    "m=31,k=64,n=1000,ld=+24,off=8,wt=out_in,pack=1",
    "m=128,k=768,n=3072,wt=out_in,pack=1",
    "m=128,k=3072,n=768,pack=1",
    "m=257,k=96,n=65,ld=+1",
    "m=512,k=1024,n=4096,wt=out_in",
    NULL,
};

/* A normalisation needs a hidden size. */
static const char *const normalised_shapes[] = {
    "m=1,k=1,n=1",
    "m=3,k=7,n=5,ld=+3,off=5",
    "m=1,k=768,n=2304,pack=1",
    "m=17,k=65,n=129,ld=+7,wt=out_in",
    "m=0,k=16,n=48",
    "m=33,k=257,n=127,off=3,pack=1",
    "m=4,k=768,n=768,wt=out_in",
    "m=128,k=768,n=2304,wt=out_in,pack=1",
    "m=31,k=64,n=1000,ld=+24,off=8,wt=out_in,pack=1",
    "m=128,k=768,n=3072",
    "m=512,k=1024,n=4096,pack=1",
    NULL,
};

/* ---- One GEMM */

/* y = act(x W + bias), of rows that may carry an error already. */
static void expect_first(const struct trial *t, const struct oracle_value *x,
                         clinfer_activation activation, clinfer_dtype y_dtype,
                         struct oracle_value *y) {
  const struct test_case *c = t->c;
  oracle_linear(t->period, c->n, c->k, x, trial_values(t, WEIGHT),
                (clinfer_layout)c->wt, trial_values(t, BIAS), activation,
                y_dtype, y);
}

/* y = h W_out, with h of the intermediate size. */
static void expect_last(const struct trial *t, const struct oracle_value *h,
                        struct oracle_value *y) {
  const struct test_case *c = t->c;
  size_t rows, out;
  case_size(c, Y, &rows, &out);
  oracle_linear(t->period, out, c->n, h, trial_values(t, WEIGHT_OUT),
                (clinfer_layout)c->wt, NULL, CLINFER_NONE, c->y, y);
}

static struct oracle_value *rows_of(const struct trial *t, size_t cols) {
  return tool_alloc(t->period * cols, sizeof(struct oracle_value));
}

static struct oracle_value *exact_x(const struct trial *t) {
  struct oracle_value *x = rows_of(t, t->c->k);
  oracle_exact(trial_values(t, X), t->period * t->c->k, x);
  return x;
}

static void expect_linear(const struct trial *t, struct oracle_value *y,
                          struct oracle_value *second) {
  (void)second;
  struct oracle_value *x = exact_x(t);
  expect_first(t, x, (clinfer_activation)t->c->act, t->c->y, y);
  free(x);
}

static const char *const plain[] = {"", NULL};
static const char *const activations[] = {
    "",
    "act=relu",
    "bias=0",
    "act=gelu_erf",
    "act=gelu_tanh",
    "act=gelu_sigmoid",
    "act=silu",
    "act=leaky_relu",
    "act=gelu_erf,bias=0",
    "act=sigmoid",
    NULL,
};

/* ---- Two GEMMs */

static void expect_fused_gemm_gelu(const struct trial *t,
                                   struct oracle_value *y,
                                   struct oracle_value *second) {
  (void)second;
  struct oracle_value *x = exact_x(t), *h = rows_of(t, t->c->n);
  expect_first(t, x, CLINFER_GELU_ERF, t->c->x, h);
  expect_last(t, h, y);
  free(x), free(h);
}

static const char *const two_gemms[] = {"", "out=96", "bias=0", NULL};

/* ---- A normalisation before */

/* The normalised rows as the GEMM reads them. Without x (an mlp beside
 * attention) the residual is what is normalised. */
static struct oracle_value *normalised(const struct trial *t,
                                       struct oracle_value *second) {
  const struct test_case *c = t->c;
  const struct oracle_norm norm = {.gamma = trial_values(t, GAMMA),
                                   .beta = trial_values(t, BETA),
                                   .eps = (double)TRIAL_EPS};
  const double *x = trial_values(t, X), *residual = trial_values(t, RESIDUAL);
  if (x == NULL) x = residual, residual = NULL;
  struct oracle_value *n = rows_of(t, c->k);
  oracle_normalise(t->period, c->k, x, trial_values(t, INPUT_BIAS), residual,
                   &norm, second != NULL ? c->y : c->x, n, c->x, NULL);
  for (size_t i = 0; second != NULL && i < t->period * c->k; i++)
    second[i] = n[i];
  return n;
}

static void expect_qkv_gemm(const struct trial *t, struct oracle_value *y,
                            struct oracle_value *second) {
  struct oracle_value *n = normalised(t, second);
  expect_first(t, n, CLINFER_NONE, t->c->y, y);
  free(n);
}

static void expect_mlp_gemm(const struct trial *t, struct oracle_value *y,
                            struct oracle_value *second) {
  struct oracle_value *n = normalised(t, second), *h = rows_of(t, t->c->n);
  expect_first(t, n, (clinfer_activation)t->c->act, t->c->x, h);
  expect_last(t, h, y);
  free(n), free(h);
}

static const char *const qkv[] = {
    "",         "second=0", "inplace=x",      "bias=0,beta=0",
    "mean=100", "gamma=0",  "gamma=0,beta=0", NULL,
};
static const char *const mlps[] = {
    "act=gelu_erf",
    "act=relu,after=0",
    "act=gelu_tanh,second=0",
    "act=gelu_erf,inplace=residual",
    "act=gelu_erf,out=96,input_bias=0",
    "act=relu,inplace=x",
    "act=gelu_erf,after=0,inplace=residual",
    "bias=0,beta=0",
    "act=gelu_erf,mean=100",
    "act=gelu_erf,gamma=0",
    "act=relu,after=0,gamma=0,beta=0",
    NULL,
};

const struct op gemm_ops[] = {
    {"vector_matmul", 0, shapes, plain, expect_linear},
    {"linear", 0, shapes, activations, expect_linear},
    {"fused_gemm_gelu", 0, shapes, two_gemms, expect_fused_gemm_gelu},
    {"qkv_gemm", USES_INPLACE, normalised_shapes, qkv, expect_qkv_gemm},
    {"mlp_gemm", USES_INPLACE | USES_AFTER, normalised_shapes, mlps,
     expect_mlp_gemm},
    {0},
};
