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

static const struct call_operator *first_call(const struct op *op) {
  const struct call_operator *call = call_operators;
  while (strcmp(call->op, op->name) != 0) call++;
  return call;
}

static bool is_last(const struct call_operator *call) {
  return call + 1 == call_operators + call_operator_count ||
         strcmp(call->op, call[1].op) != 0;
}

const struct call_operator *op_call(const struct op *op, size_t place) {
  const struct call_operator *const first = first_call(op), *call = first;
  for (; place > 0; place--, call++)
    if (is_last(call)) return first;
  return call;
}

unsigned op_uses(const struct op *op) {
  unsigned uses = op->options;
  const struct call_operator *call = first_call(op);
  for (bool more = true; more; more = !is_last(call++)) {
    if (call->has_activation) uses |= USES_ACT;
    for (size_t i = 0; i < call->count; i++)
      uses |= USES(call->operands[i].role);
  }
  return uses;
}
