/* rows.h - what the files with rows of the table share. */
#ifndef CLINFER_TOOLS_OPERATORS_ROWS_H
#define CLINFER_TOOLS_OPERATORS_ROWS_H

#include "operators/table.h"
#include "oracle/oracle.h"

/* Each ends with a row without name. */
extern const struct call_operator row_operators[], gemm_operators[],
    attention_operators[];

/* The norm of a call, which may be left out. */
static inline const clinfer_norm *norm_of(const struct call_arguments *a) {
  return a->without_parameters ? NULL : &a->norm;
}

/* The operands of a row, in the order of the function's arguments. */
#define OPERANDS(...)                                     \
  .operands = {__VA_ARGS__},                              \
  .count = sizeof((struct call_operand[]){__VA_ARGS__}) / \
           sizeof(struct call_operand)
#define INPUT(name, role, rows, cols) \
  { name, role, CALL_INPUT, CALL_##rows, CALL_##cols, 0 }
#define OUTPUT(name, role, rows, cols, may_be) \
  { name, role, CALL_OUTPUT, CALL_##rows, CALL_##cols, may_be }
#define VECTOR(name, role, cols) \
  { name, role, CALL_VECTOR, CALL_ONE, CALL_##cols, 0 }

#endif
