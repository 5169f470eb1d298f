/* comparison.h - a problem, computed in two ways. */
#ifndef CI_COMPARISON_H
#define CI_COMPARISON_H

#include "choose/implementation.h"
#include "run/runtime.h"

/* Compute a problem, which has no memory, by the choice and by the reference
 * kernels, from the same random numbers, and wait for both. CLINFER_UNSUPPORTED
 * if the results differ by more than rounding, or if anything was written
 * beside the output. That and CLINFER_BUILD_FAILED speak of the choice: what
 * the reference kernels fail with is CLINFER_OPENCL_ERROR, or a lack of memory.
 */
clinfer_status ci_compare(struct ci_runtime *runtime,
                          const struct ci_target *target,
                          const struct ci_problem *problem,
                          struct ci_choice choice);

#endif
