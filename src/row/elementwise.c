/* elementwise.c - planning the kernels that compute each element by itself. */

#include "row/rows.h"
#include "gemm/tuning.h"
#include "base/view.h"

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
  ci_option(step, CI_OPTION_LANES, c.lanes);
  ci_option(step, CI_OPTION_ALIGNED, ci_aligns_buffers(device) && lanes > 1);
  ci_option(step, CI_OPTION_GROUP, c.group);
  ci_option(step, CI_OPTION_NVIDIA, device->nvidia_sm >= 80);
  ci_arg_uint(step, c.row_groups);
  ci_grid(step, c.group, y.rows * c.row_groups);
}

void ci_plan_bias_activation(struct ci_plan *plan, clinfer_matrix x,
                             clinfer_vector bias, clinfer_activation activation,
                             clinfer_matrix y) {
  struct ci_step
      *step = ci_plan_kernel(plan,
                             plan->ctx->enabled[CI_ELEMENTWISE]
                                 ? CI_KERNEL_ROW_BIAS_ACTIVATION
                                 : CI_KERNEL_ROW_BIAS_ACTIVATION_REFERENCE);
  ci_option_type(step, CI_OPTION_X_TYPE, x.dtype);
  ci_option_vector(step, CI_OPTION_BIAS_TYPE, bias);
  ci_option_type(step, CI_OPTION_Y_TYPE, y.dtype);
  ci_option_word(step, CI_OPTION_ACTIVATION, ci_activation_word(activation));
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
  struct ci_step
      *step = ci_plan_kernel(plan, plan->ctx->enabled[CI_ELEMENTWISE]
                                       ? CI_KERNEL_ROW_RESIDUAL_ADD
                                       : CI_KERNEL_ROW_RESIDUAL_ADD_REFERENCE);
  ci_option_type(step, CI_OPTION_HIDDEN_TYPE, t->hidden.dtype);
  ci_option_type(step, CI_OPTION_RESIDUAL_TYPE, t->residual.dtype);
  ci_option_matrix(step, CI_OPTION_ATTENTION_TYPE, t->attention);
  ci_option_vector(step, CI_OPTION_ATTENTION_BIAS_TYPE, t->attention_bias);
  ci_option_vector(step, CI_OPTION_FINAL_BIAS_TYPE, t->final_bias);
  ci_option_type(step, CI_OPTION_Y_TYPE, y.dtype);
  ci_option(step, CI_OPTION_ATTENTION_IS_SHARED,
            t->form != CLINFER_RESIDUAL_PARALLEL);
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
