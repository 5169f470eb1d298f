/* host_blas.h - OpenBLAS beside a CPU device, for the same GEMMs. */
#ifndef CLINFER_CHECK_HOST_BLAS_H
#define CLINFER_CHECK_HOST_BLAS_H

#include "cases.h"
#include "output.h"

/* Time OpenBLAS, if the machine has it, on the f32 GEMM of each case, and
 * print its rate beside the device's; seconds[i] is what cases->items[i] took
 * on the device, 0 if it was not timed. In a worker of its own: OpenBLAS's
 * threads would slow PoCL's down for the rest of a process. */
void host_blas_compare(const struct options *options, const struct output *out,
                       const struct case_list *cases, const double *seconds);

#endif
