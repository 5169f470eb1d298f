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

static inline bool ci_has_view(clinfer_view v) {
  return v.mem != NULL || v.batch != 0 || v.heads != 0 || v.rows != 0 ||
         v.cols != 0;
}
static inline bool ci_is_empty_view(clinfer_view v) {
  return v.batch == 0 || v.heads == 0 || v.rows == 0 || v.cols == 0;
}

/* Elements from the start of the buffer to the end of the last row, with what
 * lies between it and a next one. */
static inline size_t ci_view_end(clinfer_view v) {
  if (ci_is_empty_view(v)) return v.offset;
  return v.offset + (v.batch - 1) * v.batch_stride +
         (v.heads - 1) * v.head_stride + (v.rows - 1) * v.row_stride +
         (v.row_stride > v.cols ? v.row_stride : v.cols);
}

/* The offset of row i, of all that the view's matrices have. */
static inline size_t ci_view_row(clinfer_view v, size_t i) {
  return v.offset + i / v.rows / v.heads * v.batch_stride +
         i / v.rows % v.heads * v.head_stride + i % v.rows * v.row_stride;
}
static inline size_t ci_view_rows(clinfer_view v) {
  return v.batch * v.heads * v.rows;
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
