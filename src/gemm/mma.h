/* mma.h - how the GEMM on NVIDIA's matrix units is cut into work-groups.
 */
#ifndef CI_GEMM_MMA_H
#define CI_GEMM_MMA_H

#include <stddef.h>

/* A tile of c, and how many work-groups share it, each with a part of K. */
struct ci_mma_variant {
  size_t rows, cols;
  size_t warp_rows, warp_cols; /* the part of a warp, 32 work-items */
  size_t depth;                /* 16-byte chunks along K that lie in a slice */
  size_t stages;               /* slices on their way or in use */
  size_t splits;
};
enum { CI_MMA_VARIANTS = 16 };
extern const struct ci_mma_variant ci_mma_variants[CI_MMA_VARIANTS];

/* A GEMM as far as the choice depends on it. */
struct ci_mma_problem {
  size_t M, N;
  size_t chunks;        /* 16-byte chunks in a row along K */
  size_t products;      /* of each pair of numbers: more than 1 for TF32x3 */
  size_t compute_units; /* of the device */
};

/* The variant that should be fastest. Pure. */
int ci_mma_choice(const struct ci_mma_problem *p);

#endif
