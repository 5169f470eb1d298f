/* elementwise.c - the implementations of what computes each element by itself.
 */

#include "base/view.h"
#include "row/shape.h"
#include "row/rows.h"

/* How the fast kernels go through rows; `lanes`: what a GPU moves at once. */
static void cover(struct ci_step *step, const struct ci_device *device,
                  clinfer_matrix y, size_t lanes) {
  const struct ci_cover c = ci_cover(device, y.cols, lanes);
  ci_option(step, CI_OPTION_LANES, c.lanes);
  ci_option(step, CI_OPTION_ALIGNED, ci_aligns_buffers(device) && lanes > 1);
  ci_option(step, CI_OPTION_GROUP, c.group);
  ci_option(step, CI_OPTION_NVIDIA, device->nvidia_sm >= 80);
  ci_arg_uint(step, c.row_groups);
  ci_grid(step, c.group, y.rows * c.row_groups);
}

/* ---- Bias, activation, gate and residual */

void ci_take_epilogue(struct ci_step *step, const clinfer_epilogue *e) {
  ci_option_vector(step, CI_OPTION_BIAS_TYPE, e->bias);
  ci_option_word(step, CI_OPTION_ACTIVATION, ci_activation_word(e->activation));
  ci_option_matrix(step, CI_OPTION_RESIDUAL_TYPE, e->residual);
  ci_arg_vector(step, e->bias);
  if (ci_has_matrix(e->residual)) ci_arg_matrix(step, e->residual);
}

clinfer_status ci_plan_bias_activation(struct ci_plan *plan, clinfer_matrix x,
                                       const clinfer_epilogue *epilogue,
                                       clinfer_matrix y) {
  const struct ci_problem problem = {.kind = CI_BIAS_ACTIVATION,
                                     .bias_activation = {x, *epilogue, y}};
  return ci_plan(plan, &problem);
}

static struct ci_step *activation_step(struct ci_plan *plan,
                                       const struct ci_bias_activation *b,
                                       enum ci_kernel_name kernel) {
  struct ci_step *step = ci_plan_kernel(plan, kernel);
  ci_option_type(step, CI_OPTION_X_TYPE, b->x.dtype);
  ci_option_type(step, CI_OPTION_Y_TYPE, b->y.dtype);
  ci_arg_matrix(step, b->x);
  ci_take_epilogue(step, &b->epilogue);
  ci_option(step, CI_OPTION_GATED, b->epilogue.gated != 0);
  ci_arg_matrix(step, b->y);
  ci_arg_uint(step, b->y.cols);
  return step;
}

static clinfer_status plan_activation(struct ci_plan *plan,
                                      const struct ci_problem *problem,
                                      int variant) {
  const struct ci_bias_activation *b = &problem->bias_activation;
  const clinfer_epilogue *e = &b->epilogue;
  (void)variant;
  cover(activation_step(plan, b, CI_KERNEL_ROW_BIAS_ACTIVATION),
        &plan->target->device, b->y,
        ci_aligned_lanes(b->x.dtype, b->x.offset | b->x.ld | e->bias.offset |
                                         e->residual.offset | e->residual.ld |
                                         (e->gated ? b->y.cols : 0) |
                                         b->y.offset | b->y.ld));
  return CLINFER_OK;
}

static clinfer_status
plan_activation_reference(struct ci_plan *plan,
                          const struct ci_problem *problem, int variant) {
  const struct ci_bias_activation *b = &problem->bias_activation;
  (void)variant;
  ci_grid(activation_step(plan, b, CI_KERNEL_ROW_BIAS_ACTIVATION_REFERENCE), 1,
          b->y.rows);
  return CLINFER_OK;
}

const struct ci_implementation
    ci_bias_activation_fast = {.id = CI_ELEMENTWISE,
                               .supports = ci_supports_all,
                               .plan = plan_activation,
                               .proves = CI_PROVES_ON_NVIDIA},
    ci_bias_activation_reference = {.id = CI_REFERENCE,
                                    .supports = ci_supports_all,
                                    .plan = plan_activation_reference};

/* ---- The sums that end a transformer block */

clinfer_status ci_plan_residual_add(struct ci_plan *plan,
                                    const clinfer_residual *terms,
                                    clinfer_matrix y) {
  const struct ci_problem problem = {.kind = CI_RESIDUAL_ADD,
                                     .residual_add = {*terms, y}};
  return ci_plan(plan, &problem);
}

static struct ci_step *residual_step(struct ci_plan *plan,
                                     const struct ci_residual_add *r,
                                     enum ci_kernel_name kernel) {
  const clinfer_residual *t = &r->terms;
  struct ci_step *step = ci_plan_kernel(plan, kernel);
  ci_option_type(step, CI_OPTION_HIDDEN_TYPE, t->hidden.dtype);
  ci_option_type(step, CI_OPTION_RESIDUAL_TYPE, t->residual.dtype);
  ci_option_matrix(step, CI_OPTION_ATTENTION_TYPE, t->attention);
  ci_option_vector(step, CI_OPTION_ATTENTION_BIAS_TYPE, t->attention_bias);
  ci_option_vector(step, CI_OPTION_FINAL_BIAS_TYPE, t->final_bias);
  ci_option_type(step, CI_OPTION_Y_TYPE, r->y.dtype);
  ci_option(step, CI_OPTION_ATTENTION_IS_SHARED,
            t->form != CLINFER_RESIDUAL_PARALLEL);
  ci_arg_matrix(step, t->hidden);
  ci_arg_matrix(step, t->residual);
  ci_arg_matrix(step, t->attention);
  ci_arg_vector(step, t->attention_bias);
  ci_arg_vector(step, t->final_bias);
  ci_arg_matrix(step, r->y);
  ci_arg_uint(step, r->y.cols);
  ci_arg_float(step, 1.0f / (float)t->mp_size);
  return step;
}

static size_t lanes_of(const struct ci_residual_add *r) {
  const clinfer_residual *t = &r->terms;
  return ci_aligned_lanes(t->hidden.dtype,
                          t->hidden.offset | t->hidden.ld | t->residual.offset |
                              t->residual.ld | t->attention.offset |
                              t->attention.ld | t->attention_bias.offset |
                              t->final_bias.offset | r->y.offset | r->y.ld);
}

static clinfer_status plan_residual_add(struct ci_plan *plan,
                                        const struct ci_problem *problem,
                                        int variant) {
  const struct ci_residual_add *r = &problem->residual_add;
  (void)variant;
  cover(residual_step(plan, r, CI_KERNEL_ROW_RESIDUAL_ADD),
        &plan->target->device, r->y, lanes_of(r));
  return CLINFER_OK;
}

static clinfer_status
plan_residual_add_reference(struct ci_plan *plan,
                            const struct ci_problem *problem, int variant) {
  const struct ci_residual_add *r = &problem->residual_add;
  (void)variant;
  ci_grid(residual_step(plan, r, CI_KERNEL_ROW_RESIDUAL_ADD_REFERENCE), 1,
          r->y.rows);
  return CLINFER_OK;
}

const struct ci_implementation
    ci_residual_add_fast = {.id = CI_ELEMENTWISE,
                            .supports = ci_supports_all,
                            .plan = plan_residual_add,
                            .proves = CI_PROVES_ON_NVIDIA},
    ci_residual_add_reference = {.id = CI_REFERENCE,
                                 .supports = ci_supports_all,
                                 .plan = plan_residual_add_reference};
