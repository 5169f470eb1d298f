/* gemm.cl - what the GEMM kernels share: c[M,N] is the product of a[M,K] and
 * w, finished as epilogue.cl says.
 *
 *   A_TYPE, C_TYPE  storage types
 *   and the macros of weight.cl and epilogue.cl
 *
 * *_at: offset, or (offset, leading dimension), in elements. Products are
 * summed in float whatever the storage.
 *
 * A long sum is made of partial sums, each a chain of at most CHAIN additions:
 * in a single chain every addition rounds a number of the size of the whole, so
 * its error would grow in proportion to K.
 */
#if !(defined A_TYPE && defined C_TYPE)
#error "gemm/gemm.cl: a macro is missing"
#endif
#include "lib/storage.cl"
#include "gemm/weight.cl"
#include "lib/epilogue.cl"

#define CHAIN 256

#define GEMM_PARAMETERS                                     \
  __global const STORAGE(A_TYPE) * a, ulong2 a_at,          \
      __global const STORAGE(W_TYPE) * w, ulong2 w_at,      \
      EPILOGUE_PARAMETERS, __global STORAGE(C_TYPE) * c, ulong2 c_at, \
      uint M, uint N, uint K

/* Where an element lies; the first index must be a size_t, as rows times the
 * leading dimension may pass 2^32. */
#define A_AT(m, k) (a_at.s0 + (size_t)(m)*a_at.s1 + (k))
#define C_AT(m, n) (c_at.s0 + (size_t)(m)*c_at.s1 + (n))
