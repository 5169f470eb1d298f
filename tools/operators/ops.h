/* ops.h - the operators, as rows of two tables: on what they are tried, and
 * what the oracle expects. How they are called says table.h. */
#ifndef CLINFER_TOOLS_OPERATORS_OPS_H
#define CLINFER_TOOLS_OPERATORS_OPS_H

#include "operators/trial.h"
#include "oracle/oracle.h"

struct op {
  const char *name;              /* without clinfer_ */
  unsigned options;              /* USES_FORM, USES_AFTER, USES_INPLACE */
  const char *const *shapes;     /* fields, as in a canonical text; NULL ends */
  const char *const *variations; /* likewise, combined with the shapes */

  /* Fills t->period rows of y, and of second unless that is NULL. */
  void (*expect)(const struct trial *t, struct oracle_value *y,
                 struct oracle_value *second);
};

/* Each ends with a row without name. */
extern const struct op row_ops[], gemm_ops[];

/* Counts through both; NULL past the last one. */
const struct op *op_at(size_t index);

/* The operator's row in call_operators, or of those that an option tells apart
 * the one at that place; the first if there is none. */
const struct call_operator *op_call(const struct op *op, size_t place);

/* USES bits: the operands of all its rows, and its options. */
unsigned op_uses(const struct op *op);

/* The first `length` characters are the name. NULL if there is none such. */
const struct op *op_find(const char *name, size_t length);

#endif
