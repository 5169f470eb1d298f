/* find_tile.h - what the host knows of gemm/find_tile.cl. */
#ifndef CL_GEMM_FIND_TILE_H
#define CL_GEMM_FIND_TILE_H

/* Tiles across a band. */
#define TILE_BAND 8

#endif
