/* hopper.cl - what a GEMM on NVIDIA's sm_90 is made of, through inline PTX:
 * mbarriers, the tensor memory accelerator (TMA), and matrix products by warp
 * groups, which are four warps, 128 work-items.
 *
 *   TILE_N  columns of a product: 64, 128, 192 or 256
 *   A_TYPE  of a and w: f16 or bf16
 *
 * Local memory is addressed as PTX does, by 32-bit shared addresses. What only
 * the target sm_90a has stands behind a mark, which hides the rest of its line:
 * see src/program/retarget.h. */
#if !(defined TILE_N && defined A_TYPE)
#error "lib/hopper.cl: a macro is missing"
#endif
#include "lib/hopper.h"
#include "lib/storage.cl"
#include "lib/nvidia.cl"

#define STRING_(x) #x
#define STRING(x) STRING_(x)

/* ---- Work-items and registers ---- */

/* The work-items of a warp group meet; each group has an id from 1 on. */
static void warp_group_barrier(uint id) {
  asm volatile("bar.sync %0, 128;" ::"r"(id) : "memory");
}

/* The warp group that loads gives registers to those that multiply. */
#define GIVE_REGISTERS() \
  asm volatile("//sm_90a setmaxnreg.dec.sync.aligned.u32 40;")
#define TAKE_REGISTERS() \
  asm volatile("//sm_90a setmaxnreg.inc.sync.aligned.u32 232;")

/* ---- mbarriers: a phase ends when all have arrived and all bytes are there */

static void mbarrier_init(uint bar, uint arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(bar),
               "r"(arrivals)
               : "memory");
}

static void mbarrier_arrive(uint bar) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(bar)
               : "memory");
}

/* Arrive, and keep the phase from ending until TMA has brought `bytes` more. */
static void mbarrier_arrive_expecting(uint bar, uint bytes) {
  asm volatile(
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(bar),
      "r"(bytes)
      : "memory");
}

/* Wait until the phase of that parity has ended; the first phase has parity 0.
 * Two phases further on the parity is the same again: whoever waits must be at
 * most one phase behind or ahead. */
static void mbarrier_wait(uint bar, uint parity) {
  asm volatile(
      "{ .reg .pred over;\n"
      "AGAIN: mbarrier.try_wait.parity.shared::cta.b64 over, [%0], %1;\n"
      "@!over bra AGAIN; }" ::"r"(bar),
      "r"(parity)
      : "memory");
}

/* ---- TMA: boxes of a matrix of halves, at most 64 wide, to and from shared
 * memory. There a row has 128 bytes, and its 16-byte chunks are permuted:
 * chunk c of row r lies where c ^ (r % 8) would. */

/* TMA and wgmma see what ordinary stores wrote to shared memory before this. */
static void fence_async(void) {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

#define SET_MAP_FIELD(field, type, constraint, value)                          \
  asm volatile("//sm_90a tensormap.replace.tile." field ".shared::cta.b1024."  \
               type ", %1;" ::"r"(image),                                      \
               constraint(value)                                               \
               : "memory")

/* A warp describes to TMA a row-major matrix and the box that is moved at
 * once: `image` is MAP_BYTES of shared memory to work in. Elements outside the
 * matrix are read as 0 and not written. */
static void make_map(__global uchar *map, uint image, __global const void *at,
                     uint rows, uint cols, ulong ld, uint box_rows) {
  const uint lane = get_local_id(0) % 32;
  asm volatile("st.shared.b32 [%0], 0;" ::"r"(image + lane * 4) : "memory");
  warp_barrier();
  if (lane == 0) {
    SET_MAP_FIELD("global_address", "b64 [%0]", "l", at);
    SET_MAP_FIELD("rank", "b32 [%0]", "n", 2 - 1);
    SET_MAP_FIELD("box_dim", "b32 [%0], 0", "n", 64);
    SET_MAP_FIELD("box_dim", "b32 [%0], 1", "r", box_rows);
    SET_MAP_FIELD("global_dim", "b32 [%0], 0", "r", cols);
    SET_MAP_FIELD("global_dim", "b32 [%0], 1", "r", rows);
    SET_MAP_FIELD("global_stride", "b64 [%0], 0", "l", 2 * ld);
    SET_MAP_FIELD("element_stride", "b32 [%0], 0", "n", 1);
    SET_MAP_FIELD("element_stride", "b32 [%0], 1", "n", 1);
    SET_MAP_FIELD("elemtype", "b32 [%0]", "n", 6);          /* f16; bf16 moves alike */
    SET_MAP_FIELD("interleave_layout", "b32 [%0]", "n", 0); /* none */
    SET_MAP_FIELD("swizzle_mode", "b32 [%0]", "n", 3);      /* 128 bytes */
    SET_MAP_FIELD("fill_mode", "b32 [%0]", "n", 0);         /* zeros */
  }
  warp_barrier();
  asm volatile(
      "//sm_90a tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic."
      "release.gpu.sync.aligned [%0], [%1], 128;" ::"l"(map),
      "r"(image)
      : "memory");
}

/* A work-item calls it before it uses the map for the first time. */
static void acquire_map(__global const uchar *map) {
  asm volatile(
      "fence.proxy.tensormap::generic.acquire.gpu [%0], 128;" ::"l"(map)
      : "memory");
}

/* Load the box whose first element is (row, col); `bar` counts its bytes. */
static void tma_load(uint to, __global const uchar *map, uint row, uint col,
                     uint bar) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::"
      "bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(to),
      "l"(map), "r"(col), "r"(row), "r"(bar)
      : "memory");
}

/* The same load; what it brings is the first that the cache drops. */
static void tma_load_once(uint to, __global const uchar *map, uint row,
                          uint col, uint bar) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::"
      "bytes.L2::cache_hint [%0], [%1, {%2, %3}], [%4], %5;" ::"r"(to),
      "l"(map), "r"(col), "r"(row), "r"(bar), "l"(drop_first())
      : "memory");
}

static void tma_store(uint from, __global const uchar *map, uint row,
                      uint col) {
  asm volatile(
      "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, {%1, %2}], "
      "[%3];\n"
      "cp.async.bulk.commit_group;" ::"l"(map),
      "r"(col), "r"(row), "r"(from)
      : "memory");
}

/* Wait until at most `pending` of this work-item's stores still have to read
 * local memory. */
#define TMA_STORES_HAVE_READ(pending) \
  asm volatile("cp.async.bulk.wait_group.read " #pending ";" ::: "memory")

/* Wait until all of this work-item's stores have written. */
static void tma_stores_end(void) {
  asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}

/* ---- wgmma: sum += a w, a 64 x 16 and w 16 x TILE_N in shared memory; `sum` is
 * TILE_N / 2 floats of each of a warp group's work-items */

#if IS(A_TYPE, bf16)
#define WGMMA_TYPES "bf16.bf16"
#else
#define WGMMA_TYPES "f16.f16"
#endif

static void wgmma_begin(void) {
  asm volatile("//sm_90a wgmma.fence.sync.aligned;" ::: "memory");
}

/* The products since the last commit become one group. */
static void wgmma_commit(void) {
  asm volatile("//sm_90a wgmma.commit_group.sync.aligned;" ::: "memory");
}

/* Wait until at most `pending` groups are left. */
#define WGMMA_WAIT(pending)                                         \
  asm volatile("//sm_90a wgmma.wait_group.sync.aligned " #pending ";" :: \
                   : "memory")

/* Boxes as TMA writes them, 1024 bytes from 8 rows to the next 8. `leading` counts
 * only where a row has neighbours along N: the bytes from a box to the next one
 * along N. */
static ulong describe_boxes(uint at, uint leading) {
  return (ulong)1 << 62 | (ulong)(1024 / 16) << 32 | (ulong)(leading / 16) << 16 |
         (at & 0x3ffff) / 16;
}

/* The instruction names each register: operands %0 on, and after them the
 * descriptors of a and w and whether `sum` counts or is overwritten. */
#define SUM_4(i) \
  "+f"(sum[i]), "+f"(sum[i + 1]), "+f"(sum[i + 2]), "+f"(sum[i + 3])
#define SUM_16(i) SUM_4(i), SUM_4(i + 4), SUM_4(i + 8), SUM_4(i + 12)
#define SUM_32(i) SUM_16(i), SUM_16(i + 16)
#define NAMES_32                                                            \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "  \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, " \
  "%30, %31"
#define NAMES_64                                                            \
  NAMES_32 ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, " \
  "%44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, "  \
  "%58, %59, %60, %61, %62, %63"
#define NAMES_96                                                            \
  NAMES_64 ", %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, " \
  "%76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, "  \
  "%90, %91, %92, %93, %94, %95"
#define NAMES_128                                                             \
  NAMES_96 ", %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, " \
  "%107, %108, %109, %110, %111, %112, %113, %114, %115, %116, %117, %118, "  \
  "%119, %120, %121, %122, %123, %124, %125, %126, %127"

#if TILE_N == 64
#define SUMS SUM_32(0)
#define WGMMA_OPERANDS(transposed) \
  "{" NAMES_32 "}, %32, %33, counts, 1, 1, 0, " transposed
#define COUNTS "%34"
#elif TILE_N == 128
#define SUMS SUM_32(0), SUM_32(32)
#define WGMMA_OPERANDS(transposed) \
  "{" NAMES_64 "}, %64, %65, counts, 1, 1, 0, " transposed
#define COUNTS "%66"
#elif TILE_N == 192
#define SUMS SUM_32(0), SUM_32(32), SUM_32(64)
#define WGMMA_OPERANDS(transposed) \
  "{" NAMES_96 "}, %96, %97, counts, 1, 1, 0, " transposed
#define COUNTS "%98"
#elif TILE_N == 256
#define SUMS SUM_32(0), SUM_32(32), SUM_32(64), SUM_32(96)
#define WGMMA_OPERANDS(transposed) \
  "{" NAMES_128 "}, %128, %129, counts, 1, 1, 0, " transposed
#define COUNTS "%130"
#endif

/* With an array `sum`; `transposed` is "0" where a row of w's boxes has neighbours
 * along K, "1" where it has neighbours along N. */
#define WGMMA(counts, a, w, transposed)                                   \
  asm volatile("{ .reg .pred counts;\n"                                   \
               "setp.ne.b32 counts, " COUNTS ", 0;\n"                     \
               "//sm_90a wgmma.mma_async.sync.aligned.m64n" STRING(       \
                   TILE_N) "k16.f32." WGMMA_TYPES " " WGMMA_OPERANDS(transposed) ";\n}" \
               : SUMS                                                     \
               : "l"(a), "l"(w), "r"(counts)                              \
               : "memory")

/* A warp stores four 8 x 8 matrices of halves, of which each lane has a pair
 * from each; lane l brings the address of row l % 8 of matrix l / 8. */
static void store_matrices(uint row, const uint *pairs) {
  asm volatile(
      "stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(
          row),
      "r"(pairs[0]), "r"(pairs[1]), "r"(pairs[2]), "r"(pairs[3])
      : "memory");
}
