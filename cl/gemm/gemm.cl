/* gemm.cl - what the GEMM kernels share: c[M,N] = activation(a[M,K] w + bias).
 *
 *   A_TYPE, W_TYPE, C_TYPE  storage types
 *   BIAS_TYPE  a storage type or none
 *   W_OUT_IN   1: w is [N, K]; 0: [K, N]
 *
 * *_at: offset, or (offset, leading dimension), in elements. Products are
 * summed in float whatever the storage.
 *
 * A long sum is made of partial sums, each a chain of at most CHAIN additions:
 * in a single chain every addition rounds a number of the size of the whole, so
 * its error would grow in proportion to K.
 */
#include "lib/storage.cl"

#define CHAIN 256

#ifndef A_TYPE
#define A_TYPE f32
#endif
#ifndef W_TYPE
#define W_TYPE f32
#endif
#ifndef BIAS_TYPE
#define BIAS_TYPE f32
#endif
#ifndef C_TYPE
#define C_TYPE f32
#endif
#ifndef W_OUT_IN
#define W_OUT_IN 0
#endif

#define GEMM_PARAMETERS                                        \
  __global const STORAGE(A_TYPE) * a, ulong2 a_at,             \
      __global const STORAGE(W_TYPE) * w, ulong2 w_at,         \
      __global const STORAGE(BIAS_TYPE) * bias, ulong bias_at, \
      __global STORAGE(C_TYPE) * c, ulong2 c_at, uint M, uint N, uint K

/* Where an element lies; the first index must be a size_t, as rows times the
 * leading dimension may pass 2^32. */
#define A_AT(m, k) (a_at.s0 + (size_t)(m)*a_at.s1 + (k))
#define C_AT(m, n) (c_at.s0 + (size_t)(m)*c_at.s1 + (n))
#if W_OUT_IN
#define W_AT(k, n) (w_at.s0 + (size_t)(n)*w_at.s1 + (k))
#else
#define W_AT(k, n) (w_at.s0 + (size_t)(k)*w_at.s1 + (n))
#endif
