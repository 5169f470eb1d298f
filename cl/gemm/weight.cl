/* weight.cl - where the elements of a weight lie.
 *
 *   W_TYPE    a storage type
 *   W_OUT_IN  1: w is [N, K]; 0: [K, N]
 *
 * w_at: (offset, leading dimension) in elements. The first index must be a
 * size_t, as rows times the leading dimension may pass 2^32.
 */
#if !(defined W_TYPE && defined W_OUT_IN)
#error "gemm/weight.cl: a macro is missing"
#endif

#if W_OUT_IN
#define W_AT(k, n) (w_at.s0 + (size_t)(n)*w_at.s1 + (k))
#else
#define W_AT(k, n) (w_at.s0 + (size_t)(k)*w_at.s1 + (n))
#endif
