/* normalise.c - planning a normalisation: which kernel, with what. */

#include "row/rows.h"
#include "gemm/tuning.h"
#include "base/view.h"

static void set_options(struct ci_step *step, const struct ci_normalise *n) {
  const clinfer_vector gamma = n->norm->gamma, beta = n->norm->beta;
  ci_option(step, CI_OPTION_SUBTRACT_MEAN, !n->rms);
  ci_option_type(step, CI_OPTION_X_TYPE, n->x.dtype);
  ci_option_vector(step, CI_OPTION_BIAS_TYPE, n->bias);
  ci_option_matrix(step, CI_OPTION_RESIDUAL_TYPE, n->residual);
  ci_option_vector(step, CI_OPTION_GAMMA_TYPE, gamma);
  ci_option_vector(step, CI_OPTION_BETA_TYPE, beta);
  ci_option_type(step, CI_OPTION_Y_TYPE, n->y.dtype);
  ci_option_matrix(step, CI_OPTION_SUM_TYPE, n->sum);
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

static struct ci_step *plan_kernel(struct ci_plan *plan,
                                   const struct ci_normalise *n,
                                   enum ci_kernel_name kernel) {
  struct ci_step *step = ci_plan_kernel(plan, kernel);
  set_options(step, n);
  set_args(step, n);
  return step;
}

/* Elements that normalise_registers moves at once: columns, too, are whole
 * vectors there. */
static size_t lanes_of(const struct ci_normalise *n) {
  const clinfer_norm *norm = n->norm;
  return ci_aligned_lanes(n->x.dtype, n->x.cols | n->x.offset | n->x.ld |
                                          n->bias.offset | n->residual.offset |
                                          n->residual.ld | norm->gamma.offset |
                                          norm->beta.offset | n->y.offset |
                                          n->y.ld | n->sum.offset | n->sum.ld);
}

static void plan_registers(struct ci_plan *plan, const struct ci_normalise *n,
                           struct ci_team team, size_t lanes) {
  struct ci_step *step = plan_kernel(plan, n,
                                     CI_KERNEL_ROW_NORMALISE_REGISTERS);
  ci_option(step, CI_OPTION_SUB_GROUP, plan->ctx->device.intel_lanes);
  ci_option(step, CI_OPTION_LANES, lanes);
  ci_option(step, CI_OPTION_ALIGNED,
            ci_aligns_buffers(&plan->ctx->device) && lanes > 1);
  ci_option(step, CI_OPTION_VECTORS, team.vectors);
  ci_option(step, CI_OPTION_TEAM, team.size);
  ci_option(step, CI_OPTION_GROUP, team.group);
  ci_option(step, CI_OPTION_NVIDIA, plan->ctx->device.nvidia_sm >= 80);
  ci_arg_uint(step, n->x.rows);
  const size_t group_rows = team.group / team.size;
  ci_grid(step, team.group, (n->x.rows + group_rows - 1) / group_rows);
}

void ci_plan_normalise(struct ci_plan *plan, const struct ci_normalise *n) {
  const clinfer_context *ctx = plan->ctx;
  const struct ci_device *device = &ctx->device;
  const size_t rows = n->x.rows, cols = n->x.cols;
  if (device->is_cpu && ctx->enabled[CI_ROW_ITEM]) {
    struct ci_step *step = plan_kernel(plan, n, CI_KERNEL_ROW_NORMALISE_ITEM);
    ci_option(step, CI_OPTION_LANES, ci_cover(device, cols, 1).lanes);
    ci_grid(step, 1, rows);
    return;
  }
  const size_t lanes = lanes_of(n);
  const struct ci_team team = ci_row_team(device, rows, cols, lanes);
  if (team.size > 0 && ctx->enabled[CI_ROW_REGISTERS]) {
    plan_registers(plan, n, team, lanes);
  } else if (ctx->enabled[CI_ROW_GROUP]) {
    struct ci_step *step = plan_kernel(plan, n, CI_KERNEL_ROW_NORMALISE_GROUP);
    const size_t group = ci_row_group(device, cols);
    ci_option(step, CI_OPTION_GROUP, group);
    ci_grid(step, group, rows);
  } else {
    ci_grid(plan_kernel(plan, n, CI_KERNEL_ROW_NORMALISE_REFERENCE), 1, rows);
  }
}
