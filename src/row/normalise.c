/* normalise.c - the implementations of normalisations. */

#include "row/rows.h"
#include "row/shape.h"
#include "base/arithmetic.h"
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

clinfer_status ci_plan_normalise(struct ci_plan *plan,
                                 const struct ci_normalise *n) {
  const struct ci_problem problem = {.kind = CI_NORMALISE, .normalise = *n};
  return ci_plan(plan, &problem);
}

/* ---- A work-item a row: for CPUs */

static bool item_supports(const struct ci_target *target,
                          const struct ci_problem *problem) {
  (void)problem;
  return target->device.is_cpu;
}

static clinfer_status plan_item(struct ci_plan *plan,
                                const struct ci_problem *problem, int variant) {
  const struct ci_normalise *n = &problem->normalise;
  const struct ci_device *device = &plan->target->device;
  struct ci_step *step = plan_kernel(plan, n, CI_KERNEL_ROW_NORMALISE_ITEM);
  (void)variant;
  ci_option(step, CI_OPTION_LANES, ci_cover(device, n->x.cols, 1).lanes);
  ci_grid(step, 1, n->x.rows);
  return CLINFER_OK;
}

const struct ci_implementation ci_normalise_item = {
    .id = CI_ROW_ITEM, .supports = item_supports, .plan = plan_item};

/* ---- A team a row, which it holds in registers */

static struct ci_team team_of(const struct ci_target *target,
                              const struct ci_normalise *n) {
  return ci_row_team(&target->device, n->x.rows, n->x.cols, lanes_of(n));
}

static bool registers_supports(const struct ci_target *target,
                               const struct ci_problem *problem) {
  return team_of(target, &problem->normalise).size > 0;
}

static clinfer_status plan_registers(struct ci_plan *plan,
                                     const struct ci_problem *problem,
                                     int variant) {
  const struct ci_normalise *n = &problem->normalise;
  const struct ci_device *device = &plan->target->device;
  const size_t lanes = lanes_of(n);
  const struct ci_team team = team_of(plan->target, n);
  struct ci_step *step = plan_kernel(plan, n,
                                     CI_KERNEL_ROW_NORMALISE_REGISTERS);
  (void)variant;
  ci_option(step, CI_OPTION_SUB_GROUP, device->intel_lanes);
  ci_option(step, CI_OPTION_LANES, lanes);
  ci_option(step, CI_OPTION_ALIGNED, ci_aligns_buffers(device) && lanes > 1);
  ci_option(step, CI_OPTION_VECTORS, team.vectors);
  ci_option(step, CI_OPTION_TEAM, team.size);
  ci_option(step, CI_OPTION_GROUP, team.group);
  ci_option(step, CI_OPTION_NVIDIA, device->nvidia_sm >= 80);
  ci_arg_uint(step, n->x.rows);
  const size_t group_rows = team.group / team.size;
  ci_grid(step, team.group, ci_parts(n->x.rows, group_rows));
  return CLINFER_OK;
}

const struct ci_implementation ci_normalise_registers = {
    .id = CI_ROW_REGISTERS,
    .supports = registers_supports,
    .plan = plan_registers,
    .proves = CI_PROVES_ON_NVIDIA};

/* ---- A work-group a row, however long */

static clinfer_status plan_group(struct ci_plan *plan,
                                 const struct ci_problem *problem,
                                 int variant) {
  const struct ci_normalise *n = &problem->normalise;
  const size_t group = ci_row_group(&plan->target->device, n->x.cols);
  struct ci_step *step = plan_kernel(plan, n, CI_KERNEL_ROW_NORMALISE_GROUP);
  (void)variant;
  ci_option(step, CI_OPTION_GROUP, group);
  ci_grid(step, group, n->x.rows);
  return CLINFER_OK;
}

const struct ci_implementation ci_normalise_group = {
    .id = CI_ROW_GROUP, .supports = ci_supports_all, .plan = plan_group};

static clinfer_status plan_reference(struct ci_plan *plan,
                                     const struct ci_problem *problem,
                                     int variant) {
  const struct ci_normalise *n = &problem->normalise;
  (void)variant;
  ci_grid(plan_kernel(plan, n, CI_KERNEL_ROW_NORMALISE_REFERENCE), 1,
          n->x.rows);
  return CLINFER_OK;
}

const struct ci_implementation ci_normalise_reference = {
    .id = CI_REFERENCE, .supports = ci_supports_all, .plan = plan_reference};
