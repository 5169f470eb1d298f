/* weight.cl - the elements of a weight: where they lie, and what they are.
 *
 *   W_TYPE    a storage type
 *   W_OUT_IN  1: w is [N, K]; 0: [K, N]
 *
 * Kernels name an element by its place, k of K and n of N, and go through these
 * macros to get at it. w_at: (offset, leading dimension) in elements.
 */
#if !(defined W_TYPE && defined W_OUT_IN)
#error "gemm/weight.cl: a macro is missing"
#endif
#include "lib/storage.cl"

/* Where element (k, n) lies. The first index must be a size_t, as rows times the
 * leading dimension may pass 2^32. */
#if W_OUT_IN
#define W_AT(k, n) (w_at.s0 + (size_t)(n)*w_at.s1 + (k))
#else
#define W_AT(k, n) (w_at.s0 + (size_t)(k)*w_at.s1 + (n))
#endif

/* Element (k, n) as float. */
#define WEIGHT(k, n) LOAD(W_TYPE, w, W_AT(k, n))

/* A chunk that was loaded by wide.cl as eight floats: the first is element
 * (k, n), the others follow it in its row of w. */
#define WEIGHTS(chunk, k, n) FLOATS(W_TYPE, chunk)
