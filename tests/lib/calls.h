/* calls.h - one good call of every operator, as data that a test may spoil
 * before it is run. */
#ifndef CLINFER_CALLS_H
#define CLINFER_CALLS_H

#include "tester.h"

enum { CALL_MOST_OPERANDS = 10 };

/* The arguments of any operator; each takes those that it has. x also stands
 * for `hidden` and `input`, second for `sum` and `normalised`, other_bias for
 * `attention_bias` and `input_bias`. */
struct call {
  const struct call_operator *op;
  clinfer_context *ctx;
  clinfer_exec exec;
  bool without_exec, without_parameters; /* NULL for the struct */
  clinfer_matrix x, residual, attention, y, second;
  clinfer_vector bias, other_bias;
  clinfer_norm norm;
  clinfer_weight weight, weight_out;
  clinfer_activation activation;
  clinfer_residual_form form;
  int mp_size, mlp_after_attn;
  struct t_matrix *made[CALL_MOST_OPERANDS]; /* in the order of op->operands */
};

enum call_dim { CALL_ONE, CALL_TOKENS, CALL_HIDDEN, CALL_BETWEEN, CALL_OUT };
struct call_sizes {
  size_t tokens, hidden, between, out;
};

struct call_operand {
  const char *name; /* as the library's messages have it */
  size_t at;        /* of the view within struct call */
  enum { CALL_INPUT, CALL_OUTPUT, CALL_VECTOR } kind;
  enum call_dim rows, cols;
};

struct call_operator {
  const char *name;
  clinfer_status (*run)(const struct call *c, const clinfer_exec *exec);
  struct call_operand operands[CALL_MOST_OPERANDS];
  size_t count;
  bool has_weight, has_norm, has_activation;
  bool has_parameters; /* in a struct of their own */
  clinfer_residual_form form;
  int mlp_after_attn;
};

extern const struct call_operator call_operators[];
extern const size_t call_operator_count;

/* A call with random operands in that store, for t_exec. */
struct call call_make(const struct call_operator *op, clinfer_context *ctx,
                      const struct call_sizes *sizes, struct t_store store);
/* The same inputs, but outputs of its own. */
struct call call_twin(const struct call *c);
clinfer_status call_run(const struct call *c);
/* A twin with the outputs that t_queue gives. */
struct call call_run_twin(const struct call *c);

clinfer_matrix *call_matrix(struct call *c, const struct call_operand *o);
clinfer_vector *call_vector(struct call *c, const struct call_operand *o);

/* Whether the device under test is of that platform, for a driver's faults. */
bool call_platform_is(const char *name);

/* The outputs as call_make left them, or not a bit other than that. */
void call_poison(const struct call *c);
void call_require_untouched(const struct call *c);

/* Two calls of the same operator gave the same bits. */
void call_require_same(const struct call *a, const struct call *b);

#endif
