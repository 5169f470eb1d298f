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

#endif
