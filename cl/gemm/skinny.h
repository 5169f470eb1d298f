/* skinny.h - what the host knows of gemm/skinny.cl and
 * gemm/skinny_normalised.cl. */
#ifndef CL_GEMM_SKINNY_H
#define CL_GEMM_SKINNY_H

/* Work-items in a group: a power of two, at least the group's columns. */
#define SKINNY_GROUP 256

/* Bytes of local memory in which the sums of `rows` rows meet, and those that
 * the normalisation takes for its own sums: two pairs of floats a work-item. */
#define SKINNY_MEETING_BYTES(rows) (4 * SKINNY_GROUP * (8 + (rows)))
#define SKINNY_NORM_BYTES (4 * SKINNY_GROUP * 4)

#endif
