/* recording.h - operators that are prepared once and run many times. */
#ifndef CI_RECORDING_H
#define CI_RECORDING_H

#include "run/plan.h"
#include "run/runtime.h"

/* An empty one, for commands of that runtime. */
clinfer_status ci_recording_create(struct ci_runtime *runtime,
                                   clinfer_recording **out);

/* What to plan with in place of *exec, which names a recording: it has the
 * recording's own queue. */
clinfer_status ci_recording_exec(const struct ci_runtime *runtime,
                                 const clinfer_exec **exec);

/* Append the plan's steps, of which `kernels` are the kernels (NULL where
 * a step has none), to plan->exec->recording: all or none. */
clinfer_status ci_record(const struct ci_plan *plan,
                         struct ci_kernel *const *kernels);

#endif
