/* host_blas.h - OpenBLAS beside a CPU device, for the same GEMMs. */
#ifndef CLINFER_BENCH_HOST_BLAS_H
#define CLINFER_BENCH_HOST_BLAS_H

#include "operators/cases.h"

struct host_blas {
  struct host_gemm {
    struct test_case c;
    double seconds; /* on the device */
  } * gemms;
  size_t count;
};

/* Remember the case, if it is a plain f32 GEMM. */
void host_blas_add(struct host_blas *blas, const struct test_case *c,
                   double seconds);

/* Time OpenBLAS, if the machine has it, on each of these, and print its rate
 * beside the device's. When the device is closed: OpenBLAS's threads would
 * slow it down for the rest of a process. */
void host_blas_compare(const struct host_blas *blas);

void host_blas_free(struct host_blas *blas);

#endif
