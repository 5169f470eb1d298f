/* hopper.cl - what a GEMM on NVIDIA's sm_90 is made of, through inline PTX:
 * mbarriers, the tensor memory accelerator (TMA), and matrix products by warp
 * groups, which are four warps, 128 work-items.
 *
 *   A_TYPE  of a and w: f16 or bf16
 *
 * Local memory is addressed as PTX does, by 32-bit shared addresses. What only
 * the target sm_90a has stands behind a mark, which hides the rest of its line:
 * see src/program/retarget.h. */
#ifndef A_TYPE
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

/* A warp describes to TMA what lies from `at` on and the box that is moved at
 * once: up to 64 elements of `box_rows` rows. `image` is MAP_BYTES of shared
 * memory to work in. Elements outside the matrix are read as 0 and not written. */
#define BEGIN_MAP(image, at, rank_, box_rows)                            \
  do {                                                                   \
    clear_map(image);                                                    \
    if (get_local_id(0) % 32 == 0) {                                     \
      SET_MAP_FIELD("global_address", "b64 [%0]", "l", at);              \
      SET_MAP_FIELD("rank", "b32 [%0]", "n", rank_ - 1);                 \
      SET_MAP_FIELD("box_dim", "b32 [%0], 0", "n", 64);                  \
      SET_MAP_FIELD("box_dim", "b32 [%0], 1", "r", box_rows);            \
      SET_MAP_FIELD("element_stride", "b32 [%0], 0", "n", 1);            \
      SET_MAP_FIELD("element_stride", "b32 [%0], 1", "n", 1);            \
      SET_MAP_FIELD("elemtype", "b32 [%0]", "n", 6); /* f16; bf16 likewise */    \
      SET_MAP_FIELD("interleave_layout", "b32 [%0]", "n", 0); /* none */ \
      SET_MAP_FIELD("swizzle_mode", "b32 [%0]", "n", 3);                 \
      SET_MAP_FIELD("fill_mode", "b32 [%0]", "n", 0); /* zeros */        \
    }                                                                    \
  } while (0)

static void clear_map(uint image) {
  asm volatile("st.shared.b32 [%0], 0;" ::"r"(image +
                                              get_local_id(0) % 32 * 4)
               : "memory");
  warp_barrier();
}

static void end_map(__global uchar *map, uint image) {
  warp_barrier();
  asm volatile(
      "//sm_90a tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic."
      "release.gpu.sync.aligned [%0], [%1], 128;" ::"l"(map),
      "r"(image)
      : "memory");
}

/* A row-major matrix. */
static void make_map(__global uchar *map, uint image, __global const void *at,
                     uint rows, uint cols, ulong ld, uint box_rows) {
  BEGIN_MAP(image, at, 2, box_rows);
  if (get_local_id(0) % 32 == 0) {
    SET_MAP_FIELD("global_dim", "b32 [%0], 0", "r", cols);
    SET_MAP_FIELD("global_dim", "b32 [%0], 1", "r", rows);
    SET_MAP_FIELD("global_stride", "b64 [%0], 0", "l", 2 * ld);
  }
  end_map(map, image);
}

/* The same of a view, whose strides count elements and are multiples of 8: a box
 * is `box_rows` rows of one matrix. Along a dimension of size 1 any stride does. */
static void make_view_map(__global uchar *map, uint image,
                          __global const void *at, ulong4 view_at, uint cols,
                          uint rows, uint heads, uint batch, uint box_rows) {
  BEGIN_MAP(image, at, 4, box_rows);
  if (get_local_id(0) % 32 == 0) {
    SET_MAP_FIELD("box_dim", "b32 [%0], 2", "n", 1);
    SET_MAP_FIELD("box_dim", "b32 [%0], 3", "n", 1);
    SET_MAP_FIELD("global_dim", "b32 [%0], 0", "r", cols);
    SET_MAP_FIELD("global_dim", "b32 [%0], 1", "r", rows);
    SET_MAP_FIELD("global_dim", "b32 [%0], 2", "r", heads);
    SET_MAP_FIELD("global_dim", "b32 [%0], 3", "r", batch);
    SET_MAP_FIELD("global_stride", "b64 [%0], 0", "l", 2 * view_at.s3);
    SET_MAP_FIELD("global_stride", "b64 [%0], 1", "l", 2 * view_at.s2);
    SET_MAP_FIELD("global_stride", "b64 [%0], 2", "l", 2 * view_at.s1);
    SET_MAP_FIELD("element_stride", "b32 [%0], 2", "n", 1);
    SET_MAP_FIELD("element_stride", "b32 [%0], 3", "n", 1);
  }
  end_map(map, image);
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

/* The same of a view: rows from `row` on of matrix (b, h). */
static void tma_load_view(uint to, __global const uchar *map, uint b, uint h,
                          uint row, uint col, uint bar) {
  asm volatile(
      "cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::"
      "bytes [%0], [%1, {%2, %3, %4, %5}], [%6];" ::"r"(to),
      "l"(map), "r"(col), "r"(row), "r"(h), "r"(b), "r"(bar)
      : "memory");
}

/* The same load of a matrix; what it brings is the first that the cache drops. */
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

/* ---- wgmma: sum += a w; a is 64 x 16, w 16 x `width`, which is 64, 128, 192 or
 * 256; `sum` is width / 2 floats of each of a warp group's work-items */

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

/* The instruction names each register: the sums are the operands from %0 on. */
#define SUM_4(sum, i) \
  "+f"((sum)[i]), "+f"((sum)[i + 1]), "+f"((sum)[i + 2]), "+f"((sum)[i + 3])
#define SUM_16(sum, i) \
  SUM_4(sum, i), SUM_4(sum, i + 4), SUM_4(sum, i + 8), SUM_4(sum, i + 12)
#define SUM_32(sum, i) SUM_16(sum, i), SUM_16(sum, i + 16)
#define SUMS_64(sum) SUM_32(sum, 0)
#define SUMS_128(sum) SUMS_64(sum), SUM_32(sum, 32)
#define SUMS_192(sum) SUMS_128(sum), SUM_32(sum, 64)
#define SUMS_256(sum) SUMS_192(sum), SUM_32(sum, 96)
#define NAMES_64                                                            \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "  \
  "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, " \
  "%30, %31"
#define NAMES_128                                                           \
  NAMES_64 ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, " \
  "%44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, "  \
  "%58, %59, %60, %61, %62, %63"
#define NAMES_192                                                            \
  NAMES_128 ", %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, " \
  "%76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, "   \
  "%90, %91, %92, %93, %94, %95"
#define NAMES_256                                                              \
  NAMES_192 ", %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, " \
  "%107, %108, %109, %110, %111, %112, %113, %114, %115, %116, %117, %118, "   \
  "%119, %120, %121, %122, %123, %124, %125, %126, %127"

/* The operands behind the sums: a's descriptor, w's and whether the sums count;
 * or four words of a, w's descriptor and whether they count. */
#define LOCAL_64 "%32, %33", "%34"
#define LOCAL_128 "%64, %65", "%66"
#define LOCAL_192 "%96, %97", "%98"
#define LOCAL_256 "%128, %129", "%130"
#define WORDS_64 "{%32, %33, %34, %35}, %36", "%37"
#define WORDS_128 "{%64, %65, %66, %67}, %68", "%69"
#define WORDS_192 "{%96, %97, %98, %99}, %100", "%101"
#define WORDS_256 "{%128, %129, %130, %131}, %132", "%133"

#define WGMMA_TEXT(width, operands, flags) \
  WGMMA_TEXT_(width, CAT(NAMES_, width), operands, flags)
#define WGMMA_TEXT_(width, names, factors, counts, flags)           \
  "{ .reg .pred counts;\n"                                           \
  "setp.ne.b32 counts, " counts ", 0;\n"                             \
  "//sm_90a wgmma.mma_async.sync.aligned.m64n" STRING(width)         \
  "k16.f32." WGMMA_TYPES " {" names "}, " factors ", counts, 1, 1, " \
  flags ";\n}"

/* `counts` 0: the sums are overwritten. a and w are descriptors; `transposed` is
 * "0" where a row of w's boxes has neighbours along K, "1" where it has neighbours
 * along N. */
#define WGMMA(width, counts, sum, a, w, transposed)                          \
  asm volatile(WGMMA_TEXT(width, CAT(LOCAL_, width), "0, " transposed)       \
               : CAT(SUMS_, width)(sum)                                      \
               : "l"(a), "l"(w), "r"(counts)                                 \
               : "memory")

/* The same with a in registers: what a warp's lanes have of 16 x 16 of its
 * elements, two in each of four words, as they have it of sums. */
#define WGMMA_BY_WORDS(width, counts, sum, a, w, transposed)                  \
  asm volatile(WGMMA_TEXT(width, CAT(WORDS_, width), transposed)              \
               : CAT(SUMS_, width)(sum)                                       \
               : "r"((a)[0]), "r"((a)[1]), "r"((a)[2]), "r"((a)[3]), "l"(w),  \
                 "r"(counts)                                                  \
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
