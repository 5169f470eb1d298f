/* operand.h - one operand of a trial: its values, and the buffer that holds
 * them between bytes that no operator may read (inputs) or write (outputs). */
#ifndef CLINFER_TOOLS_OPERATORS_OPERAND_H
#define CLINFER_TOOLS_OPERATORS_OPERAND_H

#include "lib/session.h"
#include "oracle/oracle.h"

struct operand {
  clinfer_matrix view; /* a vector is a matrix of one row */
  bool output;         /* an operator may write the elements */

  /* Row r holds what row r % period holds, so that the oracle has only
   * `period` rows to compute while every row of the result is judged. */
  size_t period;
  double *values; /* period x cols; NULL for a pure output */

  unsigned char *bytes; /* the whole buffer before a call */
  unsigned char *after; /* and after one */
  size_t size;          /* bytes */
};

/* How the buffer is laid out: `pad` elements after each row, `off` before the
 * first one. */
struct operand_layout {
  size_t rows, cols, pad, off, period;
  clinfer_dtype dtype;
};

/* NULL, or why it failed; "too large" makes a case a skip. */
const char *operand_input(struct operand *o, const struct session *s,
                          const struct operand_layout *layout, uint64_t seed,
                          double lo, double hi);
const char *operand_output(struct operand *o, const struct session *s,
                           const struct operand_layout *layout);
void operand_free(struct operand *o);

/* Nonblocking on an in-order queue. */
cl_int operand_write(const struct operand *o, cl_command_queue queue);
/* Blocking, into `after`. */
cl_int operand_read(const struct operand *o, cl_command_queue queue);

/* The byte of `after` outside what may be written that has changed, counted
 * from the first element (so negative before it). */
bool operand_spilled(const struct operand *o, ptrdiff_t *where);

/* `after` against period x cols expected values; worst_at = r * cols + c. */
struct oracle_verdict operand_judge(const struct operand *o,
                                    const struct oracle_value *want);

#endif
