/* test_misused_calls.c - what is wrong with a call beside its operands is
 * refused. */

#include "refusal.h"

#include <math.h>
#include <string.h>

struct call_fault {
  const char *name;
  bool (*spoil)(struct call *c); /* false: it does not apply */
  struct refusal want;
};

static bool no_context(struct call *c) {
  c->ctx = NULL;
  return true;
}
static bool no_exec(struct call *c) { return c->without_exec = true; }
static bool no_parameters(struct call *c) {
  c->args.without_parameters = true;
  return c->op->has_parameters;
}

static bool no_queue(struct call *c) {
  c->exec.queue = NULL;
  return true;
}
static bool foreign_queue(struct call *c) {
  refusal_open_other();
  c->exec.queue = refusal_other.queue;
  return true;
}

static const cl_event no_event = NULL;
static bool wait_without_list(struct call *c) {
  c->exec.wait_count = 1;
  return true;
}
static bool wait_without_count(struct call *c) {
  c->exec.wait_list = &no_event;
  return true;
}
static bool wait_for_null(struct call *c) {
  c->exec.wait_list = &no_event;
  c->exec.wait_count = 1;
  return true;
}

static bool activation(struct call *c, int value) {
  c->args.activation = (clinfer_activation)value;
  return c->op->has_activation;
}
static bool activation_minus_1(struct call *c) { return activation(c, -1); }
static bool activation_8(struct call *c) { return activation(c, 8); }
static bool activation_99(struct call *c) { return activation(c, 99); }

/* Whether the operator has that weight. */
static bool takes(struct call *c, const clinfer_weight *w) {
  for (size_t i = 0; i < c->op->count; i++)
    if (call_matrix(c, &c->op->operands[i]) == &w->matrix) return true;
  return false;
}
static bool layout(struct call *c, clinfer_weight *w, int value) {
  w->layout = (clinfer_layout)value;
  return takes(c, w);
}
static bool layout_minus_1(struct call *c) {
  return layout(c, &c->args.weight, -1);
}
static bool layout_2(struct call *c) { return layout(c, &c->args.weight, 2); }
static bool layout_out_99(struct call *c) {
  return layout(c, &c->args.weight_out, 99);
}

/* What a later version may give a meaning. */
static bool reserved(struct call *c, clinfer_weight *w, size_t index) {
  w->reserved[index] = w;
  return takes(c, w);
}
static bool reserved_first(struct call *c) {
  return reserved(c, &c->args.weight, 0);
}
static bool reserved_out_last(struct call *c) {
  return reserved(c, &c->args.weight_out, 2);
}

static bool form(struct call *c, int value) {
  c->args.form = (clinfer_residual_form)value;
  return strncmp(c->op->name, "residual_add", 12) == 0;
}
static bool form_minus_1(struct call *c) { return form(c, -1); }
static bool form_3(struct call *c) { return form(c, 3); }
static bool form_99(struct call *c) { return form(c, 99); }

static bool mp_size_0(struct call *c) {
  c->args.mp_size = 0;
  return form(c, (int)c->args.form);
}
static bool mp_size_minus_1(struct call *c) {
  c->args.mp_size = -1;
  return form(c, (int)c->args.form);
}

static bool eps(struct call *c, float value) {
  c->args.norm.eps = value;
  return call_operand_in(c->op, GAMMA) != NULL;
}
static bool eps_negative(struct call *c) { return eps(c, -1e-6f); }
static bool eps_nan(struct call *c) { return eps(c, NAN); }
static bool eps_inf(struct call *c) { return eps(c, INFINITY); }
static bool eps_minus_inf(struct call *c) { return eps(c, -INFINITY); }

static bool is(const struct call *c, const char *name) {
  return strcmp(c->op->name, name) == 0;
}
static bool beta_for_rms(struct call *c) {
  c->args.norm.beta = c->args.norm.gamma;
  return is(c, "rms_norm");
}
static bool attention_post_norm(struct call *c) {
  c->args.attention = c->args.residual;
  return is(c, "residual_add, post-norm");
}
static bool attention_bias_post_norm(struct call *c) {
  c->args.input_bias = c->args.bias;
  return is(c, "residual_add, post-norm");
}
static bool input_beside_attention(struct call *c) {
  c->args.x = c->args.residual;
  return is(c, "mlp_gemm beside attention");
}
static bool input_bias_beside_attention(struct call *c) {
  c->args.input_bias = c->args.norm.gamma;
  return is(c, "mlp_gemm beside attention");
}

/* Every matrix of `tokens` rows has 2^31 of them. */
static bool too_many_tokens(struct call *c) {
  for (size_t i = 0; i < c->op->count; i++)
    if (c->op->operands[i].rows == CALL_TOKENS)
      call_matrix(c, &c->op->operands[i])->rows = (size_t)1 << 31;
  return true;
}

static bool too_many_features(struct call *c) {
  for (size_t i = 0; i < c->op->count; i++) {
    const struct call_operand *o = &c->op->operands[i];
    if (o->kind == CALL_VECTOR && o->cols == CALL_HIDDEN)
      call_vector(c, o)->size = (size_t)1 << 31;
    if (o->kind != CALL_VECTOR && o->cols == CALL_HIDDEN)
      call_matrix(c, o)->cols = call_matrix(c, o)->ld = (size_t)1 << 31;
    if (o->rows == CALL_HIDDEN) call_matrix(c, o)->rows = (size_t)1 << 31;
  }
  return true;
}

/* The bytes of scratch that the call needs; 0 if none. */
static size_t scratch_needed(const struct call *c) {
  size_t needed = 99;
  struct call query = *c;
  query.exec.scratch_needed = &needed;
  assert_int_equal(call_run(&query), CLINFER_OK);
  return needed;
}

static bool small_scratch(struct call *c) {
  const size_t needed = scratch_needed(c);
  if (needed > 0)
    c->exec.scratch = refusal_buffer(c, CL_MEM_READ_WRITE, needed - 1);
  return needed > 0;
}
static bool foreign_scratch(struct call *c) {
  refusal_open_other();
  c->exec.scratch = refusal_other.buffer;
  return scratch_needed(c) > 0;
}
static bool read_only_scratch(struct call *c) {
  c->exec.scratch = refusal_buffer(c, CL_MEM_READ_ONLY, 1 << 20);
  return scratch_needed(c) > 0;
}
static bool write_only_scratch(struct call *c) {
  c->exec.scratch = refusal_buffer(c, CL_MEM_WRITE_ONLY, 1 << 20);
  return scratch_needed(c) > 0;
}

static const struct call_fault call_faults[] = {
    {"no context", no_context, {CLINFER_BAD_ARGUMENT, "ctx"}},
    {"no exec", no_exec, {CLINFER_BAD_ARGUMENT, "exec"}},
    {"no parameters", no_parameters, {CLINFER_BAD_ARGUMENT, "is NULL"}},
    {"no queue", no_queue, {CLINFER_BAD_QUEUE, "queue"}},
    {"queue of another context", foreign_queue, {CLINFER_BAD_QUEUE, "queue"}},
    {"wait_list missing", wait_without_list, {CLINFER_BAD_ARGUMENT, "wait"}},
    {"wait_count missing", wait_without_count, {CLINFER_BAD_ARGUMENT, "wait"}},
    {"NULL to wait for", wait_for_null, {CLINFER_BAD_ARGUMENT, "wait_list[0]"}},
    {"activation -1", activation_minus_1, {CLINFER_BAD_ARGUMENT, "activation"}},
    {"activation 8", activation_8, {CLINFER_BAD_ARGUMENT, "activation"}},
    {"activation 99", activation_99, {CLINFER_BAD_ARGUMENT, "activation"}},
    {"layout -1", layout_minus_1, {CLINFER_BAD_ARGUMENT, "weight: -1"}},
    {"layout 2", layout_2, {CLINFER_BAD_ARGUMENT, "weight: 2"}},
    {"layout 99", layout_out_99, {CLINFER_BAD_ARGUMENT, "weight_out: 99"}},
    {"reserved", reserved_first, {CLINFER_UNSUPPORTED, "weight.reserved"}},
    {"reserved, last",
     reserved_out_last,
     {CLINFER_UNSUPPORTED, "weight_out.reserved"}},
    {"form -1", form_minus_1, {CLINFER_BAD_ARGUMENT, "form"}},
    {"form 3", form_3, {CLINFER_BAD_ARGUMENT, "form"}},
    {"form 99", form_99, {CLINFER_BAD_ARGUMENT, "form"}},
    {"mp_size 0", mp_size_0, {CLINFER_BAD_ARGUMENT, "mp_size"}},
    {"mp_size -1", mp_size_minus_1, {CLINFER_BAD_ARGUMENT, "mp_size"}},
    {"eps negative", eps_negative, {CLINFER_BAD_ARGUMENT, "eps"}},
    {"eps NaN", eps_nan, {CLINFER_BAD_ARGUMENT, "eps"}},
    {"eps Inf", eps_inf, {CLINFER_BAD_ARGUMENT, "eps"}},
    {"eps -Inf", eps_minus_inf, {CLINFER_BAD_ARGUMENT, "eps"}},
    {"beta for rms_norm", beta_for_rms, {CLINFER_BAD_ARGUMENT, "beta"}},
    {"attention in post-norm",
     attention_post_norm,
     {CLINFER_BAD_ARGUMENT, "attention"}},
    {"attention_bias in post-norm",
     attention_bias_post_norm,
     {CLINFER_BAD_ARGUMENT, "attention_bias"}},
    {"input beside attention",
     input_beside_attention,
     {CLINFER_BAD_ARGUMENT, "input"}},
    {"input_bias beside attention",
     input_bias_beside_attention,
     {CLINFER_BAD_ARGUMENT, "input_bias"}},
    {"2^31 tokens", too_many_tokens, {CLINFER_UNSUPPORTED, "2^31"}},
    {"2^31 features", too_many_features, {CLINFER_UNSUPPORTED, "2^31"}},
    {"scratch a byte short",
     small_scratch,
     {CLINFER_BAD_BUFFER, "exec.scratch"}},
    {"scratch of another context",
     foreign_scratch,
     {CLINFER_BAD_BUFFER, "exec.scratch"}},
    {"scratch read-only",
     read_only_scratch,
     {CLINFER_BAD_BUFFER, "exec.scratch"}},
    {"scratch write-only",
     write_only_scratch,
     {CLINFER_BAD_BUFFER, "exec.scratch"}},
};

static void refuses_call(void **state) {
  const struct call_fault *fault = *state;
  size_t applied = 0;
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call good = call_make(call_operator_at(i), refusal_ctx(),
                                       &refusal_sizes, refusal_stores[1]);
    struct call bad = good;
    t_at("%s", good.op->name);
    if (fault->spoil(&bad)) {
      refusal_require(&bad, &good, fault->want);
      refusal_require_usable(&good);
      applied++;
    }
    refusal_release();
  }
  assert_true(applied > 0);
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(refuses_call, call_faults),
  };
  const int failures = t_main(argc, argv, "misused_calls", tables,
                              T_COUNT(tables));
  refusal_close_other();
  return failures;
}
