/* wide.cl - eight elements at once, kept as they are stored until they are
 * needed as float: half the registers for two bytes, so twice the loads in
 * flight.
 *
 *   NVIDIA  1: an NVIDIA GPU of compute capability 7.0 or more; 0: any device
 *
 * CHUNK(type) is the type of eight elements of a storage type. A wide load
 * needs an address that 16 divides: compilers turn vloadn, which must work at
 * any address, into one load an element.
 */
#ifndef NVIDIA
#error "lib/wide.cl: a macro is missing"
#endif
#include "lib/storage.cl"

#define CHUNK_4 float8
#define CHUNK_2 uint4
#define CHUNK(type) CAT(CHUNK_, BYTES(type))

/* Chunks move by the bytes of an element, whatever its type. */
#define BY_BYTES(name, type) CAT(name, BYTES(type))

#if NVIDIA
#include "lib/nvidia.cl"

/* The instruction is written out, since the compiler may split a load into the
 * parts that are used. The same kernel must not write what it reads. */
static uint4 load_16_bytes(__global const void *p) {
  uint4 v;
  asm volatile("ld.global.nc.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(p));
  return v;
}

/* The same load; what it brings is the first that the cache drops. It needs
 * compute capability 8.0. */
static uint4 load_16_bytes_once(__global const void *p) {
  uint4 v;
  asm volatile(
      "ld.global.nc.L1::no_allocate.L2::cache_hint.v4.u32 {%0, %1, %2, %3}, "
      "[%4], %5;"
      : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
      : "l"(p), "l"(drop_first()));
  return v;
}
#else
static uint4 load_16_bytes(__global const void *p) {
  return *(__global const uint4 *)p;
}
#define load_16_bytes_once load_16_bytes
#endif

static float8 load_wide_4(__global const float *p) {
  return (float8)(as_float4(load_16_bytes(p)),
                  as_float4(load_16_bytes(p + 4)));
}

static uint4 load_wide_2(__global const void *p) { return load_16_bytes(p); }

static float8 load_once_4(__global const float *p) {
  return (float8)(as_float4(load_16_bytes_once(p)),
                  as_float4(load_16_bytes_once(p + 4)));
}

static uint4 load_once_2(__global const void *p) {
  return load_16_bytes_once(p);
}

static float8 load_any_4(__global const float *p) { return vload8(0, p); }

static uint4 load_any_2(__global const void *p) {
  return as_uint4(vload8(0, (__global const ushort *)p));
}

/* `count` elements from p on, perhaps none, then zeros. */
#define IF_THERE(i) (i < count ? p[i] : 0)
#define EIGHT(F) F(0), F(1), F(2), F(3), F(4), F(5), F(6), F(7)
static float8 load_some_4(__global const float *p, uint count) {
  return (float8)(EIGHT(IF_THERE));
}

static uint4 load_some_2(__global const void *from, uint count) {
  __global const ushort *p = from;
  return as_uint4((ushort8)(EIGHT(IF_THERE)));
}

/* The eight elements from p on, of which `count` are there. `wide`: 0, or as
 * W_WIDE in skinny_blocks.cl. */
#define LOAD_CHUNK(type, wide, p, count)               \
  ((count) < 8   ? BY_BYTES(load_some_, type)((p), (count)) \
   : (wide) == 2 ? BY_BYTES(load_once_, type)(p)            \
   : (wide)      ? BY_BYTES(load_wide_, type)(p)            \
                 : BY_BYTES(load_any_, type)(p))

static float8 floats_f32(float8 chunk) { return chunk; }

static float8 floats_f16(uint4 chunk) {
  return vload_half8(0, (const half *)&chunk);
}

static float8 floats_bf16(uint4 chunk) {
  return FROM_BF16(8, as_ushort8(chunk));
}

#define FLOATS(type, chunk) CAT(floats_, type)(chunk)

/* Eight floats as they are stored, rounded as a whole: for a single half PoCL
 * makes about a hundred instructions. */
static float8 as_chunk_f32(float8 v) { return v; }

static uint4 as_chunk_f16(float8 v) {
  uint4 chunk;
  vstore_half8_rte(v, 0, (half *)&chunk);
  return chunk;
}

static uint4 as_chunk_bf16(float8 v) { return as_uint4(TO_BF16(8, v)); }

#define AS_CHUNK(type, floats) CAT(as_chunk_, type)(floats)

/* The first elements of a chunk to p, `count` of them or all eight. */
#define STORE_IF_THERE(i) (i < count ? (void)(p[i] = v.s##i) : (void)0)
static void store_some_4(float8 v, __global float *p, uint count) {
  EIGHT(STORE_IF_THERE);
}

static void store_some_2(uint4 chunk, __global void *to, uint count) {
  const ushort8 v = as_ushort8(chunk);
  __global ushort *p = to;
  EIGHT(STORE_IF_THERE);
}

#define STORE_SOME(type, chunk, p, count) \
  BY_BYTES(store_some_, type)((chunk), (p), (count))
