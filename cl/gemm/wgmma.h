/* wgmma.h - what the host knows of gemm/wgmma.cl and gemm/split_bf16.cl. */
#ifndef CL_GEMM_WGMMA_H
#define CL_GEMM_WGMMA_H

/* Halves along K in a slice: rows of 128 bytes, as TMA takes them. */
#define WGMMA_DEPTH 64

/* Work-items in a warp group; of those that multiply there are one or two, the
 * teams. */
#define WGMMA_WARP_GROUP 128
#define WGMMA_TEAMS(tile_m, take_turns) ((take_turns) ? 2 : (tile_m) / 64)
#define WGMMA_GROUP(teams) (WGMMA_WARP_GROUP * (1 + (teams)))

/* Local memory: the slices, each of a and w, then boxes of c on their way out,
 * all of them 64 x 64 halves; a bias for each team; and what is left over for
 * barriers and flags. */
#define WGMMA_BOX_BYTES (64 * WGMMA_DEPTH * 2)
#define WGMMA_STAGE_BYTES(tile_m, tile_n) \
  (((tile_m) + (tile_n)) / 64 * WGMMA_BOX_BYTES)
#define WGMMA_C_BOXES(teams) (2 * (teams))
#define WGMMA_OTHER_BYTES 256

/* Tensor maps in global memory that a work-group has: of a, w and c. */
#define WGMMA_MAPS 3

/* Planes of bfloat16 that a float is taken apart into, given how many products
 * of them are added up; 1 product: nothing is taken apart. */
#define WGMMA_PLANES(products) ((products) == 6 ? 3 : (products) == 3 ? 2 : 1)

/* Work-items in a group of split_bf16. */
#define SPLIT_BF16_GROUP 64

#endif
