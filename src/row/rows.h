/* rows.h - what goes through a matrix row by row. */
#ifndef CI_ROWS_H
#define CI_ROWS_H

#include "choose/implementation.h"

extern const struct ci_implementation ci_normalise_item, ci_normalise_registers,
    ci_normalise_group, ci_normalise_reference;
extern const struct ci_implementation ci_bias_activation_fast,
    ci_bias_activation_reference;
extern const struct ci_implementation ci_residual_add_fast,
    ci_residual_add_reference;

clinfer_status ci_plan_normalise(struct ci_plan *plan,
                                 const struct ci_normalise *n);
clinfer_status ci_plan_bias_activation(struct ci_plan *plan, clinfer_matrix x,
                                       const clinfer_epilogue *epilogue,
                                       clinfer_matrix y);
clinfer_status ci_plan_residual_add(struct ci_plan *plan,
                                    const clinfer_residual *terms,
                                    clinfer_matrix y);

/* The options of cl/lib/epilogue.cl but GATED, which is for kernels that can
 * gate, and the arguments for a kernel's EPILOGUE_PARAMETERS. */
void ci_take_epilogue(struct ci_step *step, const clinfer_epilogue *epilogue);

#endif
