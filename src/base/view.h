/* view.h - what can be told of a matrix or a vector by looking at it. */
#ifndef CI_VIEW_H
#define CI_VIEW_H

#include "base/status.h"

/* Anything but {0}. */
static inline bool ci_has_vector(clinfer_vector v) {
  return v.mem != NULL || v.size != 0;
}
static inline bool ci_has_matrix(clinfer_matrix m) {
  return m.mem != NULL || m.rows != 0 || m.cols != 0;
}
static inline bool ci_is_empty(clinfer_matrix m) {
  return m.rows == 0 || m.cols == 0;
}

/* The columns of the product of which an epilogue makes `cols`. */
static inline size_t ci_product_cols(const clinfer_epilogue *e, size_t cols) {
  return e->gated ? 2 * cols : cols;
}

/* The sizes of a weight, whatever its layout. */
static inline size_t ci_weight_in(const clinfer_weight *w) {
  return w->layout == CLINFER_OUT_IN ? w->matrix.cols : w->matrix.rows;
}
static inline size_t ci_weight_out(const clinfer_weight *w) {
  return w->layout == CLINFER_OUT_IN ? w->matrix.rows : w->matrix.cols;
}

/* Whether a weight is so large that it is one of many, which push it out of a
 * GPU's cache until its turn comes again. */
static inline bool ci_outgrows_cache(clinfer_matrix w) {
  /* Of an L2 cache of 50 MB, the largest there was when this was measured. */
  enum { LARGE = 16 << 20 };
  return w.rows > 0 && w.cols > LARGE / clinfer_dtype_size(w.dtype) / w.rows;
}

#endif
