/* layer.c - one post-norm encoder layer, stage by stage.
 *
 * The oracle judges each stage and is given what that stage really got: the
 * rounded outputs of the stages before. */

#include "model/layer.h"

#include <math.h>
#include <stdlib.h>

/* ---- What the oracle says; the caller frees it */

static struct oracle_value *exactly(const struct tensor *t) {
  const size_t count = t->matrix.rows * t->matrix.cols;
  struct oracle_value *v = tool_alloc(count, sizeof *v);
  oracle_exact(t->host, count, v);
  return v;
}

static struct oracle_value *expect_linear(const struct layer *l,
                                          const struct oracle_value *x,
                                          const struct tensor *weight,
                                          const struct tensor *bias,
                                          clinfer_activation activation) {
  const size_t out = weight->matrix.rows, in = weight->matrix.cols;
  struct oracle_value *y = tool_alloc(l->bert->tokens * out, sizeof *y);
  oracle_linear(l->bert->tokens, out, in, x, weight->host, CLINFER_OUT_IN,
                bias ? bias->host : NULL, activation, l->dtype, y);
  return y;
}

static struct oracle_value *expect_norm(const struct layer *l,
                                        const struct tensor *x,
                                        const struct tensor *bias,
                                        const struct tensor *residual,
                                        const struct tensor *gamma,
                                        const struct tensor *beta) {
  const size_t rows = x->matrix.rows, cols = x->matrix.cols;
  const struct oracle_norm norm = {
      .gamma = gamma->host, .beta = beta->host, .eps = (double)l->bert->eps};
  struct oracle_value *y = tool_alloc(rows * cols, sizeof *y);
  oracle_normalise(rows, cols, x->host, bias ? bias->host : NULL,
                   residual ? residual->host : NULL, &norm, l->dtype, y,
                   l->dtype, NULL);
  return y;
}

/* ---- Stages. False: the next one has nothing to work with. */

static bool run_linear(struct layer *l) {
  const struct tensor *t = l->t;
  const clinfer_status status = clinfer_linear(l->ctx, &l->exec,
                                               t[BERT_INPUT].matrix,
                                               t[BERT_QKV_WEIGHT].weight,
                                               t[BERT_QKV_BIAS].vector,
                                               CLINFER_NONE,
                                               t[LAYER_QKV].matrix);
  if (!layer_accepted(l, "linear", status) || !layer_fetch(l, LAYER_QKV))
    return false;

  struct oracle_value *x = exactly(&t[BERT_INPUT]);
  struct oracle_value *want = expect_linear(l, x, &t[BERT_QKV_WEIGHT],
                                            &t[BERT_QKV_BIAS], CLINFER_NONE);
  layer_judge(l, "linear: q|k|v", LAYER_QKV, want);
  free(x), free(want);
  return true;
}

/* A pre-norm layer would start with this operator. BERT normalises later, but
 * its numbers serve, and nothing that follows reads the result. */
static bool run_qkv_gemm(struct layer *l) {
  const struct tensor *t = l->t;
  const struct tensor *gamma = &t[BERT_ATTENTION_GAMMA];
  const struct tensor *beta = &t[BERT_ATTENTION_BETA];
  const clinfer_norm norm = {gamma->vector, beta->vector, l->bert->eps};
  const clinfer_status status = clinfer_qkv_gemm(l->ctx, &l->exec,
                                                 t[BERT_INPUT].matrix, &norm,
                                                 t[BERT_QKV_WEIGHT].weight,
                                                 t[BERT_QKV_BIAS].vector,
                                                 t[LAYER_PRE_NORM_QKV].matrix,
                                                 t[LAYER_PRE_NORM].matrix);
  if (!layer_accepted(l, "qkv_gemm", status) ||
      !layer_fetch(l, LAYER_PRE_NORM) || !layer_fetch(l, LAYER_PRE_NORM_QKV))
    return false;

  struct oracle_value *n = expect_norm(l, &t[BERT_INPUT], NULL, NULL, gamma,
                                       beta);
  struct oracle_value *want = expect_linear(l, n, &t[BERT_QKV_WEIGHT],
                                            &t[BERT_QKV_BIAS], CLINFER_NONE);
  layer_judge(l, "qkv_gemm: normalised", LAYER_PRE_NORM, n);
  layer_judge(l, "qkv_gemm: q|k|v", LAYER_PRE_NORM_QKV, want);
  free(n), free(want);
  return true;
}

/* One query of one head: softmax(q k^T / sqrt(size)) v over its sentence. The
 * head's queries, keys and values start at qkv, each a third of a row long.
 * `weights` has room for a number per token. */
static void attend(const struct bert *b, size_t length, const double *query,
                   const double *qkv, double *weights, double *context) {
  const size_t size = b->hidden / b->heads, ld = 3 * b->hidden;
  double largest = -(double)INFINITY, sum = 0;
  for (size_t s = 0; s < length; s++) {
    const double *key = qkv + s * ld + b->hidden;
    weights[s] = 0;
    for (size_t i = 0; i < size; i++) weights[s] += query[i] * key[i];
    weights[s] /= sqrt((double)size);
    largest = fmax(largest, weights[s]);
  }
  for (size_t s = 0; s < length; s++)
    sum += weights[s] = exp(weights[s] - largest);
  for (size_t i = 0; i < size; i++) {
    const double *value = qkv + 2 * b->hidden + i;
    context[i] = 0;
    for (size_t s = 0; s < length; s++)
      context[i] += weights[s] / sum * value[s * ld];
  }
}

/* Attention itself is no operator of the library: the host does it. */
static void run_attention(struct layer *l) {
  const struct bert *b = l->bert;
  const size_t h = b->hidden, ld = 3 * h, size = h / b->heads;
  double *context = tool_alloc(b->tokens * h, sizeof *context);
  double *weights = tool_alloc(b->tokens, sizeof *weights);
  const double *qkv = l->t[LAYER_QKV].host; /* of the sentence */
  double *row = context;
  for (size_t i = 0; i < b->sentences; qkv += b->lengths[i++] * ld)
    for (size_t t = 0; t < b->lengths[i]; t++, row += h)
      for (size_t at = 0; at < h; at += size)
        attend(b, b->lengths[i], qkv + t * ld + at, qkv + at, weights,
               row + at);
  layer_make_tensor(l, LAYER_CONTEXT, b->tokens, h, context);
  free(context), free(weights);
}

static bool run_vector_matmul(struct layer *l) {
  const struct tensor *t = l->t;
  const clinfer_status
      status = clinfer_vector_matmul(l->ctx, &l->exec, t[LAYER_CONTEXT].matrix,
                                     t[BERT_ATTENTION_WEIGHT].weight,
                                     t[LAYER_ATTENTION].matrix);
  if (!layer_accepted(l, "vector_matmul", status) ||
      !layer_fetch(l, LAYER_ATTENTION))
    return false;

  struct oracle_value *x = exactly(&t[LAYER_CONTEXT]);
  struct oracle_value *want = expect_linear(l, x, &t[BERT_ATTENTION_WEIGHT],
                                            NULL, CLINFER_NONE);
  layer_judge(l, "vector_matmul: attention", LAYER_ATTENTION, want);
  free(x), free(want);
  return true;
}

static void judge_mlp_gemm(struct layer *l) {
  const struct tensor *t = l->t;
  struct oracle_value *n = expect_norm(l, &t[LAYER_ATTENTION],
                                       &t[BERT_ATTENTION_BIAS], &t[BERT_INPUT],
                                       &t[BERT_ATTENTION_GAMMA],
                                       &t[BERT_ATTENTION_BETA]);
  struct oracle_value *between = expect_linear(l, n,
                                               &t[BERT_INTERMEDIATE_WEIGHT],
                                               &t[BERT_INTERMEDIATE_BIAS],
                                               CLINFER_GELU_ERF);
  struct oracle_value *want = expect_linear(l, between, &t[BERT_OUTPUT_WEIGHT],
                                            NULL, CLINFER_NONE);
  layer_judge(l, "mlp_gemm: normalised", LAYER_NORMALISED, n);
  layer_judge(l, "mlp_gemm: feed-forward", LAYER_MLP, want);
  free(n), free(between), free(want);
}

static bool run_mlp_gemm(struct layer *l) {
  const struct tensor *t = l->t;
  const clinfer_mlp mlp = {
      .norm = {t[BERT_ATTENTION_GAMMA].vector, t[BERT_ATTENTION_BETA].vector,
               l->bert->eps},
      .weight = t[BERT_INTERMEDIATE_WEIGHT].weight,
      .bias = t[BERT_INTERMEDIATE_BIAS].vector,
      .activation = CLINFER_GELU_ERF,
      .weight_out = t[BERT_OUTPUT_WEIGHT].weight,
      .mlp_after_attn = 1};
  const clinfer_status status = clinfer_mlp_gemm(l->ctx, &l->exec,
                                                 t[LAYER_ATTENTION].matrix,
                                                 t[BERT_ATTENTION_BIAS].vector,
                                                 t[BERT_INPUT].matrix, &mlp,
                                                 t[LAYER_MLP].matrix,
                                                 t[LAYER_NORMALISED].matrix);
  if (!layer_accepted(l, "mlp_gemm", status) ||
      !layer_fetch(l, LAYER_NORMALISED) || !layer_fetch(l, LAYER_MLP))
    return false;
  judge_mlp_gemm(l);
  return true;
}

static bool run_layer_norm_residual(struct layer *l) {
  const struct tensor *t = l->t;
  const clinfer_norm norm = {t[BERT_OUTPUT_GAMMA].vector,
                             t[BERT_OUTPUT_BETA].vector, l->bert->eps};
  const clinfer_status
      status = clinfer_layer_norm_residual(l->ctx, &l->exec,
                                           t[LAYER_MLP].matrix,
                                           t[BERT_OUTPUT_BIAS].vector,
                                           t[LAYER_NORMALISED].matrix, &norm,
                                           t[LAYER_OUTPUT].matrix,
                                           clinfer_no_matrix());
  if (!layer_accepted(l, "layer_norm_residual", status) ||
      !layer_fetch(l, LAYER_OUTPUT))
    return false;

  struct oracle_value *want = expect_norm(l, &t[LAYER_MLP],
                                          &t[BERT_OUTPUT_BIAS],
                                          &t[LAYER_NORMALISED],
                                          &t[BERT_OUTPUT_GAMMA],
                                          &t[BERT_OUTPUT_BETA]);
  layer_judge(l, "layer_norm_residual: output", LAYER_OUTPUT, want);
  free(want);
  return true;
}

bool layer_run(struct layer *l) {
  if (!run_linear(l) || !run_qkv_gemm(l)) return false;
  run_attention(l);
  return run_vector_matmul(l) && run_mlp_gemm(l) && run_layer_norm_residual(l);
}
