/* validate.c - refusing operands before anything is enqueued. */

#include "op/validate.h"

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

static clinfer_status query(const char *name, cl_mem mem, cl_mem_info what,
                            size_t size, void *value) {
  return ci_cl_for(clGetMemObjectInfo(mem, what, size, value, NULL),
                   "clGetMemObjectInfo", name);
}

clinfer_status ci_check_memory(const clinfer_context *ctx, const char *name,
                               cl_mem mem, cl_mem_flags forbidden,
                               size_t *size) {
  cl_mem_object_type type;
  cl_context cl;
  cl_mem_flags flags;
  if (mem == NULL)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "%s: the buffer is NULL", name);
  CI_TRY(query(name, mem, CL_MEM_TYPE, sizeof type, &type));
  CI_TRY(query(name, mem, CL_MEM_CONTEXT, sizeof cl, &cl));
  CI_TRY(query(name, mem, CL_MEM_FLAGS, sizeof flags, &flags));
  CI_TRY(query(name, mem, CL_MEM_SIZE, sizeof *size, size));
  if (type != CL_MEM_OBJECT_BUFFER)
    return ci_fail(CLINFER_BAD_BUFFER, 0, "%s: this is no buffer", name);
  if (cl != ctx->cl)
    return ci_fail(CLINFER_BAD_BUFFER, 0, "%s: buffer of another context",
                   name);
  if (flags & forbidden)
    return ci_fail(CLINFER_BAD_BUFFER, 0, "%s: the buffer is %s-only", name,
                   flags & forbidden & CL_MEM_READ_ONLY ? "read" : "write");
  return CLINFER_OK;
}

static clinfer_status check_buffer(const clinfer_context *ctx, const char *name,
                                   clinfer_matrix m, cl_mem_flags forbidden) {
  size_t size, elements;
  CI_TRY(ci_check_memory(ctx, name, m.mem, forbidden, &size));
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

/* The bytes of a view, within the buffer that all sub-buffers are part of. */
struct span {
  size_t begin, end; /* first byte, and behind the last */
  size_t width, ld;  /* of a row; ld 0: there is only one row */
};

/* `origin`: the first byte of m.mem there. */
static struct span span_of(clinfer_matrix m, size_t origin) {
  const size_t element = clinfer_dtype_size(m.dtype);
  struct span s = {.begin = origin + m.offset * element,
                   .width = m.cols * element,
                   .ld = m.rows == 1 ? 0 : m.ld * element};
  s.end = s.begin + (m.rows - 1) * s.ld + s.width;
  return s;
}

/* Two sets of columns of one wide matrix interleave without overlapping; so
 * does a single row in the padding of others. */
static bool columns_apart(const struct span *a, const struct span *b) {
  const size_t ld = a->ld ? a->ld : b->ld;
  if (ld == 0 || (b->ld != 0 && b->ld != ld)) return false;
  const size_t distance = a->begin <= b->begin
                              ? (b->begin - a->begin) % ld
                              : ld - (a->begin - b->begin) % ld;
  return distance >= a->width && distance + b->width <= ld;
}

static bool overlap(const struct span *a, const struct span *b) {
  return a->begin < b->end && b->begin < a->end && !columns_apart(a, b);
}

clinfer_status ci_find_place(const char *name, cl_mem mem,
                             struct ci_place *at) {
  cl_mem parent;
  *at = (struct ci_place){mem, mem, 0};
  CI_TRY(query(name, mem, CL_MEM_ASSOCIATED_MEMOBJECT, sizeof parent, &parent));
  if (parent == NULL) return CLINFER_OK;
  at->buffer = parent;
  return query(name, mem, CL_MEM_OFFSET, sizeof at->origin, &at->origin);
}

enum relation { APART, SAME, OVERLAPPING };

static clinfer_status find_relation(const char *name, clinfer_matrix a,
                                    clinfer_matrix b, enum relation *found) {
  struct ci_place at_a = {a.mem, a.mem, 0}, at_b = {b.mem, b.mem, 0};
  *found = APART;
  if (ci_is_empty(a) || ci_is_empty(b)) return CLINFER_OK;
  if (a.mem != b.mem) {
    CI_TRY(ci_find_place(name, a.mem, &at_a));
    CI_TRY(ci_find_place(name, b.mem, &at_b));
  }
  if (at_a.buffer != at_b.buffer) return CLINFER_OK;
  const struct span in_a = span_of(a, at_a.origin),
                    in_b = span_of(b, at_b.origin);
  if (overlap(&in_a, &in_b))
    *found = in_a.begin == in_b.begin && in_a.end == in_b.end &&
                     in_a.ld == in_b.ld && a.dtype == b.dtype
                 ? SAME
                 : OVERLAPPING;
  return CLINFER_OK;
}

clinfer_status ci_overlap(const char *name, clinfer_matrix a, clinfer_matrix b,
                          bool *overlaps) {
  enum relation found;
  CI_TRY(find_relation(name, a, b, &found));
  *overlaps = found != APART;
  return CLINFER_OK;
}

clinfer_status ci_share_memory(const char *name, const struct ci_place *a,
                               cl_mem mem, bool *shared) {
  struct ci_place b;
  size_t size_a, size_b;
  CI_TRY(ci_find_place(name, mem, &b));
  *shared = a->buffer == b.buffer;
  if (!*shared) return CLINFER_OK; /* as nearly always, by one question */
  CI_TRY(query(name, a->mem, CL_MEM_SIZE, sizeof size_a, &size_a));
  CI_TRY(query(name, b.mem, CL_MEM_SIZE, sizeof size_b, &size_b));
  *shared = a->origin < b.origin + size_b && b.origin < a->origin + size_a;
  return CLINFER_OK;
}

clinfer_status ci_check_apart(const char *y_name, clinfer_matrix y,
                              const char *name, clinfer_matrix operand,
                              enum ci_same same) {
  enum relation found;
  CI_TRY(find_relation(name, y, operand, &found));
  if (found == APART || (found == SAME && same == CI_SAME_ALLOWED))
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
