/* mma_slices.cl - slices of a and w in local memory for mma.cl, whose
 * macros it uses: how they get there, and from there to the matrix units.
 *
 * A stage holds a slice of a, then a slice of w. A slice has rows of 16-byte
 * chunks. Outside a or w it holds zeros.
 *
 *   a                     w, W_OUT_IN 1         w, W_OUT_IN 0
 *           DEPTH chunks          DEPTH chunks          chunks along N
 *           along K               along K
 *           +---------+           +---------+           +-------------+
 *   TILE_M  |         |   TILE_N  |         |   TILE_K  |             |
 *   rows    |         |   rows    |         |   rows    |             |
 *           +---------+           +---------+           +-------------+
 */

/* Elements in a chunk, and in a slice along K. */
#define CHUNK (16 / BYTES(A_TYPE))
#define TILE_K (DEPTH * CHUNK)

#define W_ROWS (W_OUT_IN ? TILE_N : TILE_K)
#define W_CHUNKS (W_OUT_IN ? DEPTH : TILE_N / CHUNK)
#define A_BYTES (TILE_M * DEPTH * 16)
#define W_BYTES (TILE_N * DEPTH * 16)
#define STAGE_BYTES (A_BYTES + W_BYTES)

/* Copy the first `count` elements of a chunk; the others become 0. */
static void copy_elements(__local uchar *to,
                          __global const STORAGE(A_TYPE) * from, int count) {
  copy_chunk(to, (__global const uchar *)from, count * BYTES(A_TYPE));
}

/* Copy a slice of a matrix. Its first element is *from; from there on the
 * matrix has rows_left rows and cols_left columns. */
static void copy_slice(__local uchar *slice, uint rows, uint chunks,
                       __global const STORAGE(A_TYPE) * from, size_t ld,
                       uint rows_left, uint cols_left) {
#pragma unroll
  for (uint first = 0; first < rows * chunks; first += GROUP) {
    const uint i = first + get_local_id(0);
    const uint row = i / chunks, chunk = i % chunks, col = chunk * CHUNK;
    if (rows * chunks % GROUP != 0 && i >= rows * chunks) break;
    const bool inside = row < rows_left && col < cols_left;
    copy_elements(slice + chunk_at(row, chunk, chunks), from + row * ld + col,
                  inside ? (int)min(cols_left - col, (uint)CHUNK) : 0);
  }
}

#if GATED
/* Copy a slice of w with columns of u and g. Its first element is *from; from
 * there on w has k_left elements along K, and as many columns of u and of g as
 * n_left says. `g` is the way from a column of u to its column of g. */
static void copy_halves(__local uchar *slice,
                        __global const STORAGE(W_TYPE) * from, size_t ld,
                        uint k_left, uint n_left, size_t g) {
#pragma unroll
  for (uint first = 0; first < W_ROWS * W_CHUNKS; first += GROUP) {
    const uint i = first + get_local_id(0);
    const uint row = i / W_CHUNKS, chunk = i % W_CHUNKS;
    if (W_ROWS * W_CHUNKS % GROUP != 0 && i >= W_ROWS * W_CHUNKS) break;
    const uint col = W_OUT_IN ? row : chunk * CHUNK; /* of the slice */
    const uint n = col / WARP_N * WARP_COLS + col % WARP_COLS;
    const uint k = W_OUT_IN ? chunk * CHUNK : row;
    const uint left = W_OUT_IN ? k_left - k : n_left - n;
    const bool inside = n < n_left && k < k_left;
    copy_elements(slice + chunk_at(row, chunk, W_CHUNKS),
                  from + (W_OUT_IN ? n * ld + k : k * ld + n) +
                      (col % WARP_N < WARP_COLS ? 0 : g),
                  inside ? (int)min(left, (uint)CHUNK) : 0);
  }
}
#endif

/* Copy the slices of a and w that begin at element k along K. `a` points to the
 * tile's first row, of which there are M up to the end of a; `w` to its first
 * column, of which there are N, of c's `out` columns. */
static void copy_slices(__local uchar *stage,
                        __global const STORAGE(A_TYPE) * a, size_t a_ld,
                        __global const STORAGE(W_TYPE) * w, size_t w_ld,
                        uint k, uint M, uint N, uint K, uint out) {
  copy_slice(stage, TILE_M, DEPTH, a + k, a_ld, M, K - k);
#if GATED
  copy_halves(stage + A_BYTES, w + (W_OUT_IN ? k : k * w_ld), w_ld, K - k, N,
              W_OUT_IN ? out * w_ld : out);
#elif W_OUT_IN
  copy_slice(stage + A_BYTES, W_ROWS, W_CHUNKS, w + k, w_ld, N, K - k);
#else
  copy_slice(stage + A_BYTES, W_ROWS, W_CHUNKS, w + k * w_ld, w_ld, K - k, N);
#endif
}

/* Fragments of a: 16 rows from `row` on, chunks k and k + 1. */
static void load_a(uint *words, __local const uchar *slice, uint row, uint k) {
  const uint lane = get_local_id(0) % 32;
  load_matrices(words,
                slice + chunk_at(row + lane % 16, k + lane / 16, DEPTH));
}

/* Fragments of w: 16 columns from `col` on, chunks k and k + 1 along K. */
static void load_w(uint *words, __local const uchar *slice, uint col, uint k) {
  const uint lane = get_local_id(0) % 32;
#if W_OUT_IN
  const uint row = col + lane / 16 * 8 + lane % 8;
  load_matrices(words, slice + chunk_at(row, k + lane / 8 % 2, W_CHUNKS));
#elif BYTES(A_TYPE) == 2
  const uint row = k * CHUNK + lane % 16;
  load_transposed(words,
                  slice + chunk_at(row, col / CHUNK + lane / 16, W_CHUNKS));
#else
#pragma unroll
  for (uint i = 0; i < 4; i++) {
    const uint row = (k + i % 2) * CHUNK + lane % 4;
    const uint at = col + i / 2 * 8 + lane / 4;
    words[i] = *(__local const uint *)(slice +
                                       chunk_at(row, at / CHUNK, W_CHUNKS) +
                                       at % CHUNK * 4);
  }
#endif
}
