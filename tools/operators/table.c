/* table.c - the operators: their operands, and how each is called. */

#include "operators/table.h"

static clinfer_status bias_activation(clinfer_context *ctx,
                                      const clinfer_exec *exec,
                                      const struct call_arguments *a) {
  return clinfer_bias_activation(ctx, exec, a->x, a->bias, a->activation, a->y);
}

static const clinfer_norm *norm_of(const struct call_arguments *a) {
  return a->without_parameters ? NULL : &a->norm;
}

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

static clinfer_status fused_gemm_gelu(clinfer_context *ctx,
                                      const clinfer_exec *exec,
                                      const struct call_arguments *a) {
  return clinfer_fused_gemm_gelu(ctx, exec, a->x, a->weight, a->bias,
                                 a->weight_out, a->y);
}

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

#define INPUT(name, role, rows, cols) \
  { name, role, CALL_INPUT, CALL_##rows, CALL_##cols }
#define OUTPUT(name, role, rows, cols) \
  { name, role, CALL_OUTPUT, CALL_##rows, CALL_##cols }
#define VECTOR(name, role, cols) \
  { name, role, CALL_VECTOR, CALL_ONE, CALL_##cols }

const struct call_operator call_operators[] = {
    {.name = "bias_activation",
     .op = "bias_activation",
     .run = bias_activation,
     .operands = {INPUT("x", X, TOKENS, HIDDEN), VECTOR("bias", BIAS, HIDDEN),
                  OUTPUT("y", Y, TOKENS, HIDDEN)},
     .count = 3,
     .has_activation = true},
    {.name = "layer_norm",
     .op = "layer_norm",
     .run = layer_norm,
     .operands = {INPUT("x", X, TOKENS, HIDDEN),
                  VECTOR("norm.gamma", GAMMA, HIDDEN),
                  VECTOR("norm.beta", BETA, HIDDEN),
                  OUTPUT("y", Y, TOKENS, HIDDEN)},
     .count = 4,
     .has_parameters = true},
    {.name = "layer_norm_residual",
     .op = "layer_norm_residual",
     .run = layer_norm_residual,
     .operands = {INPUT("x", X, TOKENS, HIDDEN), VECTOR("bias", BIAS, HIDDEN),
                  INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
                  VECTOR("norm.gamma", GAMMA, HIDDEN),
                  VECTOR("norm.beta", BETA, HIDDEN),
                  OUTPUT("y", Y, TOKENS, HIDDEN),
                  OUTPUT("sum", SECOND, TOKENS, HIDDEN)},
     .count = 7,
     .has_parameters = true},
    {.name = "rms_norm",
     .op = "rms_norm",
     .run = rms_norm,
     .operands = {INPUT("x", X, TOKENS, HIDDEN),
                  VECTOR("norm.gamma", GAMMA, HIDDEN),
                  OUTPUT("y", Y, TOKENS, HIDDEN)},
     .count = 3,
     .has_parameters = true},
    {.name = "residual_add, pre-norm",
     .op = "residual_add",
     .run = residual_add,
     .operands = {INPUT("hidden", X, TOKENS, HIDDEN),
                  INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
                  INPUT("attention", ATTENTION, TOKENS, HIDDEN),
                  VECTOR("attention_bias", INPUT_BIAS, HIDDEN),
                  VECTOR("final_bias", BIAS, HIDDEN),
                  OUTPUT("y", Y, TOKENS, HIDDEN)},
     .count = 6,
     .has_parameters = true,
     .form = CLINFER_RESIDUAL_PRE_NORM},
    {.name = "residual_add, post-norm",
     .op = "residual_add",
     .run = residual_add,
     .operands = {INPUT("hidden", X, TOKENS, HIDDEN),
                  INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
                  VECTOR("final_bias", BIAS, HIDDEN),
                  OUTPUT("y", Y, TOKENS, HIDDEN)},
     .count = 4,
     .has_parameters = true,
     .form = CLINFER_RESIDUAL_POST_NORM},
    {.name = "residual_add, parallel",
     .op = "residual_add",
     .run = residual_add,
     .operands = {INPUT("hidden", X, TOKENS, HIDDEN),
                  INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
                  INPUT("attention", ATTENTION, TOKENS, HIDDEN),
                  VECTOR("attention_bias", INPUT_BIAS, HIDDEN),
                  VECTOR("final_bias", BIAS, HIDDEN),
                  OUTPUT("y", Y, TOKENS, HIDDEN)},
     .count = 6,
     .has_parameters = true,
     .form = CLINFER_RESIDUAL_PARALLEL},
    {.name = "vector_matmul",
     .op = "vector_matmul",
     .run = vector_matmul,
     .operands = {INPUT("x", X, TOKENS, HIDDEN),
                  INPUT("weight", WEIGHT, HIDDEN, OUT),
                  OUTPUT("y", Y, TOKENS, OUT)},
     .count = 3},
    {.name = "linear",
     .op = "linear",
     .run = linear,
     .operands = {INPUT("x", X, TOKENS, HIDDEN),
                  INPUT("weight", WEIGHT, HIDDEN, OUT),
                  VECTOR("bias", BIAS, OUT), OUTPUT("y", Y, TOKENS, OUT)},
     .count = 4,
     .has_activation = true},
    {.name = "fused_gemm_gelu",
     .op = "fused_gemm_gelu",
     .run = fused_gemm_gelu,
     .operands = {INPUT("x", X, TOKENS, HIDDEN),
                  INPUT("weight", WEIGHT, HIDDEN, BETWEEN),
                  VECTOR("bias", BIAS, BETWEEN),
                  INPUT("weight_out", WEIGHT_OUT, BETWEEN, OUT),
                  OUTPUT("y", Y, TOKENS, OUT)},
     .count = 5},
    {.name = "qkv_gemm",
     .op = "qkv_gemm",
     .run = qkv_gemm,
     .operands = {INPUT("x", X, TOKENS, HIDDEN),
                  VECTOR("norm.gamma", GAMMA, HIDDEN),
                  VECTOR("norm.beta", BETA, HIDDEN),
                  INPUT("weight", WEIGHT, HIDDEN, OUT),
                  VECTOR("bias", BIAS, OUT), OUTPUT("y", Y, TOKENS, OUT),
                  OUTPUT("normalised", SECOND, TOKENS, HIDDEN)},
     .count = 7,
     .has_parameters = true},
    {.name = "mlp_gemm after attention",
     .op = "mlp_gemm",
     .run = mlp_gemm,
     .operands = {INPUT("input", X, TOKENS, HIDDEN),
                  VECTOR("input_bias", INPUT_BIAS, HIDDEN),
                  INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
                  VECTOR("norm.gamma", GAMMA, HIDDEN),
                  VECTOR("norm.beta", BETA, HIDDEN),
                  INPUT("weight", WEIGHT, HIDDEN, BETWEEN),
                  VECTOR("bias", BIAS, BETWEEN),
                  INPUT("weight_out", WEIGHT_OUT, BETWEEN, OUT),
                  OUTPUT("y", Y, TOKENS, OUT),
                  OUTPUT("normalised", SECOND, TOKENS, HIDDEN)},
     .count = 10,
     .has_activation = true,
     .has_parameters = true,
     .mlp_after_attn = 1},
    {.name = "mlp_gemm beside attention",
     .op = "mlp_gemm",
     .run = mlp_gemm,
     .operands = {INPUT("residual", RESIDUAL, TOKENS, HIDDEN),
                  VECTOR("norm.gamma", GAMMA, HIDDEN),
                  VECTOR("norm.beta", BETA, HIDDEN),
                  INPUT("weight", WEIGHT, HIDDEN, BETWEEN),
                  VECTOR("bias", BIAS, BETWEEN),
                  INPUT("weight_out", WEIGHT_OUT, BETWEEN, OUT),
                  OUTPUT("y", Y, TOKENS, OUT),
                  OUTPUT("normalised", SECOND, TOKENS, HIDDEN)},
     .count = 8,
     .has_activation = true,
     .has_parameters = true},
};
const size_t call_operator_count = sizeof call_operators /
                                   sizeof *call_operators;

const struct call_operand *call_operand_in(const struct call_operator *op,
                                           enum role role) {
  for (size_t i = 0; i < op->count; i++)
    if (op->operands[i].role == role) return &op->operands[i];
  return NULL;
}

static void *argument(struct call_arguments *a, enum role role) {
  static const size_t places[ROLE_COUNT] = {
      [X] = offsetof(struct call_arguments, x),
      [RESIDUAL] = offsetof(struct call_arguments, residual),
      [ATTENTION] = offsetof(struct call_arguments, attention),
      [INPUT_BIAS] = offsetof(struct call_arguments, input_bias),
      [GAMMA] = offsetof(struct call_arguments, norm.gamma),
      [BETA] = offsetof(struct call_arguments, norm.beta),
      [WEIGHT] = offsetof(struct call_arguments, weight.matrix),
      [BIAS] = offsetof(struct call_arguments, bias),
      [WEIGHT_OUT] = offsetof(struct call_arguments, weight_out.matrix),
      [Y] = offsetof(struct call_arguments, y),
      [SECOND] = offsetof(struct call_arguments, second)};
  return (char *)a + places[role];
}

clinfer_matrix *call_arguments_matrix(struct call_arguments *a,
                                      enum role role) {
  return argument(a, role);
}

clinfer_vector *call_arguments_vector(struct call_arguments *a,
                                      enum role role) {
  return argument(a, role);
}
