/* trial.h - a case with its operands on a device, ready to be called. */
#ifndef CLINFER_TOOLS_OPERATORS_TRIAL_H
#define CLINFER_TOOLS_OPERATORS_TRIAL_H

#include "operators/cases.h"
#include "operators/operand.h"

struct trial {
  const struct test_case *c;
  const struct session *s;
  size_t period; /* distinct rows of activations */
  struct operand operands[ROLE_COUNT];
  clinfer_packed *packed[ROLE_COUNT]; /* of the two weights, or NULL */
  const struct call_operator *call;   /* what is called, and with what: */
  struct call_arguments arguments;
};

/* NULL, or why it failed; close it either way. */
const char *trial_open(struct trial *t, const struct session *s,
                       const struct test_case *c);
void trial_close(struct trial *t);

/* The values of an input: such that activations get arguments of a few units
 * and that sums of products stay of that size, whatever their length. */
void trial_range(const struct test_case *c, enum role role, double *lo,
                 double *hi);

/* Puts every operand into the state before a call. */
cl_int trial_write(const struct trial *t);
/* Fetches every operand. */
cl_int trial_read(const struct trial *t);

/* Packs the weights, if the case says so. Once, after trial_write. */
clinfer_status trial_pack(struct trial *t);

/* Bytes of all operands' elements, each counted once. */
double trial_bytes(const struct trial *t);

/* Collects the arguments of the calls, as trial_open does: anew whenever the
 * case, an operand's view or a packed weight has changed. */
void trial_set_arguments(struct trial *t);
clinfer_status trial_call(const struct trial *t, const clinfer_exec *exec);

/* The operand in that role, which for an output may be the input that it
 * shares; NULL if the case has none. */
const struct operand *trial_operand(const struct trial *t, enum role role);

/* As the operators take it; {0} if the case has none. */
clinfer_matrix trial_matrix(const struct trial *t, enum role role);

/* What the oracle expects: t->period rows of y, and of second unless that is
 * NULL. */
void trial_expect(const struct trial *t, struct oracle_value *y,
                  struct oracle_value *second);

/* The eps of all normalisations here. */
#define TRIAL_EPS 1e-5f

#endif
