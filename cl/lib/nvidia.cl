/* nvidia.cl - what the kernels for NVIDIA's GPUs share, through inline PTX. All
 * but the first needs compute capability 8.0. */

/* What PTX takes as an address in local memory. */
static uint local_address(__local const void *p) { return (uint)(size_t)p; }

/* Two floats as halves, rounded to nearest even. */
static uint pack_halves(float low, float high) {
  uint packed;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  return packed;
}

/* What a lane of the warp stored before, every lane sees after. */
static void warp_barrier(void) {
  asm volatile("bar.warp.sync 0xffffffff;" ::: "memory");
}

/* 2 to the power of x, 0 where that is no normal float: without the steps that
 * native_exp2 takes for those. */
static float exp2_flushed(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/* A cache hint: what is read once gives its place to what comes next, not to
 * what others still need. */
static ulong drop_first(void) {
  ulong policy;
  asm("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
  return policy;
}
