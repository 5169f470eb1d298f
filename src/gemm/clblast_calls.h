/* clblast_calls.h - the only place that calls CLBlast. */
#ifndef CI_CLBLAST_H
#define CI_CLBLAST_H

#include "run/plan.h"

/* What CLBlast keeps is cleared once no context is left that has called it:
 * earlier, kernels of others would be compiled again; never, each cl_context
 * that CLBlast has a program of would stay. */
void ci_clblast_tear_down(clinfer_context *ctx);

/* Bytes of temporary memory that the GEMM needs. The first such question for a
 * device in this process gives CLBlast the device's parameters: the built-in
 * ones, then those of the context's table. */
clinfer_status ci_clblast_temporary(const struct ci_plan *plan,
                                    const struct ci_gemm *gemm, size_t *bytes);

/* c = a w, without bias and activation. `event` may be NULL. */
clinfer_status ci_clblast_gemm(cl_command_queue queue,
                               const struct ci_gemm *gemm, cl_mem temporary,
                               cl_event *event);

/* Compile CLBlast's kernels for such products on that device, where they are
 * not there yet; enqueue nothing. */
clinfer_status ci_clblast_compile(cl_command_queue queue);

#endif
