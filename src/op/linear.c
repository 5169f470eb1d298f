/* linear.c - y = act(x W + bias), of the epilogues the one that is asked for
 * most.
 */

#include "base/status.h"

clinfer_status clinfer_linear(clinfer_context *ctx, const clinfer_exec *exec,
                              clinfer_matrix x, clinfer_weight weight,
                              clinfer_vector bias,
                              clinfer_activation activation, clinfer_matrix y) {
  const clinfer_epilogue epilogue = {.bias = bias, .activation = activation};
  return clinfer_linear_epilogue(ctx, exec, x, weight, &epilogue, y);
}
