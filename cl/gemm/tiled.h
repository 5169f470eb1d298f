/* tiled.h - what the host knows of gemm/tiled.cl. */
#ifndef CL_GEMM_TILED_H
#define CL_GEMM_TILED_H

/* Quads, each of four floats, in a line of a slice: one more than the tile is
 * long. The elements that put_down writes at once would otherwise fall into the
 * same banks. */
#define TILED_LINE_QUADS(tile) ((tile) / 4 + 1)

/* Slices of a and of w in local memory: one is used, the next one written. */
#define TILED_SLICES 2

#endif
