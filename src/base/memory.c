/* memory.c - buffers: whose they are, and whether two views of them meet. */

#include "base/memory.h"

#include "base/view.h"

static clinfer_status query(const char *name, cl_mem mem, cl_mem_info what,
                            size_t size, void *value) {
  return ci_cl_for(clGetMemObjectInfo(mem, what, size, value, NULL),
                   "clGetMemObjectInfo", name);
}

clinfer_status ci_check_memory(cl_context context, const char *name, cl_mem mem,
                               cl_mem_flags forbidden, size_t *size) {
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
  if (cl != context)
    return ci_fail(CLINFER_BAD_BUFFER, 0, "%s: buffer of another context",
                   name);
  if (flags & forbidden)
    return ci_fail(CLINFER_BAD_BUFFER, 0, "%s: the buffer is %s-only", name,
                   flags & forbidden & CL_MEM_READ_ONLY ? "read" : "write");
  return CLINFER_OK;
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

clinfer_status ci_find_relation(const char *name, clinfer_matrix a,
                                clinfer_matrix b, enum ci_relation *found) {
  struct ci_place at_a = {a.mem, a.mem, 0}, at_b = {b.mem, b.mem, 0};
  *found = CI_APART;
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
                 ? CI_SAME
                 : CI_OVERLAPPING;
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
