/* validate.h - refusing operands before anything is enqueued. */
#ifndef CI_VALIDATE_H
#define CI_VALIDATE_H

#include "base/view.h"
#include "context/context.h"

/* Each check names the operand in the last error. */

/* An operand that is read, one that is written; both may be empty. */
clinfer_status ci_check_input(const clinfer_context *ctx, const char *name,
                              clinfer_matrix m);
clinfer_status ci_check_output(const clinfer_context *ctx, const char *name,
                               clinfer_matrix m);

clinfer_status ci_check_shape(const char *name, clinfer_matrix m, size_t rows,
                              size_t cols);

/* A vector of `size` elements, or {0}: every vector may be left out. */
clinfer_status ci_check_vector(const clinfer_context *ctx, const char *name,
                               clinfer_vector v, size_t size);

/* gamma, beta and eps for rows of `hidden`. */
clinfer_status ci_check_norm(const clinfer_context *ctx,
                             const clinfer_norm *norm, size_t hidden);

clinfer_status ci_check_activation(clinfer_activation activation);

/* Whether n's result overlaps what it is computed from. */
clinfer_status ci_find_in_place(const struct ci_normalise *n, bool *in_place);

/* Output y must not overlap an operand; CI_SAME_ALLOWED: unless it is the very
 * same view. */
enum ci_same { CI_SAME_REFUSED, CI_SAME_ALLOWED };
clinfer_status ci_check_apart(const char *y_name, clinfer_matrix y,
                              const char *name, clinfer_matrix operand,
                              enum ci_same same);
clinfer_status ci_check_apart_vector(const char *y_name, clinfer_matrix y,
                                     const char *name, clinfer_vector operand);
clinfer_status ci_check_apart_norm(const char *y_name, clinfer_matrix y,
                                   const clinfer_norm *norm);

#endif
