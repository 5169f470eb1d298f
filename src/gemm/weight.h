/* weight.h - weights: their check, and packing them for the CPU's GEMM. */
#ifndef CI_WEIGHT_H
#define CI_WEIGHT_H

#include "run/plan.h"

/* The sizes of a weight, whatever its layout. */
static inline size_t ci_weight_in(const clinfer_weight *w) {
  return w->layout == CLINFER_OUT_IN ? w->matrix.cols : w->matrix.rows;
}
static inline size_t ci_weight_out(const clinfer_weight *w) {
  return w->layout == CLINFER_OUT_IN ? w->matrix.rows : w->matrix.cols;
}

/* A [in, out] weight, whatever its layout. */
clinfer_status ci_check_weight(const clinfer_context *ctx, const char *name,
                               const clinfer_weight *w, size_t in, size_t out);

/* Panels of a weight: [K, width] for every `width` columns, f32. */
struct clinfer_packed {
  cl_context cl; /* the context it is for; compared only */
  cl_device_id device;
  clinfer_weight source; /* what it was made from; compared only */
  clinfer_matrix panels;
};

/* The panels of w, without memory yet, as one matrix: `width` columns, K rows
 * for every panel. */
clinfer_matrix ci_panels(const clinfer_weight *w, size_t width);

/* Append the step that packs w into `panels`. */
void ci_plan_pack(struct ci_plan *plan, const clinfer_weight *w,
                  clinfer_matrix panels);

#endif
