/* nvidia.cl - what the kernels for NVIDIA's GPUs share, through inline PTX. All
 * but the first and `exchange` need compute capability 8.0. */
#ifndef PACK /* else it is there already */

/* What PTX takes as an address in local memory. */
static uint local_address(__local const void *p) { return (uint)(size_t)p; }

/* Two floats as halves, or as bf16, rounded to nearest even. */
static uint pack_halves(float low, float high) {
  uint packed;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}
static uint pack_bf16(float low, float high) {
  uint packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}
#define PACK_f16 pack_halves
#define PACK_bf16 pack_bf16
#define PACK(type, low, high) CAT(PACK_, type)(low, high)

/* And back. */
static float2 unpack_halves(uint halves) {
  float low, high;
  asm("{.reg .b16 l, h; mov.b32 {l, h}, %2;"
      " cvt.f32.f16 %0, l; cvt.f32.f16 %1, h;}"
      : "=f"(low), "=f"(high)
      : "r"(halves));
  return (float2)(low, high);
}
static float2 unpack_bf16(uint pair) {
  return (float2)(as_float(pair << 16), as_float(pair & 0xffff0000));
}
#define UNPACK_f16 unpack_halves
#define UNPACK_bf16 unpack_bf16
#define UNPACK(type, word) CAT(UNPACK_, type)(word)

/* The lanes of the warp meet. Each sees afterwards what any of them stored
 * before. */
static void warp_barrier(void) {
  asm volatile("bar.warp.sync 0xffffffff;" ::: "memory");
}

/* v of the work-item of the warp whose number differs in the bit `apart`. */
static float exchange(float v, uint apart) {
  float other;
  asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 31, 0xffffffff;"
               : "=f"(other)
               : "f"(v), "r"(apart));
  return other;
}

/* 2 to the power of x, or 0 where that is no normal float. native_exp2 takes
 * steps of its own for those. */
static float exp2_flushed(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/* A cache hint for what is read once: the cache drops it first, and keeps what
 * others still need. */
static ulong drop_first(void) {
  ulong policy;
  asm("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
  return policy;
}

#endif
