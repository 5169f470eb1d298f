/* nvidia.cl - what the kernels for NVIDIA's GPUs share, from compute capability
 * 8.0 on, through inline PTX. */

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
