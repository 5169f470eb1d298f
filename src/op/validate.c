/* validate.c - refusing operands before anything is enqueued. */

#include "op/validate.h"

#include "base/memory.h"
#include "base/types.h"

#include <math.h>
#include <stdint.h>

/* Kernels count rows and columns in 32 bits, and step beyond the end. */
enum { MOST_ROWS_OR_COLS = INT32_MAX };

/* Elements from the start of the buffer to the view's end; false if that
 * number, in bytes, does not fit a size_t. */
static bool end_of(clinfer_matrix m, size_t *elements) {
  const size_t most = SIZE_MAX / clinfer_dtype_size(m.dtype);
  if (m.cols > most) return false;
  if (m.rows > 1 && m.ld > (most - m.cols) / (m.rows - 1)) return false;
  const size_t span = (m.rows - 1) * m.ld + m.cols;
  if (span > most || m.offset > most - span) return false;
  *elements = m.offset + span;
  return true;
}

static clinfer_status check_geometry(const char *name, clinfer_matrix m) {
  if (clinfer_dtype_size(m.dtype) == 0)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "%s: %d is no dtype", name,
                   (int)m.dtype);
  if (m.ld < m.cols)
    return ci_fail(CLINFER_BAD_SHAPE, 0, "%s: ld %zu is less than cols %zu",
                   name, m.ld, m.cols);
  if (m.rows > MOST_ROWS_OR_COLS || m.cols > MOST_ROWS_OR_COLS)
    return ci_fail(CLINFER_UNSUPPORTED, 0,
                   "%s: more than 2^31 - 1 rows or columns", name);
  return CLINFER_OK;
}

static clinfer_status check_buffer(const clinfer_context *ctx, const char *name,
                                   clinfer_matrix m, cl_mem_flags forbidden) {
  size_t size, elements;
  CI_TRY(ci_check_memory(clinfer_context_cl(ctx), name, m.mem, forbidden,
                         &size));
  if (!end_of(m, &elements) || elements * clinfer_dtype_size(m.dtype) > size)
    return ci_fail(CLINFER_BAD_BUFFER, 0,
                   "%s: %zu rows of %zu, ld %zu, offset %zu, do not fit into "
                   "%zu bytes",
                   name, m.rows, m.cols, m.ld, m.offset, size);
  return CLINFER_OK;
}

static clinfer_status check_matrix(const clinfer_context *ctx, const char *name,
                                   clinfer_matrix m, cl_mem_flags forbidden) {
  CI_TRY(check_geometry(name, m));
  return ci_is_empty(m) ? CLINFER_OK : check_buffer(ctx, name, m, forbidden);
}

clinfer_status ci_check_input(const clinfer_context *ctx, const char *name,
                              clinfer_matrix m) {
  return check_matrix(ctx, name, m, CL_MEM_WRITE_ONLY);
}

clinfer_status ci_check_output(const clinfer_context *ctx, const char *name,
                               clinfer_matrix m) {
  return check_matrix(ctx, name, m, CL_MEM_READ_ONLY);
}

clinfer_status ci_check_shape(const char *name, clinfer_matrix m, size_t rows,
                              size_t cols) {
  if (m.rows == rows && m.cols == cols) return CLINFER_OK;
  return ci_fail(CLINFER_BAD_SHAPE, 0, "%s is %zu x %zu; it must be %zu x %zu",
                 name, m.rows, m.cols, rows, cols);
}

/* A vector as the only row of a matrix. */
static clinfer_matrix row_of(clinfer_vector v) {
  clinfer_matrix m = clinfer_matrix_of(v.mem, 1, v.size, v.dtype);
  m.offset = v.offset;
  return m;
}

clinfer_status ci_check_vector(const clinfer_context *ctx, const char *name,
                               clinfer_vector v, size_t size) {
  if (!ci_has_vector(v)) return CLINFER_OK;
  if (v.size != size)
    return ci_fail(CLINFER_BAD_SHAPE, 0,
                   "%s has %zu elements; it must have %zu", name, v.size, size);
  return size == 0 ? CLINFER_OK : ci_check_input(ctx, name, row_of(v));
}

clinfer_status ci_check_norm(const clinfer_context *ctx,
                             const clinfer_norm *norm, size_t hidden) {
  if (norm == NULL) return ci_fail(CLINFER_BAD_ARGUMENT, 0, "norm is NULL");
  if (!(norm->eps >= 0.0f) || !isfinite(norm->eps))
    return ci_fail(CLINFER_BAD_ARGUMENT, 0,
                   "norm.eps must be finite and not negative");
  CI_TRY(ci_check_vector(ctx, "norm.gamma", norm->gamma, hidden));
  return ci_check_vector(ctx, "norm.beta", norm->beta, hidden);
}

clinfer_status ci_check_activation(clinfer_activation activation) {
  if (ci_is_activation(activation)) return CLINFER_OK;
  return ci_fail(CLINFER_BAD_ARGUMENT, 0, "%d is no activation",
                 (int)activation);
}

clinfer_status ci_find_in_place(const struct ci_normalise *n, bool *in_place) {
  const clinfer_matrix inputs[] = {n->x, n->residual};
  *in_place = false;
  for (size_t i = 0; i < 2 && n->y.mem != NULL && !*in_place; i++) {
    enum ci_relation found;
    CI_TRY(ci_find_relation("normalised", n->y, inputs[i], &found));
    *in_place = found != CI_APART;
  }
  return CLINFER_OK;
}

clinfer_status ci_check_apart(const char *y_name, clinfer_matrix y,
                              const char *name, clinfer_matrix operand,
                              enum ci_same same) {
  enum ci_relation found;
  CI_TRY(ci_find_relation(name, y, operand, &found));
  if (found == CI_APART || (found == CI_SAME && same == CI_SAME_ALLOWED))
    return CLINFER_OK;
  return ci_fail(CLINFER_BAD_ALIAS, 0, "%s overlaps %s", y_name, name);
}

clinfer_status ci_check_apart_vector(const char *y_name, clinfer_matrix y,
                                     const char *name, clinfer_vector operand) {
  return ci_check_apart(y_name, y, name, row_of(operand), CI_SAME_REFUSED);
}

clinfer_status ci_check_apart_norm(const char *y_name, clinfer_matrix y,
                                   const clinfer_norm *norm) {
  CI_TRY(ci_check_apart_vector(y_name, y, "norm.gamma", norm->gamma));
  return ci_check_apart_vector(y_name, y, "norm.beta", norm->beta);
}
