/* units.h - what the host knows of gemm/units.cl. */
#ifndef CL_GEMM_UNITS_H
#define CL_GEMM_UNITS_H

/* Halves along K in a slice, and from one of its lines to the next: 8 more, so
 * that lines start in other banks. */
#define UNITS_DEPTH 32
#define UNITS_LINE (UNITS_DEPTH + 8)

/* Slices in local memory: one is used, the next one written. */
#define UNITS_SLICES 2

/* Halves in a slice: lines of a, then lines of w. */
#define UNITS_SLICE_HALVES(tile_m, tile_n) (((tile_m) + (tile_n)) * UNITS_LINE)

#endif
