/* tensor_cores.cl - NVIDIA's matrix units, from compute capability 8.0 on,
 * through inline PTX: copies that run beside the arithmetic, and products of
 * 16 x 8 tiles by the 32 work-items of a warp.
 *
 * A tile's fragments, for lane = 4 g + t of the warp; `word` is 4 bytes: two
 * halves or one float.
 *   a (16 rows, 8 words along K): word t, then t + 4, of rows g and g + 8
 *   w (8 columns, 8 words along K): words t and t + 4 of column g
 *   c (16 rows, 8 columns): columns 2 t and 2 t + 1 of row g, then of row g + 8
 */
#include "lib/nvidia.cl"

/* Copy the first `bytes` of SIZE bytes and fill the rest with zeros; SIZE is
 * 16, 8 or 4, and both addresses are multiples of it. */
#define COPY_ASYNC_PTX(kind, size) \
  "cp.async." kind ".shared.global [%0], [%1], " size ", %2;"
#define COPY_ASYNC_16 COPY_ASYNC_PTX("cg", "16")
#define COPY_ASYNC_8 COPY_ASYNC_PTX("ca", "8")
#define COPY_ASYNC_4 COPY_ASYNC_PTX("ca", "4")
#define COPY_ASYNC(SIZE, to, from, bytes)               \
  asm volatile(CAT(COPY_ASYNC_, SIZE)                   \
               :                                        \
               : "r"(local_address(to)), "l"(from), "r"(bytes) \
               : "memory")

/* Copies are waited for by groups: all since the last commit are one. */
static void commit_copies(void) {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

/* Wait until at most `pending`, a constant, of this work-item's groups of copies
 * are left. */
#define WAIT_FOR_COPIES(pending) \
  asm volatile("cp.async.wait_group %0;" : : "n"(pending) : "memory")

/* Four matrices of 8 rows of 16 bytes; lane l brings the address of row l % 8
 * of matrix l / 8, and receives word l % 4 of row l / 4 of each. */
static void load_matrices(uint *words, __local const uchar *row) {
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
      : "r"(local_address(row))
      : "memory");
}

/* The same for 8 x 8 halves, each matrix transposed. */
static void load_transposed(uint *words, __local const uchar *row) {
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
      : "r"(local_address(row))
      : "memory");
}

/* c += a w, for two bytes (K = 16) or floats rounded to TF32 (K = 8). */
#define MMA(type)                                                          \
  "mma.sync.aligned." type " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, " \
  "{%0, %1, %2, %3};"
#define MMA_f16 MMA("m16n8k16.row.col.f32.f16.f16.f32")
#define MMA_bf16 MMA("m16n8k16.row.col.f32.bf16.bf16.f32")
#define MMA_f32 MMA("m16n8k8.row.col.f32.tf32.tf32.f32")
#define MULTIPLY_ADD(type, c, a, w)                                   \
  asm(CAT(MMA_, type)                                                 \
      : "+f"((c)[0]), "+f"((c)[1]), "+f"((c)[2]), "+f"((c)[3])        \
      : "r"((a)[0]), "r"((a)[1]), "r"((a)[2]), "r"((a)[3]), "r"((w)[0]), \
        "r"((w)[1]))

/* The nearest TF32: a float with 10 bits after the point. */
static uint round_tf32(uint x) {
  uint rounded;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(as_float(x)));
  return rounded;
}
