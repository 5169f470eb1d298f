/* normalise.c - planning a normalisation: which kernel, with what. */

#include "rows.h"
#include "tuning.h"
#include "validate.h"

/* The step of the best kernel allowed, with what only that kernel takes. */
static struct ci_step *choose(struct ci_plan *plan, clinfer_matrix x) {
  const clinfer_context *ctx = plan->ctx;
  size_t group = 1;
  struct ci_step *step;
  if (ctx->device.is_cpu && ctx->enabled[CI_ROW_ITEM]) {
    step = ci_plan_kernel(plan, "normalise_item");
    ci_option(step, "LANES", ci_cover(&ctx->device, x.cols).lanes);
  } else if (ctx->enabled[CI_ROW_GROUP]) {
    group = ci_row_group(&ctx->device, x.cols);
    step = ci_plan_kernel(plan, "normalise_group");
    ci_option(step, "GROUP", group);
  } else {
    step = ci_plan_kernel(plan, "normalise_reference");
  }
  ci_grid(step, group, x.rows);
  return step;
}

static void set_options(struct ci_step *step, const struct ci_normalise *n) {
  const clinfer_vector beta = n->norm->beta;
  if (n->rms) ci_option(step, "SUBTRACT_MEAN", 0);
  ci_option_operand(step, "X", n->x.dtype, true);
  ci_option_operand(step, "BIAS", n->bias.dtype, ci_has_vector(n->bias));
  ci_option_operand(step, "RESIDUAL", n->residual.dtype,
                    ci_has_matrix(n->residual));
  ci_option_operand(step, "GAMMA", n->norm->gamma.dtype, true);
  ci_option_operand(step, "BETA", beta.dtype, ci_has_vector(beta));
  ci_option_operand(step, "Y", n->y.dtype, true);
  ci_option_operand(step, "SUM", n->sum.dtype, ci_has_matrix(n->sum));
}

static void set_args(struct ci_step *step, const struct ci_normalise *n) {
  ci_arg_matrix(step, n->x);
  ci_arg_vector(step, n->bias);
  ci_arg_matrix(step, n->residual);
  ci_arg_vector(step, n->norm->gamma);
  ci_arg_vector(step, n->norm->beta);
  ci_arg_matrix(step, n->y);
  ci_arg_matrix(step, n->sum);
  ci_arg_uint(step, n->x.cols);
  ci_arg_float(step, n->norm->eps);
}

void ci_plan_normalise(struct ci_plan *plan, const struct ci_normalise *n) {
  struct ci_step *step = choose(plan, n->x);
  set_options(step, n);
  set_args(step, n);
}
