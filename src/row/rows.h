/* rows.h - steps that go through a matrix row by row. */
#ifndef CI_ROWS_H
#define CI_ROWS_H

#include "run/plan.h"

/* y = activation(x + bias); bias {0}: none. */
void ci_plan_bias_activation(struct ci_plan *plan, clinfer_matrix x,
                             clinfer_vector bias, clinfer_activation activation,
                             clinfer_matrix y);

/* s = (x + bias) + residual; y = normalised s; sum = s. Each of bias, residual
 * and sum may be {0}. */
struct ci_normalise {
  clinfer_matrix x;
  clinfer_vector bias;
  clinfer_matrix residual;
  const clinfer_norm *norm;
  bool rms; /* do not subtract the mean */
  clinfer_matrix y, sum;
};
void ci_plan_normalise(struct ci_plan *plan, const struct ci_normalise *n);

void ci_plan_residual_add(struct ci_plan *plan, const clinfer_residual *terms,
                          clinfer_matrix y);

#endif
