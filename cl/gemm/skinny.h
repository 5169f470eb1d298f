/* skinny.h - what the host knows of gemm/skinny.cl and
 * gemm/skinny_normalised.cl. */
#ifndef CL_GEMM_SKINNY_H
#define CL_GEMM_SKINNY_H

/* Work-items in a group: a power of two, at least the group's columns. */
#define GROUP 256

/* Bytes of local memory in which the sums of `rows` rows meet, and those that
 * the normalisation takes for its own sums: two pairs of floats a work-item. */
#define MEETING_BYTES(rows) (4 * GROUP * (8 + (rows)))
#define NORM_SUMS_BYTES (4 * GROUP * 4)

#endif
