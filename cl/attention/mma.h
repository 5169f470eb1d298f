/* mma.h - what the host knows of attention/mma.cl. */
#ifndef CL_ATTENTION_MMA_H
#define CL_ATTENTION_MMA_H

/* Queries of a work-group, 16 for each of its warps, and keys of a tile. */
#define ATTENTION_MMA_QUERIES 64
#define ATTENTION_MMA_KEYS 64
#define ATTENTION_MMA_GROUP (ATTENTION_MMA_QUERIES / 16 * 32)

#endif
