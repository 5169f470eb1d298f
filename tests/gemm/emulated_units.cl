/* emulated_units.cl - stands for cl/lib/unit_instructions.cl in a test: the product
 * of two blocks in OpenCL C, by what the vendors' manuals say about where the
 * lanes have the blocks' elements.
 *
 *   MEETING  host memory, 64-byte aligned, in which the lanes meet: 32 halves
 *            for each work-item, 16 of a and 16 of w
 *   GROUPS   work-groups that it is large enough for, each of 512 at the most
 *   WRONG    1: the rows of a lie in other places
 */

/* The lane that has element (m, k) of a, and as which of its halves; likewise
 * (k, n) of w; and the element of the result that is sum i of a lane. */
#if UNITS_ARE(mfma)
#define A_LANE(m, k) ((m) + 32 * ((k) / 4))
#define A_HALF(m, k) ((k) % 4)
#define W_LANE(k, n) ((n) + 32 * ((k) / 4))
#define W_HALF(k, n) ((k) % 4)
#define M_OF(lane, i) (8 * ((i) / 4) + 4 * ((lane) / 32) + (i) % 4)
#define N_OF(lane) ((lane) % 32)
#elif UNITS_ARE(wmma)
#define A_LANE(m, k) (m)
#define A_HALF(m, k) (k)
#define W_LANE(k, n) (n)
#define W_HALF(k, n) (k)
#define M_OF(lane, i) (2 * (i) + (lane) / 16)
#define N_OF(lane) ((lane) % 16)
#else
#if UNITS_ARE(dpas8)
#define A_LANE(m, k) ((k) / 2)
#define A_HALF(m, k) (2 * (m) + (k) % 2)
#else
#define A_LANE(m, k) (k)
#define A_HALF(m, k) (m)
#endif
#define W_LANE(k, n) (n)
#define W_HALF(k, n) (k)
#define M_OF(lane, i) (i)
#define N_OF(lane) (lane)
#endif

#define ELEMENT(lane, i) \
  LOAD(A_TYPE, (__global const STORAGE(A_TYPE) *)lanes, (lane) * 32 + (i))

static __attribute__((always_inline)) unit_sums
MULTIPLY_ADD(a_part a, w_part w, unit_sums sums) {
  const uint id = get_local_id(0), lane = id % LANES;
  const uint group = min((uint)get_group_id(0), GROUPS - 1u);
  __global ushort *lanes =
      (__global ushort *)MEETING + 32 * (group * 512 + id - lane);
  float v[UNIT_SUMS];
  CAT(vstore, UNIT_SUMS)(sums, 0, v);
  *(__global a_part *)(lanes + lane * 32) = a;
  *(__global w_part *)(lanes + lane * 32 + 16) = w;
  barrier(CLK_GLOBAL_MEM_FENCE);
  for (uint i = 0; i < UNIT_SUMS; i++) {
    const uint m = M_OF(lane, i) ^ WRONG, n = N_OF(lane);
    for (uint k = 0; k < UNIT_K; k++)
      v[i] += ELEMENT(A_LANE(m, k), A_HALF(m, k)) *
              ELEMENT(W_LANE(k, n), 16 + W_HALF(k, n));
  }
  barrier(CLK_GLOBAL_MEM_FENCE);
  return CAT(vload, UNIT_SUMS)(0, v);
}
