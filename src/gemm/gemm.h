/* gemm.h - what the implementations of GEMMs share. */
#ifndef CI_GEMM_H
#define CI_GEMM_H

#include "choose/implementation.h"

#define CI_DECLARE_GEMM(id, name) \
  extern const struct ci_implementation ci_##name;
CI_SPECIAL_GEMM_MAP(CI_DECLARE_GEMM)
#undef CI_DECLARE_GEMM
extern const struct ci_implementation ci_gemm_clblast, ci_gemm_tiled,
    ci_gemm_reference;

/* With the normalisation before it: in one kernel, and in steps for each. */
extern const struct ci_implementation ci_gemm_skinny_normalised,
    ci_gemm_in_steps;

clinfer_status ci_plan_gemm(struct ci_plan *plan, const struct ci_gemm *gemm);
clinfer_status ci_plan_normalised_gemm(struct ci_plan *plan,
                                       const struct ci_normalised_gemm *both);

/* What GEMM kernels take as options besides those of ci_gemm_args: the layout
 * of w; the storage types of a and w as well. */
void ci_layout_options(struct ci_step *step, const struct ci_gemm *gemm);
void ci_gemm_options(struct ci_step *step, const struct ci_gemm *gemm);

/* What every GEMM kernel takes as arguments: the operands and M, N, K; and with
 * them, as options, what is done to the sums and how c is stored. */
void ci_gemm_args(struct ci_step *step, const struct ci_gemm *gemm);

/* Whether a and w are of one type of two bytes, which matrix units multiply as
 * it is. */
bool ci_is_narrow(const struct ci_gemm *gemm);

/* Bytes, 16 at most, that divide the addresses of the first elements of all
 * rows of m: kernels move so many at once. Of a vector, only dtype and offset
 * count. */
size_t ci_alignment(const struct ci_device *device, clinfer_matrix m);

/* Arguments of a kernel whose tiles several work-groups share: room for the
 * `elements` floats that each of `shares` groups hands over of each of `tiles`,
 * and `counters` words a tile to count those that have, see last_group.cl. */
void ci_arg_shared_tiles(struct ci_plan *plan, struct ci_step *step,
                         size_t tiles, size_t shares, size_t elements,
                         size_t counters);

#endif
