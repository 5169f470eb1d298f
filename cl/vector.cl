/* vector.cl - LANES elements at once, at any address an element may have.
 *
 *   LANES  floats in a vector: 1, 4, 8 or 16; default 16
 */
#include "storage.cl"

#ifndef LANES
#define LANES 16
#endif

#if LANES == 1

typedef float floats;
#define LOADS(type, p, i) LOAD(type, p, i)
#define STORES(type, v, p, i) STORE(type, v, p, i)
#define LANE_0(v) (v)

#else

typedef CAT(float, LANES) floats;

#define LOADS_f32(p, i) CAT(vload, LANES)(0, (p) + (i))
#define LOADS_f16(p, i) CAT(vload_half, LANES)(0, (p) + (i))
#define LOADS(type, p, i) CAT(LOADS_, type)(p, i)

#define STORES_f32(v, p, i) CAT(vstore, LANES)((v), 0, (p) + (i))
#define STORES_f16(v, p, i) \
  CAT(CAT(vstore_half, LANES), _rte)((v), 0, (p) + (i))
#define STORES(type, v, p, i) CAT(STORES_, type)(v, p, i)

#define LANE_0(v) ((v).s0)

#endif
