/* elementwise.c - planning the kernels that compute each element by itself. */

#include "rows.h"
#include "tuning.h"
#include "validate.h"

/* Ends a step: its grid, and what the fast kernel has beside the reference,
 * which does a row with one work-item. */
static void cover(struct ci_step *step, const clinfer_context *ctx,
                  clinfer_matrix y) {
  if (!ctx->enabled[CI_ELEMENTWISE]) {
    ci_grid(step, 1, y.rows);
    return;
  }
  const struct ci_cover c = ci_cover(&ctx->device, y.cols);
  ci_option(step, "LANES", c.lanes);
  ci_option(step, "GROUP", c.group);
  ci_arg_uint(step, c.row_groups);
  ci_grid(step, c.group, y.rows * c.row_groups);
}

void ci_plan_bias_activation(struct ci_plan *plan, clinfer_matrix x,
                             clinfer_vector bias, clinfer_activation activation,
                             clinfer_matrix y) {
  struct ci_step *step = ci_plan_kernel(plan,
                                        plan->ctx->enabled[CI_ELEMENTWISE]
                                            ? "bias_activation"
                                            : "bias_activation_reference");
  ci_option_operand(step, "X", x.dtype, true);
  ci_option_operand(step, "BIAS", bias.dtype, ci_has_vector(bias));
  ci_option_operand(step, "Y", y.dtype, true);
  ci_option_word(step, "ACTIVATION", ci_activation_name(activation));
  ci_arg_matrix(step, x);
  ci_arg_vector(step, bias);
  ci_arg_matrix(step, y);
  ci_arg_uint(step, y.cols);
  cover(step, plan->ctx, y);
}

void ci_plan_residual_add(struct ci_plan *plan, const clinfer_residual *t,
                          clinfer_matrix y) {
  struct ci_step *step = ci_plan_kernel(plan, plan->ctx->enabled[CI_ELEMENTWISE]
                                                  ? "residual_add"
                                                  : "residual_add_reference");
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
  cover(step, plan->ctx, y);
}
