/* panels.h - weights in the order in which the CPU's GEMM reads them. */
#ifndef CI_PANELS_H
#define CI_PANELS_H

#include "base/device.h"
#include "run/plan.h"

/* Panels of a weight: [K, width] for every `width` columns, f32. */
struct clinfer_packed {
  cl_context cl; /* the context it is for; compared only */
  cl_device_id device;
  clinfer_weight source; /* what it was made from; compared only */
  clinfer_matrix panels;
};

/* The panels of w, without memory yet, as one matrix: K rows for every panel.
 */
clinfer_matrix ci_panels(const struct ci_device *device,
                         const clinfer_weight *w);

/* Append the step that packs w into `panels`. */
void ci_plan_pack(struct ci_plan *plan, const clinfer_weight *w,
                  clinfer_matrix panels);

#endif
