/* gemm_ops.c - the operators with one GEMM or two. */

#include "operators/rows.h"

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

static clinfer_status vector_matmul(clinfer_context *ctx,
                                    const clinfer_exec *exec,
                                    const struct call_arguments *a) {
  return clinfer_vector_matmul(ctx, exec, a->x, a->weight, a->y);
}

static clinfer_status linear(clinfer_context *ctx, const clinfer_exec *exec,
                             const struct call_arguments *a) {
  return clinfer_linear(ctx, exec, a->x, a->weight, a->bias, a->activation,
                        a->y);
}

/* y = act(x W + bias), of rows that may carry an error already. */
static void expect_first(const struct call_values *v, size_t width,
                         const struct oracle_value *x,
                         clinfer_activation activation, clinfer_dtype y_dtype,
                         struct oracle_value *y) {
  oracle_linear(v->sizes.tokens, width, v->sizes.hidden, x, v->of[WEIGHT],
                v->layout, v->of[BIAS], activation, y_dtype, y);
}

/* y = h W_out, with h of the intermediate size. */
static void expect_last(const struct call_values *v,
                        const struct oracle_value *h, struct oracle_value *y) {
  oracle_linear(v->sizes.tokens, v->sizes.out, v->sizes.between, h,
                v->of[WEIGHT_OUT], v->layout, NULL, CLINFER_NONE, v->y, y);
}

static struct oracle_value *rows_of(const struct call_values *v, size_t cols) {
  struct oracle_value *rows = malloc((v->sizes.tokens * cols + 1) *
                                     sizeof *rows);
  if (rows == NULL) abort();
  return rows;
}

static struct oracle_value *exact_x(const struct call_values *v) {
  struct oracle_value *x = rows_of(v, v->sizes.hidden);
  oracle_exact(v->of[X], v->sizes.tokens * v->sizes.hidden, x);
  return x;
}

static void expect_linear(const struct call_values *v, struct oracle_value *y,
                          struct oracle_value *second) {
  (void)second;
  struct oracle_value *x = exact_x(v);
  expect_first(v, v->sizes.out, x, v->activation, v->y, y);
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

static clinfer_status linear_epilogue(clinfer_context *ctx,
                                      const clinfer_exec *exec,
                                      const struct call_arguments *a) {
  const clinfer_epilogue epilogue = {.bias = a->bias,
                                     .activation = a->activation,
                                     .gated = a->gated,
                                     .residual = a->residual};
  return clinfer_linear_epilogue(ctx, exec, a->x, a->weight,
                                 a->without_parameters ? NULL : &epilogue,
                                 a->y);
}

static void expect_linear_epilogue(const struct call_values *v,
                                   struct oracle_value *y,
                                   struct oracle_value *second) {
  const struct oracle_epilogue e = {.bias = v->of[BIAS],
                                    .residual = v->of[RESIDUAL],
                                    .activation = v->activation,
                                    .gated = v->gated};
  struct oracle_value *x = exact_x(v);
  (void)second;
  oracle_linear_epilogue(v->sizes.tokens, v->sizes.out, v->sizes.hidden, x,
                         v->of[WEIGHT], v->layout, &e, v->y, y);
  free(x);
}

static const char *const epilogues[] = {
    "",
    "inplace=residual",
    "act=silu,gated=1",
    "act=relu",
    "bias=0",
    "act=gelu_erf,gated=1,inplace=residual",
    "bias=0,gated=1",
    NULL,
};

/* ---- Two GEMMs */

static clinfer_status fused_gemm_gelu(clinfer_context *ctx,
                                      const clinfer_exec *exec,
                                      const struct call_arguments *a) {
  return clinfer_fused_gemm_gelu(ctx, exec, a->x, a->weight, a->bias,
                                 a->weight_out, a->y);
}

static void expect_fused_gemm_gelu(const struct call_values *v,
                                   struct oracle_value *y,
                                   struct oracle_value *second) {
  (void)second;
  struct oracle_value *x = exact_x(v), *h = rows_of(v, v->sizes.between);
  expect_first(v, v->sizes.between, x, CLINFER_GELU_ERF, v->x, h);
  expect_last(v, h, y);
  free(x), free(h);
}

static const char *const two_gemms[] = {"", "out=96", "bias=0", NULL};

/* ---- A normalisation before */

static clinfer_status qkv_gemm(clinfer_context *ctx, const clinfer_exec *exec,
                               const struct call_arguments *a) {
  return clinfer_qkv_gemm(ctx, exec, a->x, norm_of(a), a->weight, a->bias, a->y,
                          a->second);
}

static clinfer_status mlp_gemm(clinfer_context *ctx, const clinfer_exec *exec,
                               const struct call_arguments *a) {
  const clinfer_mlp mlp = {.norm = a->norm,
                           .weight = a->weight,
                           .bias = a->bias,
                           .activation = a->activation,
                           .weight_out = a->weight_out,
                           .mlp_after_attn = a->mlp_after_attn};
  return clinfer_mlp_gemm(ctx, exec, a->x, a->input_bias, a->residual,
                          a->without_parameters ? NULL : &mlp, a->y, a->second);
}

/* The normalised rows as the GEMM reads them. Without x (an mlp beside
 * attention) the residual is what is normalised. */
static struct oracle_value *normalised(const struct call_values *v,
                                       struct oracle_value *second) {
  const struct oracle_norm norm = {
      .gamma = v->of[GAMMA], .beta = v->of[BETA], .eps = v->eps};
  const size_t tokens = v->sizes.tokens, hidden = v->sizes.hidden;
  const double *x = v->of[X], *residual = v->of[RESIDUAL];
  if (x == NULL) x = residual, residual = NULL;
  struct oracle_value *n = rows_of(v, hidden);
  oracle_normalise(tokens, hidden, x, v->of[INPUT_BIAS], residual, &norm,
                   second != NULL ? v->y : v->x, n, v->x, NULL);
  for (size_t i = 0; second != NULL && i < tokens * hidden; i++)
    second[i] = n[i];
  return n;
}

static void expect_qkv_gemm(const struct call_values *v, struct oracle_value *y,
                            struct oracle_value *second) {
  struct oracle_value *n = normalised(v, second);
  expect_first(v, v->sizes.out, n, CLINFER_NONE, v->y, y);
  free(n);
}

static void expect_mlp_gemm(const struct call_values *v, struct oracle_value *y,
                            struct oracle_value *second) {
  struct oracle_value *n = normalised(v, second),
                      *h = rows_of(v, v->sizes.between);
  expect_first(v, v->sizes.between, n, v->activation, v->x, h);
  expect_last(v, h, y);
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

const struct call_operator gemm_operators[] = {
    {.name = "vector_matmul",
     .function = "vector_matmul",
     .run = vector_matmul,
     OPERANDS(INPUT("x", X, TOKENS, HIDDEN),
              INPUT("weight", WEIGHT, HIDDEN, OUT),
              OUTPUT("y", Y, TOKENS, OUT, 0)),
     .shapes = shapes,
     .variations = plain,
     .expect = expect_linear},
    {.name = "linear",
     .function = "linear",
     .run = linear,
     OPERANDS(INPUT("x", X, TOKENS, HIDDEN),
              INPUT("weight", WEIGHT, HIDDEN, OUT), VECTOR("bias", BIAS, OUT),
              OUTPUT("y", Y, TOKENS, OUT, 0)),
     .has_activation = true,
     .shapes = shapes,
     .variations = activations,
     .expect = expect_linear},
    {.name = "linear_epilogue",
     .function = "linear_epilogue",
     .run = linear_epilogue,
     OPERANDS(INPUT("x", X, TOKENS, HIDDEN),
              INPUT("weight", WEIGHT, HIDDEN, OUT), VECTOR("bias", BIAS, OUT),
              INPUT("residual", RESIDUAL, TOKENS, OUT),
              OUTPUT("y", Y, TOKENS, OUT, USES(RESIDUAL))),
     .has_activation = true,
     .has_parameters = true,
     .options = USES_GATED,
     .shapes = shapes,
     .variations = epilogues,
     .expect = expect_linear_epilogue},
    {.name = "linear_epilogue, gated",
     .function = "linear_epilogue",
     .run = linear_epilogue,
     OPERANDS(INPUT("x", X, TOKENS, HIDDEN),
              INPUT("weight", WEIGHT, HIDDEN, TWICE_OUT),
              VECTOR("bias", BIAS, TWICE_OUT),
              INPUT("residual", RESIDUAL, TOKENS, OUT),
              OUTPUT("y", Y, TOKENS, OUT, USES(RESIDUAL))),
     .has_activation = true,
     .has_parameters = true,
     .gated = 1},
    {.name = "fused_gemm_gelu",
     .function = "fused_gemm_gelu",
     .run = fused_gemm_gelu,
     OPERANDS(INPUT("x", X, TOKENS, HIDDEN),
              INPUT("weight", WEIGHT, HIDDEN, BETWEEN),
              VECTOR("bias", BIAS, BETWEEN),
              INPUT("weight_out", WEIGHT_OUT, BETWEEN, OUT),
              OUTPUT("y", Y, TOKENS, OUT, 0)),
     .shapes = shapes,
     .variations = two_gemms,
     .expect = expect_fused_gemm_gelu},
    {.name = "qkv_gemm",
     .function = "qkv_gemm",
     .run = qkv_gemm,
     OPERANDS(INPUT("x", X, TOKENS, HIDDEN),
              VECTOR("norm.gamma", GAMMA, HIDDEN),
              VECTOR("norm.beta", BETA, HIDDEN),
              INPUT("weight", WEIGHT, HIDDEN, OUT), VECTOR("bias", BIAS, OUT),
              OUTPUT("y", Y, TOKENS, OUT, 0),
              OUTPUT("normalised", SECOND, TOKENS, HIDDEN, USES(X))),
     .has_parameters = true,
     .shapes = normalised_shapes,
     .variations = qkv,
     .expect = expect_qkv_gemm},
    {.name = "mlp_gemm after attention",
     .function = "mlp_gemm",
     .run = mlp_gemm,
     OPERANDS(INPUT("input", X, TOKENS, HIDDEN),
              VECTOR("input_bias", INPUT_BIAS, HIDDEN),
              INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
              VECTOR("norm.gamma", GAMMA, HIDDEN),
              VECTOR("norm.beta", BETA, HIDDEN),
              INPUT("weight", WEIGHT, HIDDEN, BETWEEN),
              VECTOR("bias", BIAS, BETWEEN),
              INPUT("weight_out", WEIGHT_OUT, BETWEEN, OUT),
              OUTPUT("y", Y, TOKENS, OUT, 0),
              OUTPUT("normalised", SECOND, TOKENS, HIDDEN,
                     USES(X) | USES(RESIDUAL))),
     .has_activation = true,
     .has_parameters = true,
     .mlp_after_attn = 1,
     .options = USES_AFTER,
     .shapes = normalised_shapes,
     .variations = mlps,
     .expect = expect_mlp_gemm},
    {.name = "mlp_gemm beside attention",
     .function = "mlp_gemm",
     .run = mlp_gemm,
     OPERANDS(INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
              VECTOR("norm.gamma", GAMMA, HIDDEN),
              VECTOR("norm.beta", BETA, HIDDEN),
              INPUT("weight", WEIGHT, HIDDEN, BETWEEN),
              VECTOR("bias", BIAS, BETWEEN),
              INPUT("weight_out", WEIGHT_OUT, BETWEEN, OUT),
              OUTPUT("y", Y, TOKENS, OUT, 0),
              OUTPUT("normalised", SECOND, TOKENS, HIDDEN, USES(RESIDUAL))),
     .has_activation = true,
     .has_parameters = true},
    {0},
};
