/* submit.h - what plan.c, submit.c and recording.c share. */
#ifndef CI_SUBMIT_H
#define CI_SUBMIT_H

#include "run/run.h"

/* Stands for the scratch buffer in a plan, which does not know it yet. */
#define CI_SCRATCH ((cl_mem)&ci_scratch_tag)
extern char ci_scratch_tag;

/* Every part of the scratch starts where any vector type may lie. */
static inline size_t ci_scratch_aligned(size_t bytes) {
  return (bytes + 255) / 256 * 256;
}

/* Bytes of scratch that a plan needs. */
size_t ci_scratch_size(const struct ci_plan *plan);

/* Make a command of a step, now that the scratch is known: set the arguments
 * of k's kernel. k is NULL where CLBlast computes. */
clinfer_status ci_prepare(const struct ci_plan *plan,
                          const struct ci_step *step, cl_mem scratch,
                          struct ci_kernel *k, struct ci_command *command);

#endif
