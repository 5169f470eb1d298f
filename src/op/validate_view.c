/* validate_view.c - refusing views before anything is enqueued. */

#include "op/validate_view.h"

#include <stdint.h>

#include "base/memory.h"
#include "base/view.h"
#include "op/validate.h"

/* Kernels count in 32 bits, and step beyond the end. */
enum { MOST = INT32_MAX };

/* A dimension of a view but the innermost, whose stride is 1. */
struct dimension {
  size_t size, stride;
};
enum { OUTER = 3 };

/* From the innermost to the outermost, as the view names them. */
static void list_dimensions(clinfer_view v, struct dimension d[OUTER]) {
  d[0] = (struct dimension){v.rows, v.row_stride};
  d[1] = (struct dimension){v.heads, v.head_stride};
  d[2] = (struct dimension){v.batch, v.batch_stride};
}

/* Elements from the first one's to the end of the last one; false if that
 * number, in bytes and from the start of the buffer, does not fit a size_t. */
static bool find_span(clinfer_view v, size_t *span) {
  const size_t most = SIZE_MAX / clinfer_dtype_size(v.dtype);
  struct dimension d[OUTER];
  list_dimensions(v, d);
  *span = v.cols;
  for (size_t i = 0; i < OUTER; i++) {
    const size_t steps = d[i].size - 1;
    if (steps > 0 && d[i].stride > (most - *span) / steps) return false;
    *span += steps * d[i].stride;
  }
  return v.offset <= most - *span;
}

/* Whether no two elements lie at the same place: each dimension steps over all
 * of the next smaller ones, in whichever order they are. */
static bool has_own_elements(clinfer_view v) {
  struct dimension d[OUTER];
  size_t extent = v.cols;
  list_dimensions(v, d);
  for (size_t done = 0; done < OUTER; done++) {
    size_t next = done;
    for (size_t i = done + 1; i < OUTER; i++)
      if (d[next].size == 1 || (d[i].size > 1 && d[i].stride < d[next].stride))
        next = i;
    const struct dimension smallest = d[next];
    d[next] = d[done];
    if (smallest.size == 1) continue;
    if (smallest.stride < extent) return false;
    extent += (smallest.size - 1) * smallest.stride;
  }
  return true;
}

static clinfer_status check_geometry(const char *name, clinfer_view v) {
  if (clinfer_dtype_size(v.dtype) == 0)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "%s: %d is no dtype", name,
                   (int)v.dtype);
  if (v.batch > MOST || v.heads > MOST || v.rows > MOST || v.cols > MOST)
    return ci_fail(CLINFER_UNSUPPORTED, 0, "%s: a size of more than 2^31 - 1",
                   name);
  if (v.rows > 1 && v.row_stride > 0 && v.row_stride < v.cols)
    return ci_fail(CLINFER_BAD_SHAPE, 0,
                   "%s: row_stride %zu is less than cols %zu", name,
                   v.row_stride, v.cols);
  return CLINFER_OK;
}

static clinfer_status check_view(const clinfer_context *ctx, const char *name,
                                 clinfer_view v, cl_mem_flags forbidden) {
  size_t size, span;
  CI_TRY(check_geometry(name, v));
  if (ci_is_empty_view(v)) return CLINFER_OK;
  CI_TRY(ci_check_memory(clinfer_context_cl(ctx), name, v.mem, forbidden,
                         &size));
  if (find_span(v, &span) &&
      (v.offset + span) * clinfer_dtype_size(v.dtype) <= size)
    return CLINFER_OK;
  return ci_fail(CLINFER_BAD_BUFFER, 0,
                 "%s: [%zu, %zu, %zu, %zu], strides %zu, %zu, %zu, offset %zu, "
                 "do not fit into %zu bytes",
                 name, v.batch, v.heads, v.rows, v.cols, v.batch_stride,
                 v.head_stride, v.row_stride, v.offset, size);
}

clinfer_status ci_check_input_view(const clinfer_context *ctx, const char *name,
                                   clinfer_view v) {
  return check_view(ctx, name, v, CL_MEM_WRITE_ONLY);
}

clinfer_status ci_check_output_view(const clinfer_context *ctx,
                                    const char *name, clinfer_view v) {
  CI_TRY(check_view(ctx, name, v, CL_MEM_READ_ONLY));
  if (ci_is_empty_view(v) || has_own_elements(v)) return CLINFER_OK;
  return ci_fail(CLINFER_BAD_SHAPE, 0,
                 "%s: strides %zu, %zu, %zu let elements of [%zu, %zu, %zu, "
                 "%zu] overlap",
                 name, v.batch_stride, v.head_stride, v.row_stride, v.batch,
                 v.heads, v.rows, v.cols);
}

clinfer_status ci_check_view_shape(const char *name, clinfer_view v,
                                   size_t batch, size_t heads, size_t rows,
                                   size_t cols) {
  if (v.batch == batch && v.heads == heads && v.rows == rows && v.cols == cols)
    return CLINFER_OK;
  return ci_fail(CLINFER_BAD_SHAPE, 0,
                 "%s is [%zu, %zu, %zu, %zu]; it must be [%zu, %zu, %zu, %zu]",
                 name, v.batch, v.heads, v.rows, v.cols, batch, heads, rows,
                 cols);
}

clinfer_status ci_check_index(const clinfer_context *ctx, const char *name,
                              clinfer_index index, size_t count) {
  size_t size;
  if (index.mem == NULL || count == 0) return CLINFER_OK;
  CI_TRY(ci_check_memory(clinfer_context_cl(ctx), name, index.mem,
                         CL_MEM_WRITE_ONLY, &size));
  const size_t room = size / sizeof(cl_int);
  if (index.offset <= room && count <= room - index.offset) return CLINFER_OK;
  return ci_fail(CLINFER_BAD_BUFFER, 0,
                 "%s: %zu numbers, offset %zu, do not fit into %zu bytes", name,
                 count, index.offset, size);
}

/* The matrix that has exactly the view's elements, if heads lie side by side in
 * its rows, or all rows at one distance; else one row from the first element to
 * the last. */
static clinfer_matrix cover(clinfer_view v) {
  size_t span = 0;
  clinfer_matrix m = {.mem = v.mem, .offset = v.offset, .dtype = v.dtype};
  if (ci_is_empty_view(v)) return m;
  const bool rows_go_on = v.batch == 1 ||
                          v.batch_stride == v.rows * v.row_stride;
  const bool is_stacked = (v.heads == 1 ||
                           v.head_stride == v.rows * v.row_stride) &&
                          (v.batch == 1 ||
                           v.batch_stride == v.heads * v.rows * v.row_stride);
  m.ld = v.row_stride;
  if (is_stacked) {
    m.rows = v.batch * v.heads * v.rows, m.cols = v.cols;
  } else if (rows_go_on && v.head_stride == v.cols) {
    m.rows = v.batch * v.rows, m.cols = v.heads * v.cols;
  } else {
    find_span(v, &span);
    m.rows = 1, m.cols = m.ld = span;
  }
  return m;
}

clinfer_status ci_check_apart_view(const char *y_name, clinfer_view y,
                                   const char *name, clinfer_view operand) {
  return ci_check_apart(y_name, cover(y), name, cover(operand),
                        CI_SAME_REFUSED);
}

clinfer_status ci_check_apart_index(const char *y_name, clinfer_view y,
                                    const char *name, clinfer_index index,
                                    size_t count) {
  const clinfer_matrix numbers = {index.mem, index.offset, index.mem ? 1 : 0,
                                  count,     count,        CLINFER_F32};
  return ci_check_apart(y_name, cover(y), name, numbers, CI_SAME_REFUSED);
}
