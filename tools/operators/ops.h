/* ops.h - the operators, as rows of two tables. To add one: a row, and beside
 * it the call and what the oracle expects of it. */
#ifndef CLINFER_TOOLS_OPERATORS_OPS_H
#define CLINFER_TOOLS_OPERATORS_OPS_H

#include "operators/trial.h"
#include "oracle/oracle.h"

struct op {
  const char *name;              /* without clinfer_ */
  unsigned uses;                 /* USES bits */
  const char *const *shapes;     /* fields, as in a canonical text; NULL ends */
  const char *const *variations; /* likewise, combined with the shapes */
  clinfer_status (*call)(const struct trial *t, const clinfer_exec *exec);

  /* Fills t->period rows of y, and of second unless that is NULL. */
  void (*expect)(const struct trial *t, struct oracle_value *y,
                 struct oracle_value *second);
};

/* Each ends with a row without name. */
extern const struct op row_ops[], gemm_ops[];

/* Counts through both; NULL past the last one. */
const struct op *op_at(size_t index);

/* The first `length` characters are the name. NULL if there is none such. */
const struct op *op_find(const char *name, size_t length);

#endif
