/* clblast_calls.h - the only place that calls CLBlast. */
#ifndef CI_CLBLAST_H
#define CI_CLBLAST_H

#include "base/device.h"
#include "base/log.h"
#include "choose/clblast_parameters.h"

/* What CLBlast is told for a context. */
struct ci_clblast {
  const struct ci_device *device;
  const struct ci_log *log;
  const struct ci_clblast_tuned *tuned; /* of the context's table */
  bool is_used; /* it was called; under clblast_calls.c's lock */
};

/* What CLBlast keeps is cleared once no context is left that has called it:
 * earlier, kernels of others would be compiled again; never, each cl_context
 * that CLBlast has a program of would stay. */
void ci_clblast_tear_down(struct ci_clblast *c);

/* A product c = a w, without an epilogue. */
struct ci_product {
  size_t M, N, K;
  bool out_in; /* the layout of w */
  struct ci_product_operand {
    cl_mem mem;
    size_t offset, ld;
  } a, w, c;
};

/* Bytes of temporary memory that the product needs. The first such question for
 * a device in this process gives CLBlast the device's parameters: the built-in
 * ones, then those of the context's table. */
clinfer_status ci_clblast_temporary(struct ci_clblast *c,
                                    cl_command_queue queue,
                                    const struct ci_product *gemm,
                                    size_t *bytes);

/* `event` may be NULL. */
clinfer_status ci_clblast_gemm(cl_command_queue queue,
                               const struct ci_product *gemm, cl_mem temporary,
                               cl_event *event);

/* Compile CLBlast's kernels for such products on that device, where they are
 * not there yet; enqueue nothing. */
clinfer_status ci_clblast_compile(cl_command_queue queue);

#endif
