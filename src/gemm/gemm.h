/* gemm.h - planning c = activation(a w + bias). */
#ifndef CI_GEMM_H
#define CI_GEMM_H

#include "row/rows.h"

/* Append the steps of the provider that computes it best. */
clinfer_status ci_plan_gemm(struct ci_plan *plan, const struct ci_gemm *gemm);

/* Likewise for c = activation(n.y w + bias), whatever `gemm` has as a. With
 * n.y.mem NULL, only its shape and dtype count: it is not wanted elsewhere. */
clinfer_status ci_plan_normalised_gemm(struct ci_plan *plan,
                                       struct ci_normalise n,
                                       struct ci_gemm gemm);

/* A way to compute a GEMM. */
enum { CI_ANY_VARIANT = -1 };
struct ci_gemm_provider {
  enum ci_provider id;
  bool (*supports)(const clinfer_context *ctx, const struct ci_gemm *gemm);
  /* `variant`: an index into `variants`, or CI_ANY_VARIANT for the one that
   * suits the shape. CLINFER_UNSUPPORTED, with no step and no last error, if
   * that very variant cannot do it: tables of measurements make that common. */
  clinfer_status (*plan)(struct ci_plan *plan, const struct ci_gemm *gemm,
                         int variant);
  /* One step that normalises as well; *planned false, and no step, if it
   * cannot. NULL: it never can. */
  clinfer_status (*plan_normalised)(struct ci_plan *plan,
                                    const struct ci_normalise *n,
                                    const struct ci_gemm *gemm, bool *planned);
  const char *const *variants; /* names, then NULL; NULL: there is only one */
  bool must_prove; /* right on the device before it is used: self_test.h */
};
extern const struct ci_gemm_provider ci_gemm_cpu, ci_gemm_wgmma, ci_gemm_mma,
    ci_gemm_units, ci_gemm_skinny, ci_gemm_local, ci_gemm_clblast,
    ci_gemm_tiled, ci_gemm_reference;

/* Likewise with the first of `list` that is usable. Its last one supports
 * everything and need not prove itself. */
clinfer_status ci_plan_gemm_by(const struct ci_gemm_provider *const *list,
                               struct ci_plan *plan,
                               const struct ci_gemm *gemm);

/* NULL if it computes something else. */
const struct ci_gemm_provider *ci_gemm_provider(enum ci_provider id);

/* What GEMM kernels take as options: what is done to the sums and how c is
 * stored; with the layout of w; with the storage types of a and w as well. */
void ci_result_options(struct ci_step *step, const struct ci_gemm *gemm);
void ci_layout_options(struct ci_step *step, const struct ci_gemm *gemm);
void ci_gemm_options(struct ci_step *step, const struct ci_gemm *gemm);

/* What every GEMM kernel takes as arguments: the operands and M, N, K. */
void ci_gemm_args(struct ci_step *step, const struct ci_gemm *gemm);

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
