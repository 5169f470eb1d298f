/* table.h - the operators, as data for whatever calls them all: the tests and
 * the tools. To add one: a row in row_ops.c or gemm_ops.c, with its call and
 * what the oracle expects beside it. */
#ifndef CLINFER_TOOLS_OPERATORS_TABLE_H
#define CLINFER_TOOLS_OPERATORS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "clinfer/clinfer.h"

/* The operands that operators have between them. */
enum role {
  X, /* also `hidden` and `input` */
  RESIDUAL,
  ATTENTION,
  INPUT_BIAS, /* added before a normalisation; or the attention's bias */
  GAMMA,
  BETA,
  WEIGHT,
  BIAS,
  WEIGHT_OUT,
  Y,
  SECOND, /* the sum, or the normalised input */
  ROLE_COUNT
};

/* The arguments of any operator; each takes those that it has. */
struct call_arguments {
  clinfer_matrix x, residual, attention, y, second;
  clinfer_vector bias, input_bias;
  clinfer_norm norm;
  clinfer_weight weight, weight_out;
  clinfer_activation activation;
  clinfer_residual_form form;
  int mp_size, mlp_after_attn, gated;
  bool without_parameters; /* NULL for the struct that norm, form, ... are in */
};

enum call_dim {
  CALL_ONE,
  CALL_TOKENS,
  CALL_HIDDEN,
  CALL_BETWEEN,
  CALL_OUT,
  CALL_TWICE_OUT
};

struct call_operand {
  const char *name; /* as the library's messages have it */
  enum role role;
  enum { CALL_INPUT, CALL_OUTPUT, CALL_VECTOR } kind;
  enum call_dim rows, cols;
  unsigned may_be; /* USES bits of the inputs whose place an output may take */
};

enum { CALL_MOST_OPERANDS = 10 };

struct call_sizes {
  size_t tokens, hidden, between, out;
};

size_t call_size(const struct call_sizes *sizes, enum call_dim dim);

/* A call as the oracle sees it. */
struct call_values {
  struct call_sizes sizes;
  const double *of[ROLE_COUNT]; /* dense; NULL: left out, or an output */
  clinfer_layout layout;        /* of the weights */
  clinfer_activation activation;
  clinfer_residual_form form;
  int mp_size;
  bool gated;
  double eps;
  clinfer_dtype x, y; /* activations, outputs */
};
struct oracle_value;

/* What an operator has: USES(role), and options. */
#define USES(role) (1u << (role))
#define USES_ACT (1u << ROLE_COUNT)
#define USES_FORM (2u << ROLE_COUNT)
#define USES_AFTER (4u << ROLE_COUNT)
#define USES_INPLACE (8u << ROLE_COUNT)
#define USES_GATED (16u << ROLE_COUNT)

struct call_operator {
  const char *name;     /* "residual_add, pre-norm" */
  const char *function; /* "residual_add": without clinfer_ */

  /* How it is called. */
  clinfer_status (*run)(clinfer_context *ctx, const clinfer_exec *exec,
                        const struct call_arguments *arguments);
  struct call_operand operands[CALL_MOST_OPERANDS];
  size_t count;
  bool has_activation;
  bool has_parameters; /* in a struct of their own */
  clinfer_residual_form form;
  int mlp_after_attn, gated;

  /* On what it is tried, and what is expected: in its operator's first row. */
  unsigned options;              /* USES_FORM, USES_GATED, USES_AFTER */
  const char *const *shapes;     /* fields, as in cases.h; NULL ends */
  const char *const *variations; /* likewise, combined with the shapes */
  /* Fills sizes.tokens rows of y, and of second unless that is NULL. */
  void (*expect)(const struct call_values *v, struct oracle_value *y,
                 struct oracle_value *second);
};

/* All rows. An operator whose operands depend on an option has a row for each
 * set of them. They follow each other, in the order of that option: form;
 * gated; mlp_after_attn, 1 before 0. NULL past the last row. */
const struct call_operator *call_operator_at(size_t index);
size_t call_operator_count(void);
const struct call_operator *call_operator_named(const char *name);

/* The operators, each as its first row. NULL past the last one. */
const struct call_operator *op_at(size_t index);

/* The first `length` characters are its function. NULL if there is none. */
const struct call_operator *op_find(const char *function, size_t length);

/* Of its rows the one at that place; the first if there is none. */
const struct call_operator *op_call(const struct call_operator *op,
                                    size_t place);

/* USES bits: the operands of all its rows, and its options. */
unsigned op_uses(const struct call_operator *op);

/* NULL if the operator has none in that role. */
const struct call_operand *call_operand_in(const struct call_operator *op,
                                           enum role role);

/* The argument in that role, be it a matrix or a vector. */
clinfer_matrix *call_arguments_matrix(struct call_arguments *arguments,
                                      enum role role);
clinfer_vector *call_arguments_vector(struct call_arguments *arguments,
                                      enum role role);

#endif
