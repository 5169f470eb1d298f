/* cpu.h - how the CPU's GEMM is cut into work. All functions are pure. */
#ifndef CI_CPU_H
#define CI_CPU_H

#include "base/device.h"

/* Whether the CPU's GEMM is worth running: on a CPU whose compiler keeps
 * vectors in registers. Mesa's llvmpipe does not, and says so by a width of 1.
 */
bool ci_is_vector_cpu(const struct ci_device *device);

/* The register block of the CPU's GEMM for M rows. */
struct ci_cpu_tile {
  size_t lanes; /* floats in a vector; the block is two vectors wide */
  size_t rows;
};
struct ci_cpu_tile ci_cpu_tile(const struct ci_device *device, size_t M);

/* What a work-item of the CPU's GEMM computes of [M, N]: tiles one below the
 * other, in each of so many panels. */
struct ci_cpu_block {
  size_t tiles, panels;
};
struct ci_cpu_block ci_cpu_block(const struct ci_device *device, size_t M,
                                 size_t N);

#endif
