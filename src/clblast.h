/* clblast.h - the only place that calls CLBlast. */
#ifndef CI_CLBLAST_H
#define CI_CLBLAST_H

#include "plan.h"

/* Load this device's parameters: the built-in ones, then those of the JSON
 * files in `folder` (NULL: none). A file that does not fit is logged and
 * passed over; without CLBlast the provider is turned off. */
void ci_clblast_set_up(clinfer_context *ctx, const char *folder);

/* CLBlast keeps programs by the handle of their cl_context, which may be given
 * out again after ours is released: so what it keeps is cleared. */
void ci_clblast_tear_down(clinfer_context *ctx);

/* Bytes of temporary memory that the GEMM needs. */
clinfer_status ci_clblast_temporary(cl_command_queue queue,
                                    const struct ci_gemm *gemm, size_t *bytes);

/* c = a w, without bias and activation. `event` may be NULL. */
clinfer_status ci_clblast_gemm(cl_command_queue queue,
                               const struct ci_gemm *gemm, cl_mem temporary,
                               cl_event *event);

/* Compile CLBlast's kernels for such products on that device, where they are
 * not there yet; enqueue nothing. */
clinfer_status ci_clblast_compile(cl_command_queue queue);

#endif
