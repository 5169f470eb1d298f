/* submit.h - what plan.c and submit.c share. */
#ifndef CI_SUBMIT_H
#define CI_SUBMIT_H

#include "plan.h"

/* Stands for the scratch buffer in a plan, which does not know it yet. */
#define CI_SCRATCH ((cl_mem)&ci_scratch_tag)
extern char ci_scratch_tag;

/* Every part of the scratch starts where any vector type may lie. */
static inline size_t ci_scratch_aligned(size_t bytes) {
  return (bytes + 255) / 256 * 256;
}

#endif
