/* chunks.cl - rows of 16-byte chunks in local memory, as NVIDIA's matrix units
 * read them: where each lies, and how it gets there.
 *
 *   COPY  bytes in one copy to local memory: 16, 8, 4 or, without the hardware's
 *         help, 2; addresses in global memory are multiples of it
 *
 * The chunks of a row are permuted, so that whoever reads one chunk of each of
 * 8 rows, or two neighbours of 4 rows, meets every bank once. Eight chunks fill
 * all banks; with 4 chunks in a row these are
 *
 *   rows 0, 1   | 0 1 2 3 | 0 1 2 3 |
 *   rows 2, 3   | 1 0 3 2 | 1 0 3 2 |
 *   rows 4, 5   | 2 3 0 1 | 2 3 0 1 |
 *   rows 6, 7   | 3 2 1 0 | 3 2 1 0 |   and so on from the start
 */
#ifndef COPY
#error "lib/chunks.cl: a macro is missing"
#endif
#include "lib/storage.cl"
#include "lib/tensor_cores.cl"

/* The byte at which a chunk lies; a row has 4 chunks or a multiple of 8. */
static uint chunk_at(uint row, uint chunk, uint chunks) {
  const uint twist = chunks < 8 ? row / 2 % 4 : (2 * row + row / 4 % 2) % 8;
  return (row * chunks + (chunk ^ twist)) * 16;
}

/* Copy the first `bytes` of a chunk, which may be none; the others become 0. */
static void copy_chunk(__local uchar *to, __global const uchar *from,
                       int bytes) {
#if COPY == 2
  ushort words[8];
#pragma unroll
  for (int i = 0; i < 8; i++)
    words[i] = 2 * i < bytes ? ((__global const ushort *)from)[i] : 0;
  *(__local ushort8 *)to = vload8(0, words);
#else
#pragma unroll
  for (int i = 0; i < 16; i += COPY)
    COPY_ASYNC(COPY, to + i, from + i, clamp(bytes - i, 0, COPY));
#endif
}
