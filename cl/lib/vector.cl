/* vector.cl - LANES elements at once.
 *
 *   LANES    floats in a vector: 1, 4, 8 or 16
 *   ALIGNED  1: a vector's address is a multiple of its size, so that it can be
 *            moved as a whole; 0: it is any that an element may have
 *   NVIDIA   1: an NVIDIA GPU of compute capability 8.0 or more; 0: any device
 */
#if !(defined LANES && defined ALIGNED && defined NVIDIA)
#error "lib/vector.cl: a macro is missing"
#endif
#include "lib/storage.cl"

#if LANES == 1

typedef float floats;
#define LOADS(type, p, i) LOAD(type, p, i)
#define STORES(type, v, p, i) STORE(type, v, p, i)
#define LANE_0(v) (v)
#define LANE_SUM(v) (v)

#else

typedef CAT(float, LANES) floats;
#define LOADS(type, p, i) CAT(LOADS_, type)(p, i)
#define STORES(type, v, p, i) CAT(STORES_, type)(v, p, i)
#define LANE_0(v) ((v).s0)

/* The sum of a vector's lanes, always in the same order. */
static float sum4(float4 v) { return (v.x + v.y) + (v.z + v.w); }
static float sum8(float8 v) { return sum4(v.lo + v.hi); }
static float sum16(float16 v) { return sum8(v.lo + v.hi); }
#define LANE_SUM(v) CAT(sum, LANES)(v)

#if ALIGNED
#define LOADS_f32(p, i) (*(__global const floats *)((p) + (i)))
#define STORES_f32(v, p, i) (*(__global floats *)((p) + (i)) = (v))
#else
#define LOADS_f32(p, i) CAT(vload, LANES)(0, (p) + (i))
#define STORES_f32(v, p, i) CAT(vstore, LANES)((v), 0, (p) + (i))
#endif

typedef CAT(ushort, LANES) shorts;
static shorts shorts_of_bf16(floats v) { return TO_BF16(LANES, v); }

#if ALIGNED && NVIDIA
#include "lib/nvidia.cl"

/* NVIDIA's compiler would move halves two bytes at a time: they are moved as
 * words, by an instruction that cannot be taken apart, and converted in
 * registers. LANES is 4 or 8. */
typedef uint2 words_of_4;
typedef uint4 words_of_8;
#define as_words_of_4 as_uint2
#define as_words_of_8 as_uint4
static uint2 words4(__global const void *p) {
  uint2 v;
  asm volatile("ld.global.v2.u32 {%0, %1}, [%2];"
               : "=r"(v.x), "=r"(v.y)
               : "l"(p));
  return v;
}
static uint4 words8(__global const void *p) {
  uint4 v;
  asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(p));
  return v;
}

static float4 unpack4(uint2 v) {
  return (float4)(unpack_halves(v.x), unpack_halves(v.y));
}
static float8 unpack8(uint4 v) { return (float8)(unpack4(v.lo), unpack4(v.hi)); }

static uint pack2(float2 v) { return pack_halves(v.x, v.y); }
static uint2 pack4(float4 v) { return (uint2)(pack2(v.lo), pack2(v.hi)); }
static uint4 pack8(float8 v) { return (uint4)(pack4(v.lo), pack4(v.hi)); }
#define LOADS_f16(p, i) CAT(unpack, LANES)(CAT(words, LANES)((p) + (i)))
#define STORES_f16(v, p, i) \
  (*(__global CAT(words_of_, LANES) *)((p) + (i)) = CAT(pack, LANES)(v))
#define LOADS_bf16(p, i) \
  FROM_BF16(LANES, CAT(as_ushort, LANES)(CAT(words, LANES)((p) + (i))))
#define STORES_bf16(v, p, i)                        \
  (*(__global CAT(words_of_, LANES) *)((p) + (i)) = \
       CAT(as_words_of_, LANES)(shorts_of_bf16(v)))

#elif ALIGNED
#define LOADS_f16(p, i) CAT(vloada_half, LANES)(0, (p) + (i))
#define STORES_f16(v, p, i) \
  CAT(CAT(vstorea_half, LANES), _rte)((v), 0, (p) + (i))
#define LOADS_bf16(p, i) \
  FROM_BF16(LANES, *(__global const shorts *)((p) + (i)))
#define STORES_bf16(v, p, i) \
  (*(__global shorts *)((p) + (i)) = shorts_of_bf16(v))
#else
/* Halves move as integers, and are converted where the compiler put these.
 * PoCL 3.1 takes the address of a vload_halfn or vstore_halfn for a multiple of
 * the vector's size, and crashes where it chooses an instruction that insists
 * on that; its vloadn and vstoren of ushort move one element at a time. */
typedef struct __attribute__((packed)) {
  shorts v;
} shorts_anywhere;
#define SHORTS_AT(p) (((__global shorts_anywhere *)(p))->v)
static floats floats_of_halves(shorts v) {
  return CAT(vload_half, LANES)(0, (const half *)&v);
}
static shorts halves_of_floats(floats v) {
  shorts halves;
  CAT(CAT(vstore_half, LANES), _rte)(v, 0, (half *)&halves);
  return halves;
}
#define LOADS_f16(p, i) floats_of_halves(SHORTS_AT((p) + (i)))
#define STORES_f16(v, p, i) (SHORTS_AT((p) + (i)) = halves_of_floats(v))
#define LOADS_bf16(p, i) FROM_BF16(LANES, SHORTS_AT((p) + (i)))
#define STORES_bf16(v, p, i) (SHORTS_AT((p) + (i)) = shorts_of_bf16(v))
#endif

#endif
