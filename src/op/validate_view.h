/* validate_view.h - refusing views before anything is enqueued; as validate.h
 * does for matrices. */
#ifndef CI_VALIDATE_VIEW_H
#define CI_VALIDATE_VIEW_H

#include "context/context.h"

/* A view that is read, whose strides may be any, but that rows either lie apart
 * or are all the same one; one that is written, whose elements lie apart. Both
 * may be empty. */
clinfer_status ci_check_input_view(const clinfer_context *ctx, const char *name,
                                   clinfer_view v);
clinfer_status ci_check_output_view(const clinfer_context *ctx,
                                    const char *name, clinfer_view v);

clinfer_status ci_check_view_shape(const char *name, clinfer_view v,
                                   size_t batch, size_t heads, size_t rows,
                                   size_t cols);

/* A number for each of `count` sequences. */
clinfer_status ci_check_index(const clinfer_context *ctx, const char *name,
                              clinfer_index index, size_t count);

/* Output y must not overlap an operand. Where the elements of a view are not
 * those of one matrix, everything between its first and last counts. */
clinfer_status ci_check_apart_view(const char *y_name, clinfer_view y,
                                   const char *name, clinfer_view operand);
clinfer_status ci_check_apart_index(const char *y_name, clinfer_view y,
                                    const char *name, clinfer_index index,
                                    size_t count);

#endif
