/* table.c - the rows of all operators, and what they say. */

#include "operators/table.h"

#include <string.h>

#include "operators/rows.h"

const struct call_operator *call_operator_at(size_t index) {
  const struct call_operator *const tables[] = {
      row_operators, attention_operators, gemm_operators};
  for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
    for (const struct call_operator *row = tables[t]; row->name != NULL; row++)
      if (index-- == 0) return row;
  return NULL;
}

size_t call_operator_count(void) {
  size_t count = 0;
  while (call_operator_at(count) != NULL) count++;
  return count;
}

const struct call_operator *call_operator_named(const char *name) {
  const struct call_operator *row;
  for (size_t i = 0; (row = call_operator_at(i)) != NULL; i++)
    if (strcmp(row->name, name) == 0) break;
  return row;
}

const struct call_operator *op_at(size_t index) {
  const struct call_operator *row;
  for (size_t i = 0; (row = call_operator_at(i)) != NULL; i++)
    if (row->expect != NULL && index-- == 0) break;
  return row;
}

const struct call_operator *op_find(const char *function, size_t length) {
  const struct call_operator *op;
  for (size_t i = 0; (op = op_at(i)) != NULL; i++)
    if (strlen(op->function) == length &&
        memcmp(op->function, function, length) == 0)
      break;
  return op;
}

/* The row after that one; NULL if it belongs to another operator. */
static const struct call_operator *next_row(const struct call_operator *row) {
  return row[1].name != NULL && row[1].expect == NULL ? row + 1 : NULL;
}

const struct call_operator *op_call(const struct call_operator *op,
                                    size_t place) {
  const struct call_operator *row = op;
  while (row != NULL && place-- > 0) row = next_row(row);
  return row != NULL ? row : op;
}

unsigned op_uses(const struct call_operator *op) {
  unsigned uses = op->options;
  for (const struct call_operator *row = op; row; row = next_row(row)) {
    if (row->has_activation) uses |= USES_ACT;
    for (size_t i = 0; i < row->count; i++) {
      uses |= USES(row->operands[i].role);
      if (row->operands[i].may_be != 0) uses |= USES_INPLACE;
    }
  }
  return uses;
}

size_t call_size(const struct call_sizes *sizes, enum call_dim dim) {
  switch (dim) {
    case CALL_ONE:
      return 1;
    case CALL_TOKENS:
      return sizes->tokens;
    case CALL_HIDDEN:
      return sizes->hidden;
    case CALL_BETWEEN:
      return sizes->between;
    case CALL_OUT:
      return sizes->out;
    case CALL_TWICE_OUT:
      return 2 * sizes->out;
  }
  return 0;
}

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
