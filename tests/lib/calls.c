/* calls.c - one good call of every operator. */

#include "calls.h"

#include <string.h>

static clinfer_status bias_activation(const struct call *c,
                                      const clinfer_exec *exec) {
  return clinfer_bias_activation(c->ctx, exec, c->x, c->bias, c->activation,
                                 c->y);
}

static const clinfer_norm *norm_of(const struct call *c) {
  return c->without_parameters ? NULL : &c->norm;
}

static clinfer_status layer_norm(const struct call *c,
                                 const clinfer_exec *exec) {
  return clinfer_layer_norm(c->ctx, exec, c->x, norm_of(c), c->y);
}

static clinfer_status layer_norm_residual(const struct call *c,
                                          const clinfer_exec *exec) {
  return clinfer_layer_norm_residual(c->ctx, exec, c->x, c->bias, c->residual,
                                     norm_of(c), c->y, c->second);
}

static clinfer_status rms_norm(const struct call *c, const clinfer_exec *exec) {
  return clinfer_rms_norm(c->ctx, exec, c->x, norm_of(c), c->y);
}

static clinfer_status residual_add(const struct call *c,
                                   const clinfer_exec *exec) {
  const clinfer_residual terms = {.form = c->form,
                                  .hidden = c->x,
                                  .residual = c->residual,
                                  .attention = c->attention,
                                  .attention_bias = c->other_bias,
                                  .final_bias = c->bias,
                                  .mp_size = c->mp_size};
  return clinfer_residual_add(c->ctx, exec,
                              c->without_parameters ? NULL : &terms, c->y);
}

static clinfer_status vector_matmul(const struct call *c,
                                    const clinfer_exec *exec) {
  return clinfer_vector_matmul(c->ctx, exec, c->x, c->weight, c->y);
}

static clinfer_status linear(const struct call *c, const clinfer_exec *exec) {
  return clinfer_linear(c->ctx, exec, c->x, c->weight, c->bias, c->activation,
                        c->y);
}

static clinfer_status fused_gemm_gelu(const struct call *c,
                                      const clinfer_exec *exec) {
  return clinfer_fused_gemm_gelu(c->ctx, exec, c->x, c->weight, c->bias,
                                 c->weight_out, c->y);
}

static clinfer_status qkv_gemm(const struct call *c, const clinfer_exec *exec) {
  return clinfer_qkv_gemm(c->ctx, exec, c->x, norm_of(c), c->weight, c->bias,
                          c->y, c->second);
}

static clinfer_status mlp_gemm(const struct call *c, const clinfer_exec *exec) {
  const clinfer_mlp mlp = {.norm = c->norm,
                           .weight = c->weight,
                           .bias = c->bias,
                           .activation = c->activation,
                           .weight_out = c->weight_out,
                           .mlp_after_attn = c->mlp_after_attn};
  return clinfer_mlp_gemm(c->ctx, exec, c->x, c->other_bias, c->residual,
                          c->without_parameters ? NULL : &mlp, c->y, c->second);
}

#define AT(member) offsetof(struct call, member)
#define INPUT(name, at, rows, cols) \
  { name, AT(at), CALL_INPUT, CALL_##rows, CALL_##cols }
#define OUTPUT(name, at, rows, cols) \
  { name, AT(at), CALL_OUTPUT, CALL_##rows, CALL_##cols }
#define VECTOR(name, at, cols) \
  { name, AT(at), CALL_VECTOR, CALL_ONE, CALL_##cols }
#define GAMMA VECTOR("norm.gamma", norm.gamma, HIDDEN)
#define BETA VECTOR("norm.beta", norm.beta, HIDDEN)

const struct call_operator call_operators[] = {
    {.name = "bias_activation",
     .run = bias_activation,
     .operands = {INPUT("x", x, TOKENS, HIDDEN), VECTOR("bias", bias, HIDDEN),
                  OUTPUT("y", y, TOKENS, HIDDEN)},
     .count = 3,
     .has_activation = true},
    {.name = "layer_norm",
     .run = layer_norm,
     .operands = {INPUT("x", x, TOKENS, HIDDEN), GAMMA, BETA,
                  OUTPUT("y", y, TOKENS, HIDDEN)},
     .count = 4,
     .has_norm = true,
     .has_parameters = true},
    {.name = "layer_norm_residual",
     .run = layer_norm_residual,
     .operands = {INPUT("x", x, TOKENS, HIDDEN), VECTOR("bias", bias, HIDDEN),
                  INPUT("residual", residual, TOKENS, HIDDEN), GAMMA, BETA,
                  OUTPUT("y", y, TOKENS, HIDDEN),
                  OUTPUT("sum", second, TOKENS, HIDDEN)},
     .count = 7,
     .has_norm = true,
     .has_parameters = true},
    {.name = "rms_norm",
     .run = rms_norm,
     .operands = {INPUT("x", x, TOKENS, HIDDEN), GAMMA,
                  OUTPUT("y", y, TOKENS, HIDDEN)},
     .count = 3,
     .has_norm = true,
     .has_parameters = true},
    {.name = "residual_add, pre-norm",
     .run = residual_add,
     .operands = {INPUT("hidden", x, TOKENS, HIDDEN),
                  INPUT("residual", residual, TOKENS, HIDDEN),
                  INPUT("attention", attention, TOKENS, HIDDEN),
                  VECTOR("attention_bias", other_bias, HIDDEN),
                  VECTOR("final_bias", bias, HIDDEN),
                  OUTPUT("y", y, TOKENS, HIDDEN)},
     .count = 6,
     .has_parameters = true,
     .form = CLINFER_RESIDUAL_PRE_NORM},
    {.name = "residual_add, post-norm",
     .run = residual_add,
     .operands = {INPUT("hidden", x, TOKENS, HIDDEN),
                  INPUT("residual", residual, TOKENS, HIDDEN),
                  VECTOR("final_bias", bias, HIDDEN),
                  OUTPUT("y", y, TOKENS, HIDDEN)},
     .count = 4,
     .has_parameters = true,
     .form = CLINFER_RESIDUAL_POST_NORM},
    {.name = "residual_add, parallel",
     .run = residual_add,
     .operands = {INPUT("hidden", x, TOKENS, HIDDEN),
                  INPUT("residual", residual, TOKENS, HIDDEN),
                  INPUT("attention", attention, TOKENS, HIDDEN),
                  VECTOR("attention_bias", other_bias, HIDDEN),
                  VECTOR("final_bias", bias, HIDDEN),
                  OUTPUT("y", y, TOKENS, HIDDEN)},
     .count = 6,
     .has_parameters = true,
     .form = CLINFER_RESIDUAL_PARALLEL},
    {.name = "vector_matmul",
     .run = vector_matmul,
     .has_weight = true,
     .operands = {INPUT("x", x, TOKENS, HIDDEN),
                  INPUT("weight", weight.matrix, HIDDEN, OUT),
                  OUTPUT("y", y, TOKENS, OUT)},
     .count = 3},
    {.name = "linear",
     .run = linear,
     .has_weight = true,
     .operands = {INPUT("x", x, TOKENS, HIDDEN),
                  INPUT("weight", weight.matrix, HIDDEN, OUT),
                  VECTOR("bias", bias, OUT), OUTPUT("y", y, TOKENS, OUT)},
     .count = 4,
     .has_activation = true},
    {.name = "fused_gemm_gelu",
     .run = fused_gemm_gelu,
     .has_weight = true,
     .operands = {INPUT("x", x, TOKENS, HIDDEN),
                  INPUT("weight", weight.matrix, HIDDEN, BETWEEN),
                  VECTOR("bias", bias, BETWEEN),
                  INPUT("weight_out", weight_out.matrix, BETWEEN, OUT),
                  OUTPUT("y", y, TOKENS, OUT)},
     .count = 5},
    {.name = "qkv_gemm",
     .run = qkv_gemm,
     .has_weight = true,
     .operands = {INPUT("x", x, TOKENS, HIDDEN), GAMMA, BETA,
                  INPUT("weight", weight.matrix, HIDDEN, OUT),
                  VECTOR("bias", bias, OUT), OUTPUT("y", y, TOKENS, OUT),
                  OUTPUT("normalised", second, TOKENS, HIDDEN)},
     .count = 7,
     .has_norm = true,
     .has_parameters = true},
    {.name = "mlp_gemm after attention",
     .run = mlp_gemm,
     .has_weight = true,
     .operands = {INPUT("input", x, TOKENS, HIDDEN),
                  VECTOR("input_bias", other_bias, HIDDEN),
                  INPUT("residual", residual, TOKENS, HIDDEN), GAMMA, BETA,
                  INPUT("weight", weight.matrix, HIDDEN, BETWEEN),
                  VECTOR("bias", bias, BETWEEN),
                  INPUT("weight_out", weight_out.matrix, BETWEEN, OUT),
                  OUTPUT("y", y, TOKENS, OUT),
                  OUTPUT("normalised", second, TOKENS, HIDDEN)},
     .count = 10,
     .has_norm = true,
     .has_activation = true,
     .has_parameters = true,
     .mlp_after_attn = 1},
    {.name = "mlp_gemm beside attention",
     .run = mlp_gemm,
     .has_weight = true,
     .operands = {INPUT("residual", residual, TOKENS, HIDDEN), GAMMA, BETA,
                  INPUT("weight", weight.matrix, HIDDEN, BETWEEN),
                  VECTOR("bias", bias, BETWEEN),
                  INPUT("weight_out", weight_out.matrix, BETWEEN, OUT),
                  OUTPUT("y", y, TOKENS, OUT)},
     .count = 7,
     .has_norm = true,
     .has_activation = true,
     .has_parameters = true},
};
const size_t call_operator_count = T_COUNT(call_operators);

static size_t size_of(enum call_dim dim, const struct call_sizes *s) {
  switch (dim) {
    case CALL_ONE:
      return 1;
    case CALL_TOKENS:
      return s->tokens;
    case CALL_HIDDEN:
      return s->hidden;
    case CALL_BETWEEN:
      return s->between;
    case CALL_OUT:
      return s->out;
  }
  return 0;
}

clinfer_matrix *call_matrix(struct call *c, const struct call_operand *o) {
  return (clinfer_matrix *)(void *)((char *)c + o->at);
}

clinfer_vector *call_vector(struct call *c, const struct call_operand *o) {
  return (clinfer_vector *)(void *)((char *)c + o->at);
}

struct call call_make(const struct call_operator *op, clinfer_context *ctx,
                      const struct call_sizes *sizes, struct t_store store) {
  struct call c = {.op = op,
                   .ctx = ctx,
                   .exec = t_exec,
                   .norm.eps = 1e-5f,
                   .activation = CLINFER_GELU_TANH,
                   .form = op->form,
                   .mp_size = 2,
                   .mlp_after_attn = op->mlp_after_attn};
  for (size_t i = 0; i < op->count; i++) {
    const struct call_operand *o = &op->operands[i];
    const size_t rows = size_of(o->rows, sizes), cols = size_of(o->cols, sizes);
    c.made[i] = o->kind == CALL_OUTPUT ? t_output(rows, cols, store)
                                       : t_random(rows, cols, store, -1, 1);
    if (o->kind == CALL_VECTOR)
      *call_vector(&c, o) = t_vector(c.made[i]);
    else
      *call_matrix(&c, o) = t_view(c.made[i]);
  }
  return c;
}

struct call call_twin(const struct call *c) {
  struct call twin = *c;
  for (size_t i = 0; i < c->op->count; i++) {
    const struct call_operand *o = &c->op->operands[i];
    const clinfer_matrix *m = &c->made[i]->view;
    if (o->kind != CALL_OUTPUT) continue;
    const struct t_store store = {m->dtype, m->offset, m->ld - m->cols};
    twin.made[i] = t_output(m->rows, m->cols, store);
    *call_matrix(&twin, o) = t_view(twin.made[i]);
  }
  return twin;
}

clinfer_status call_run(const struct call *c) {
  return c->op->run(c, c->without_exec ? NULL : &c->exec);
}

struct call call_run_twin(const struct call *c) {
  struct call twin = call_twin(c);
  twin.exec = t_exec;
  T_OK(call_run(&twin));
  return twin;
}

bool call_platform_is(const char *name) {
  char platform[256] = "";
  cl_platform_id id;
  clGetDeviceInfo(clinfer_context_device(t_next(NULL, "")->ctx),
                  CL_DEVICE_PLATFORM, sizeof id, &id, NULL);
  clGetPlatformInfo(id, CL_PLATFORM_NAME, sizeof platform, platform, NULL);
  return strcmp(platform, name) == 0;
}

static bool is_output(const struct call *c, size_t i) {
  return c->op->operands[i].kind == CALL_OUTPUT;
}

void call_poison(const struct call *c) {
  for (size_t i = 0; i < c->op->count; i++)
    if (is_output(c, i)) t_poison(c->made[i]);
}

void call_require_untouched(const struct call *c) {
  for (size_t i = 0; i < c->op->count; i++) T_UNCHANGED(c->made[i]);
}

void call_require_same(const struct call *a, const struct call *b) {
  for (size_t i = 0; i < a->op->count; i++)
    if (is_output(a, i)) T_SAME(a->made[i], b->made[i]);
}
