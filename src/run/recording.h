/* recording.h - operators that are prepared once and run many times. */
#ifndef CI_RECORDING_H
#define CI_RECORDING_H

#include "run/plan.h"

/* What to plan with in place of *exec, which names a recording: it has the
 * recording's own queue. */
clinfer_status ci_recording_exec(const clinfer_context *ctx,
                                 const clinfer_exec **exec);

/* Append the plan's steps, of which `kernels` are the kernels (NULL where
 * CLBlast computes), to plan->exec->recording: all or none. */
clinfer_status ci_record(const struct ci_plan *plan,
                         struct ci_kernel *const *kernels);

#endif
