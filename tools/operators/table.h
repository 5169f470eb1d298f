/* table.h - the operators, as data for whatever calls them all: the tests and
 * the tools. To add one: a row, and beside it the call. An operator whose
 * operands depend on an option has a row for each set of them. */
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
  int mp_size, mlp_after_attn;
  bool without_parameters; /* NULL for the struct that norm, form, ... are in */
};

enum call_dim { CALL_ONE, CALL_TOKENS, CALL_HIDDEN, CALL_BETWEEN, CALL_OUT };

struct call_operand {
  const char *name; /* as the library's messages have it */
  enum role role;
  enum { CALL_INPUT, CALL_OUTPUT, CALL_VECTOR } kind;
  enum call_dim rows, cols;
};

enum { CALL_MOST_OPERANDS = 10 };

struct call_operator {
  const char *name; /* "residual_add, pre-norm" */
  const char *op;   /* "residual_add": without clinfer_ */
  clinfer_status (*run)(clinfer_context *ctx, const clinfer_exec *exec,
                        const struct call_arguments *arguments);
  struct call_operand operands[CALL_MOST_OPERANDS];
  size_t count;
  bool has_activation;
  bool has_parameters; /* in a struct of their own */
  clinfer_residual_form form;
  int mlp_after_attn;
};

/* The rows of one operator follow each other, in the order of the option that
 * tells them apart: form; mlp_after_attn, 1 before 0. */
extern const struct call_operator call_operators[];
extern const size_t call_operator_count;

/* NULL if the operator has none in that role. */
const struct call_operand *call_operand_in(const struct call_operator *op,
                                           enum role role);

/* The argument in that role, be it a matrix or a vector. */
clinfer_matrix *call_arguments_matrix(struct call_arguments *arguments,
                                      enum role role);
clinfer_vector *call_arguments_vector(struct call_arguments *arguments,
                                      enum role role);

#endif
