/* samples.h - GEMMs of any kind that an implementation may support: what it
 * supports of them tells what it is for. */
#ifndef CI_SAMPLES_H
#define CI_SAMPLES_H

#include "choose/problem.h"

extern const size_t ci_gemm_sample_count;

/* One of them, without memory. */
struct ci_problem ci_gemm_sample(size_t index);

#endif
