/* matrix_units.cl - the matrix units of AMD's and Intel's GPUs, which a
 * sub-group of LANES work-items uses together.
 *
 *   UNITS  mfma:   AMD CDNA 2 and 3, sub-groups of 64
 *          wmma:   AMD RDNA 3, sub-groups of 32
 *          dpas8:  Intel Xe-HPG, sub-groups of 8
 *          dpas16: Intel Xe-HPC, sub-groups of 16
 *   A_TYPE  of a and w: f16 or bf16
 *   LINE   elements from one row or column of a slice to the next
 *
 * A unit adds the product of a block of a, UNIT_M rows of UNIT_K elements, and of
 * a block of w, UNIT_N columns of as many, to a block of floats. Each lane holds
 * a part of each block: a_part, w_part and unit_sums. The slices that blocks are
 * loaded from lie along K, 16 bytes aligned:
 *
 *   load_a(p, lane)  the lane's part of the block of a whose corner is at p
 *   load_w(p, lane)  the lane's part of the block of w whose corner is at p
 *   UNIT_SUMS        sums of the block that a lane holds
 *   ROW_OF(lane, i)  the row in the block of the lane's sum i
 *   COL_OF(lane)     the column of all its sums
 *   MULTIPLY_ADD     see unit_instructions.cl
 */
#if !(defined UNITS && defined A_TYPE && defined LINE)
#error "lib/matrix_units.cl: a macro is missing"
#endif
#include "lib/storage.cl" /* CAT */

#define UNITS_mfma 1
#define UNITS_wmma 2
#define UNITS_dpas8 3
#define UNITS_dpas16 4
#define UNITS_ARE(kind) (CAT(UNITS_, UNITS) == UNITS_##kind)

#if UNITS_ARE(mfma)

#define LANES 64
#define UNIT_M 32
#define UNIT_N 32
#define UNIT_K 8
#define UNIT_SUMS 16
typedef ushort4 a_part, w_part;
#define ROW_OF(lane, i) ((i) / 4 * 8 + (lane) / 32 * 4 + (i) % 4)
#define COL_OF(lane) ((lane) % 32)

static a_part load_a(__local const ushort *p, uint lane) {
  return *(__local const ushort4 *)(p + lane % 32 * LINE + lane / 32 * 4);
}
#define load_w load_a

#elif UNITS_ARE(wmma)

#define LANES 32
#define UNIT_M 16
#define UNIT_N 16
#define UNIT_K 16
#define UNIT_SUMS 8
typedef ushort16 a_part, w_part;
#define ROW_OF(lane, i) ((i)*2 + (lane) / 16)
#define COL_OF(lane) ((lane) % 16)

/* Both halves of the sub-group hold the same. */
static a_part load_a(__local const ushort *p, uint lane) {
  __local const ushort8 *line = (__local const ushort8 *)(p + lane % 16 * LINE);
  return (ushort16)(line[0], line[1]);
}
#define load_w load_a

#else

#if UNITS_ARE(dpas8)
#define LANES 8
typedef uint8 a_part; /* two neighbours of each row */
#else
#define LANES 16
typedef ushort8 a_part; /* one element of each row */
#endif
#define UNIT_M 8
#define UNIT_N LANES
#define UNIT_K 16
#define UNIT_SUMS 8
typedef uint8 w_part;
#define ROW_OF(lane, i) (i)
#define COL_OF(lane) (lane)

#if UNITS_ARE(dpas8)
#define A_WORD(row) ((__local const uint *)(p + (row)*LINE))[lane]
#else
#define A_WORD(row) p[(row)*LINE + lane]
#endif
static a_part load_a(__local const ushort *p, uint lane) {
  return (a_part)(A_WORD(0), A_WORD(1), A_WORD(2), A_WORD(3), A_WORD(4),
                  A_WORD(5), A_WORD(6), A_WORD(7));
}

static w_part load_w(__local const ushort *p, uint lane) {
  __local const uint4 *line = (__local const uint4 *)(p + lane * LINE);
  return (uint8)(line[0], line[1]);
}

#endif

typedef CAT(float, UNIT_SUMS) unit_sums;

#include "lib/unit_instructions.cl"
