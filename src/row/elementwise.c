/* elementwise.c - planning the kernels that compute each element by itself. */

#include "row/rows.h"
#include "gemm/tuning.h"
#include "op/validate.h"

/* Ends a step: its grid, and what the fast kernel has beside the reference,
 * which does a row with one work-item. `lanes`: what a GPU moves at once. */
static void cover(struct ci_step *step, const clinfer_context *ctx,
                  clinfer_matrix y, size_t lanes) {
  const struct ci_device *device = &ctx->device;
  if (!ctx->enabled[CI_ELEMENTWISE]) {
    ci_grid(step, 1, y.rows);
    return;
  }
  const struct ci_cover c = ci_cover(device, y.cols, lanes);
  ci_option(step, "LANES", c.lanes);
  ci_option(step, "ALIGNED", !device->is_cpu && lanes > 1);
  ci_option(step, "GROUP", c.group);
  ci_option(step, "NVIDIA", device->nvidia_sm >= 80);
  ci_arg_uint(step, c.row_groups);
  ci_grid(step, c.group, y.rows * c.row_groups);
}

void ci_plan_bias_activation(struct ci_plan *plan, clinfer_matrix x,
                             clinfer_vector bias, clinfer_activation activation,
                             clinfer_matrix y) {
  struct ci_step *step = ci_plan_kernel(plan,
                                        plan->ctx->enabled[CI_ELEMENTWISE]
                                            ? "row/bias_activation"
                                            : "row/bias_activation_reference");
  ci_option_operand(step, "X", x.dtype, true);
  ci_option_operand(step, "BIAS", bias.dtype, ci_has_vector(bias));
  ci_option_operand(step, "Y", y.dtype, true);
  ci_option_word(step, "ACTIVATION", ci_activation_name(activation));
  ci_arg_matrix(step, x);
  ci_arg_vector(step, bias);
  ci_arg_matrix(step, y);
  ci_arg_uint(step, y.cols);
  cover(step, plan->ctx, y,
        ci_aligned_lanes(x.dtype,
                         x.offset | x.ld | bias.offset | y.offset | y.ld));
}

static size_t lanes_of(const clinfer_residual *t, clinfer_matrix y) {
  return ci_aligned_lanes(t->hidden.dtype,
                          t->hidden.offset | t->hidden.ld | t->residual.offset |
                              t->residual.ld | t->attention.offset |
                              t->attention.ld | t->attention_bias.offset |
                              t->final_bias.offset | y.offset | y.ld);
}

void ci_plan_residual_add(struct ci_plan *plan, const clinfer_residual *t,
                          clinfer_matrix y) {
  struct ci_step *step = ci_plan_kernel(plan,
                                        plan->ctx->enabled[CI_ELEMENTWISE]
                                            ? "row/residual_add"
                                            : "row/residual_add_reference");
  ci_option_operand(step, "HIDDEN", t->hidden.dtype, true);
  ci_option_operand(step, "RESIDUAL", t->residual.dtype, true);
  ci_option_operand(step, "ATTENTION", t->attention.dtype,
                    ci_has_matrix(t->attention));
  ci_option_operand(step, "ATTENTION_BIAS", t->attention_bias.dtype,
                    ci_has_vector(t->attention_bias));
  ci_option_operand(step, "FINAL_BIAS", t->final_bias.dtype,
                    ci_has_vector(t->final_bias));
  ci_option_operand(step, "Y", y.dtype, true);
  ci_option(step, "ATTENTION_IS_SHARED", t->form != CLINFER_RESIDUAL_PARALLEL);
  ci_arg_matrix(step, t->hidden);
  ci_arg_matrix(step, t->residual);
  ci_arg_matrix(step, t->attention);
  ci_arg_vector(step, t->attention_bias);
  ci_arg_vector(step, t->final_bias);
  ci_arg_matrix(step, y);
  ci_arg_uint(step, y.cols);
  ci_arg_float(step, 1.0f / (float)t->mp_size);
  cover(step, plan->ctx, y, lanes_of(t, y));
}
