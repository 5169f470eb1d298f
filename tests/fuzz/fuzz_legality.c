/* fuzz_legality.c - what the header says of a call; nothing here is the
 * library's own check. */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_attempt.h"

/* Wide enough for any sum and product of two sizes. */
typedef unsigned __int128 wide;

static enum legality worse(enum legality a, enum legality b) {
  return a > b ? a : b;
}

static bool is_output(enum role role) { return role == Y || role == SECOND; }

static bool is_weight(enum role role) {
  return role == WEIGHT || role == WEIGHT_OUT;
}

static const struct operand *operand_of(const struct attempt *a,
                                        enum role role) {
  const size_t home = (size_t)case_home(&a->c, role);
  return a->present[role] ? &a->t.operands[home] : NULL;
}

static const struct operand *original_of(const struct attempt *a,
                                         enum role role) {
  return &a->original[case_home(&a->c, role)];
}

static bool same_view(clinfer_matrix a, clinfer_matrix b) {
  return a.mem == b.mem && a.offset == b.offset && a.rows == b.rows &&
         a.cols == b.cols && a.ld == b.ld && a.dtype == b.dtype;
}

static bool same_shape(clinfer_matrix a, clinfer_matrix b) {
  return a.rows == b.rows && a.cols == b.cols;
}

static bool is_empty(clinfer_matrix v) { return v.rows == 0 || v.cols == 0; }

/* ---- One operand */

static size_t buffer_size(const struct attempt *a, cl_mem mem) {
  for (enum role role = 0; role < ROLE_COUNT; role++)
    if (a->original[role].view.mem == mem) return a->original[role].size;
  return ATTEMPT_BUFFER;
}

static bool is_accessible(const struct attempt *a, enum role role, cl_mem mem) {
  if (mem == NULL || mem == a->other->read_only) return false;
  if (mem == a->world->read_only) return !is_output(role);
  if (mem != a->world->write_only) return true;
  /* A GEMM reads what was normalised. */
  return role == Y || (role == SECOND && !(op_uses(a->c.op) & USES(WEIGHT)));
}

static wide end_of(clinfer_matrix v) {
  return (v.offset + (wide)(v.rows - 1) * v.ld + v.cols) *
         clinfer_dtype_size(v.dtype);
}

static enum legality of_view(const struct attempt *a, enum role role,
                             clinfer_matrix v) {
  if (clinfer_dtype_size(v.dtype) == 0) return ILLEGAL;
  if (!attempt_is_vector(role) && v.ld < v.cols) return ILLEGAL;
  if (!is_accessible(a, role, v.mem)) return ILLEGAL;
  if ((wide)v.rows * v.cols > INT_MAX) return ILLEGAL; /* no buffer is so big */
  return end_of(v) > buffer_size(a, v.mem) ? ILLEGAL : LEGAL;
}

static enum legality of_operand(const struct attempt *a, enum role role) {
  const clinfer_matrix v = operand_of(a, role)->view,
                       was = original_of(a, role)->view;
  if (same_view(v, was)) return LEGAL;
  if (is_weight(role) && a->t.packed[role] != NULL) return ILLEGAL;
  /* Empty, or left out: what else it says may not be looked at. */
  if (is_empty(v)) return UNSURE;
  return of_view(a, role, v);
}

/* Every size of an operator stands in two operands at least, so that one which
 * changed alone fits no more. */
static enum legality of_shapes(const struct attempt *a) {
  size_t changed = 0;
  for (enum role role = 0; role < ROLE_COUNT; role++)
    if (a->present[role] &&
        !same_shape(operand_of(a, role)->view, original_of(a, role)->view)) {
      if (is_empty(operand_of(a, role)->view)) return UNSURE;
      changed++;
    }
  return changed == 0 ? LEGAL : changed == 1 ? ILLEGAL : UNSURE;
}

/* ---- Two operands, both within their buffers */

static void mark(unsigned char *bytes, clinfer_matrix v) {
  const size_t element = clinfer_dtype_size(v.dtype);
  for (size_t r = 0; r < v.rows; r++)
    memset(bytes + (v.offset + r * v.ld) * element, 1, v.cols * element);
}

static bool overlap(const struct attempt *a, clinfer_matrix v,
                    clinfer_matrix w) {
  const size_t size = buffer_size(a, v.mem);
  unsigned char *bytes[2] = {tool_alloc(size, 1), tool_alloc(size, 1)};
  bool both = false;
  mark(bytes[0], v), mark(bytes[1], w);
  for (size_t i = 0; i < size; i++) both |= bytes[0][i] && bytes[1][i];
  free(bytes[0]), free(bytes[1]);
  return both;
}

static bool may_share(const struct attempt *a, enum role out, enum role in) {
  return call_operand_in(a->t.call, out)->may_be & USES(in);
}

static enum legality of_pair(const struct attempt *a, enum role out,
                             enum role other) {
  clinfer_matrix v = operand_of(a, out)->view, w = operand_of(a, other)->view;
  if (is_empty(v) || is_empty(w) || v.mem != w.mem) return LEGAL;
  const size_t ev = clinfer_dtype_size(v.dtype),
               ew = clinfer_dtype_size(w.dtype);
  if (v.offset * ev >= end_of(w) || w.offset * ew >= end_of(v)) return LEGAL;
  if (!overlap(a, v, w)) return UNSURE; /* they interleave */
  if (v.rows == 1) v.ld = w.ld;
  return may_share(a, out, other) && same_view(v, w) ? LEGAL : ILLEGAL;
}

static enum legality of_pairs(const struct attempt *a) {
  enum legality all = LEGAL;
  for (enum role out = Y; out <= SECOND; out++)
    for (enum role other = 0; other < ROLE_COUNT; other++)
      if (other != out && a->present[out] && a->present[other])
        all = worse(all, of_pair(a, out, other));
  return all;
}

/* ---- All of it */

static bool parameters_are_good(const struct attempt *a) {
  const struct test_case *c = &a->c;
  if ((op_uses(c->op) & USES_ACT) && c->act > CLINFER_SIGMOID) return false;
  if ((op_uses(c->op) & USES_FORM) &&
      (c->form > CLINFER_RESIDUAL_PARALLEL || (int)c->mp < 1))
    return false;
  if ((op_uses(c->op) & USES(WEIGHT)) && c->wt > CLINFER_OUT_IN) return false;
  return a->exec.queue == a->world->s.queue && a->exec.wait_count == 0;
}

enum legality attempt_legality(const struct attempt *a) {
  if (!parameters_are_good(a)) return ILLEGAL;
  enum legality all = of_shapes(a);
  for (enum role role = 0; role < ROLE_COUNT; role++)
    if (a->present[role]) all = worse(all, of_operand(a, role));
  return all == ILLEGAL ? ILLEGAL : worse(all, of_pairs(a));
}
