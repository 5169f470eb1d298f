/* weight.h - weights packed for the CPU's GEMM. */
#ifndef CI_WEIGHT_H
#define CI_WEIGHT_H

#include "plan.h"

/* Panels of a weight: [K, width] for every `width` columns, f32. */
struct clinfer_packed {
  cl_context cl; /* the context it is for; compared only */
  cl_device_id device;
  cl_mem mem;
  size_t in, out, width;
};

/* Whether w->packed was made for this context from a matrix of this shape. */
bool ci_packed_fits(const clinfer_context *ctx, const clinfer_weight *w);

/* The panels as one matrix: `width` columns, K rows for every panel. */
size_t ci_panel_rows(size_t in, size_t out, size_t width);

/* Append the step that packs w into `panels`. */
void ci_plan_pack(struct ci_plan *plan, const clinfer_weight *w,
                  clinfer_matrix panels);

#endif
