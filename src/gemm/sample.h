/* sample.h - small GEMMs, and whether their results are right. */
#ifndef CI_GEMM_SAMPLE_H
#define CI_GEMM_SAMPLE_H

#include "gemm/gemm.h"

extern const size_t ci_gemm_sample_count;

/* One of them, without memory. */
struct ci_gemm ci_gemm_sample(size_t index);

/* Compute it on the queue and compare it with sums in double; waits. It is
 * CLINFER_UNSUPPORTED if the result is wrong. */
clinfer_status ci_gemm_sample_check(clinfer_context *ctx,
                                    cl_command_queue queue,
                                    const struct ci_gemm_provider *provider,
                                    int variant, size_t index);

#endif
