/* submit.h - running a plan. */
#ifndef CI_SUBMIT_H
#define CI_SUBMIT_H

#include "run/plan.h"
#include "run/runtime.h"

/* Check exec, and start an empty plan that ci_submit takes. For a recording,
 * plan->exec is the recording's own. */
clinfer_status ci_plan_begin(struct ci_plan *plan, struct ci_runtime *runtime,
                             const struct ci_target *target,
                             const clinfer_exec *exec);

/* Run the plan (without steps: a marker), append it to exec->recording, make
 * its kernels for exec->prepare, or answer exec->scratch_needed. */
clinfer_status ci_submit(struct ci_plan *plan);

#endif
