/* vector_matmul.c - y = x W: a linear layer without bias or activation. */

#include "clinfer/clinfer.h"

clinfer_status clinfer_vector_matmul(clinfer_context *ctx,
                                     const clinfer_exec *exec, clinfer_matrix x,
                                     clinfer_weight weight, clinfer_matrix y) {
  return clinfer_linear(ctx, exec, x, weight, clinfer_no_vector(), CLINFER_NONE,
                        y);
}
