/* ops.c - the tables of operators, as one. */

#include "operators/ops.h"

#include <string.h>

const struct op *op_at(size_t index) {
  const struct op *const tables[] = {row_ops, gemm_ops};
  for (size_t t = 0; t < TOOL_COUNT(tables); t++)
    for (const struct op *op = tables[t]; op->name != NULL; op++)
      if (index-- == 0) return op;
  return NULL;
}

const struct op *op_find(const char *name, size_t length) {
  const struct op *op;
  for (size_t i = 0; (op = op_at(i)) != NULL; i++)
    if (strlen(op->name) == length && memcmp(op->name, name, length) == 0)
      return op;
  return NULL;
}
