/* wgmma.h - what the host knows of attention/wgmma.cl. */
#ifndef CL_ATTENTION_WGMMA_H
#define CL_ATTENTION_WGMMA_H

/* Queries of a work-group, 64 for each team, and keys of a tile. */
#define ATTENTION_WGMMA_QUERIES 128
#define ATTENTION_WGMMA_KEYS 128

/* Two teams that compute and one that loads, 128 work-items each. */
#define ATTENTION_WGMMA_GROUP 384

/* Tensor maps in global memory that a work-group has: of q, k and v. */
#define ATTENTION_WGMMA_MAPS 3

#endif
