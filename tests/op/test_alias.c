/* test_alias.c - operands that lie in one buffer: any overlap with an output is
 * refused, but for the same view where that is allowed; what lies apart works,
 * however close. */

#include "refusal.h"

#include <stdio.h>
#include <string.h>

/* So that every matrix of tokens has one shape. */
static const struct call_sizes sizes = {3, 6, 10, 6};
static const struct t_store store = {CLINFER_F32, 0, 0};
enum { ARENA = 1 << 16 };

static struct call make(const struct call_operator *op) {
  return call_make(op, refusal_ctx(), &sizes, store);
}

static clinfer_matrix view_of(struct call *c, size_t i) {
  const struct call_operand *o = &c->op->operands[i];
  if (o->kind != CALL_VECTOR) return *call_matrix(c, o);
  const clinfer_vector *v = call_vector(c, o);
  clinfer_matrix m = clinfer_matrix_of(v->mem, 1, v->size, v->dtype);
  m.offset = v->offset;
  return m;
}

static void set_view(struct call *c, size_t i, clinfer_matrix m) {
  const struct call_operand *o = &c->op->operands[i];
  if (o->kind == CALL_VECTOR)
    *call_vector(c, o) = (clinfer_vector){m.mem, m.offset, m.cols, m.dtype};
  else
    *call_matrix(c, o) = m;
}

static bool is_output(const struct call *c, size_t i) {
  return c->op->operands[i].kind == CALL_OUTPUT;
}

/* ---- Overlaps */

/* Elements from the first to behind the last. */
static size_t span(clinfer_matrix m) { return (m.rows - 1) * m.ld + m.cols; }

enum overlap {
  LAST_ELEMENT,
  FIRST_ELEMENT,
  SHIFTED,
  OTHER_LD,
  OTHER_DTYPE,
  NEXT_ROW
};

/* Where `m` overlaps an operand `of` at that place; false: it cannot so. */
static bool overlap_by(enum overlap how, clinfer_matrix *at,
                       clinfer_matrix *m) {
  const clinfer_matrix of = *at;
  m->mem = of.mem;
  m->offset = of.offset;
  switch (how) {
    case LAST_ELEMENT:
      m->offset += span(of) - 1;
      return true;
    case FIRST_ELEMENT:
      m->offset -= span(*m) - 1;
      return true;
    case SHIFTED:
      m->offset++;
      return span(of) > 1;
    case OTHER_LD:
      m->ld++;
      return true;
    case OTHER_DTYPE:
      m->dtype = CLINFER_F16;
      m->offset *= 2;
      return true;
    case NEXT_ROW: /* columns that go on in the other's next row */
      at->ld = m->ld = 16;
      m->offset += 15;
      return of.rows > 1;
  }
  return false;
}

static void refuse_pair(const struct call *good, size_t output, size_t other,
                        enum overlap how) {
  struct call bad = *good;
  char words[128];
  clinfer_matrix of = view_of(&bad, other), m = view_of(&bad, output);
  of.mem = refusal_buffer(good, CL_MEM_READ_WRITE, ARENA);
  of.offset = 1000;
  if (!overlap_by(how, &of, &m)) return;
  set_view(&bad, other, of);
  set_view(&bad, output, m);
  /* Of two outputs, either may be named first. */
  snprintf(words, sizeof words,
           is_output(good, other) ? "overlaps" : "%s overlaps %s",
           good->op->operands[output].name, good->op->operands[other].name);
  t_at("%s: %s, way %d", good->op->name, words, (int)how);
  refusal_require(&bad, good, (struct refusal){CLINFER_BAD_ALIAS, words});
}

struct way {
  const char *name;
  enum overlap how;
};
static const struct way ways[] = {
    {"overlap of the last element", LAST_ELEMENT},
    {"overlap of the first element", FIRST_ELEMENT},
    {"the same, an element on", SHIFTED},
    {"the same, but for ld", OTHER_LD},
    {"the same, but for the dtype", OTHER_DTYPE},
    {"columns that reach into the next row", NEXT_ROW},
};

static void refuses_overlap(void **state) {
  const struct way *way = *state;
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call good = make(call_operator_at(i));
    for (size_t output = 0; output < good.op->count; output++)
      for (size_t other = 0; other < good.op->count; other++)
        if (is_output(&good, output) && other != output) {
          refuse_pair(&good, output, other, way->how);
          refusal_release_buffers();
        }
    refusal_require_usable(&good);
    refusal_release();
  }
}

/* Two sub-buffers of one parent, of which one covers the other's end. */
static void overlapping_sub_buffers(void) {
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call good = make(call_operator_at(i));
    struct call bad = good;
    cl_mem parent = refusal_buffer(&good, CL_MEM_READ_WRITE, ARENA);
    const cl_buffer_region whole = {0, ARENA}, rest = {4096, ARENA - 4096};
    cl_mem a = clCreateSubBuffer(parent, CL_MEM_READ_WRITE,
                                 CL_BUFFER_CREATE_TYPE_REGION, &whole, NULL);
    cl_mem b = clCreateSubBuffer(parent, CL_MEM_READ_WRITE,
                                 CL_BUFFER_CREATE_TYPE_REGION, &rest, NULL);
    clinfer_matrix first = view_of(&bad, 0);
    first.mem = a;
    first.offset = 4096 / sizeof(float) - span(first) + 1;
    set_view(&bad, 0, first);
    bad.args.y.mem = b;
    t_at("%s", good.op->name);
    refusal_require(&bad, &good,
                    (struct refusal){CLINFER_BAD_ALIAS, "y overlaps"});
    clReleaseMemObject(a);
    clReleaseMemObject(b);
    refusal_release();
  }
}

/* ---- The same view */

static bool is_allowed(const struct call_operator *op, size_t output,
                       size_t other) {
  return op->operands[output].may_be & USES(op->operands[other].role);
}

static void same_view(const struct call *good, size_t output, size_t other) {
  struct call c = *good;
  const clinfer_matrix of = view_of(&c, other), m = view_of(&c, output);
  if (of.rows != m.rows || of.cols != m.cols) return;
  set_view(&c, output, of);
  t_at("%s: %s as %s", good->op->name, good->op->operands[output].name,
       good->op->operands[other].name);
  if (!is_allowed(good->op, output, other))
    refusal_require(&c, good, (struct refusal){CLINFER_BAD_ALIAS, "overlaps"});
  else
    T_OK(call_run(&c));
  for (size_t i = 0; i < good->op->count; i++)
    if (is_output(good, i))
      t_poison(good->made[i]);
    else
      t_write(good->made[i]);
}

static void same_views(void) {
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call good = make(call_operator_at(i));
    for (size_t output = 0; output < good.op->count; output++)
      for (size_t other = 0; other < good.op->count; other++)
        if (is_output(&good, output) && other != output)
          same_view(&good, output, other);
    refusal_release();
  }
}

/* The same view, though through two sub-buffers. */
static void same_view_of_sub_buffers(void) {
  const struct call good = make(call_operator_named("bias_activation"));
  struct call c = good;
  const cl_buffer_region region = {0, 4096};
  cl_mem parent = refusal_buffer(&good, CL_MEM_READ_WRITE, ARENA), sub[2];
  for (size_t i = 0; i < 2; i++)
    sub[i] = clCreateSubBuffer(parent, CL_MEM_READ_WRITE,
                               CL_BUFFER_CREATE_TYPE_REGION, &region, NULL);
  c.args.x.mem = sub[0];
  c.args.y.mem = sub[1];
  T_OK(call_run(&c));
  c.args.y.offset++;
  refusal_require(&c, &good,
                  (struct refusal){CLINFER_BAD_ALIAS, "y overlaps x"});
  clReleaseMemObject(sub[0]);
  clReleaseMemObject(sub[1]);
  refusal_release();
}

/* ---- Apart, but in one buffer: the result is that of separate buffers */

static void copy_rows(clinfer_matrix from, clinfer_matrix to) {
  const size_t element = sizeof(float);
  for (size_t r = 0; r < from.rows; r++)
    assert_int_equal(clEnqueueCopyBuffer(t_queue, from.mem, to.mem,
                                         (from.offset + r * from.ld) * element,
                                         (to.offset + r * to.ld) * element,
                                         from.cols * element, 0, NULL, NULL),
                     CL_SUCCESS);
}

static void move(struct call *c, size_t i, clinfer_matrix to) {
  copy_rows(view_of(c, i), to);
  set_view(c, i, to);
}

/* Run `moved`, and compare its outputs with those of `good`. */
static void require_same_result(const struct call *good, struct call *moved) {
  t_at("%s", good->op->name);
  T_OK(call_run(good));
  T_OK(call_run(moved));
  for (size_t i = 0; i < good->op->count; i++)
    if (is_output(good, i)) {
      struct t_matrix *copy = t_output(good->made[i]->view.rows,
                                       good->made[i]->view.cols, store);
      copy_rows(view_of(moved, i), copy->view);
      T_SAME(copy, good->made[i]);
    }
}

/* All matrices of tokens are columns of one wide matrix. */
static void interleaved(void) {
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call good = make(call_operator_at(i));
    struct call moved = good;
    cl_mem arena = refusal_buffer(&good, CL_MEM_READ_WRITE, ARENA);
    size_t column = 5;
    for (size_t o = 0; o < good.op->count; o++)
      if (good.op->operands[o].rows == CALL_TOKENS) {
        clinfer_matrix m = view_of(&moved, o);
        m.mem = arena, m.offset = column, m.ld = 8 * sizes.hidden;
        move(&moved, o, m);
        column += m.cols;
      }
    require_same_result(&good, &moved);
    refusal_release();
  }
}

/* Each operand starts where the one before ends. */
static void back_to_back(void) {
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call good = make(call_operator_at(i));
    struct call moved = good;
    cl_mem arena = refusal_buffer(&good, CL_MEM_READ_WRITE, ARENA);
    size_t end = 7;
    for (size_t o = 0; o < good.op->count; o++) {
      clinfer_matrix m = view_of(&moved, o);
      m.mem = arena, m.offset = end;
      move(&moved, o, m);
      end += span(m);
    }
    require_same_result(&good, &moved);
    refusal_release();
  }
}

static void disjoint_sub_buffers(void) {
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call good = make(call_operator_at(i));
    struct call moved = good;
    cl_mem arena = refusal_buffer(&good, CL_MEM_READ_WRITE, ARENA);
    cl_mem sub[CALL_MOST_OPERANDS];
    for (size_t o = 0; o < good.op->count; o++) {
      const cl_buffer_region region = {4096 * o, 4096};
      clinfer_matrix m = view_of(&moved, o);
      sub[o] = clCreateSubBuffer(arena, CL_MEM_READ_WRITE,
                                 CL_BUFFER_CREATE_TYPE_REGION, &region, NULL);
      assert_non_null(sub[o]);
      m.mem = sub[o];
      move(&moved, o, m);
    }
    require_same_result(&good, &moved);
    for (size_t o = 0; o < good.op->count; o++) clReleaseMemObject(sub[o]);
    refusal_release();
  }
}

static const struct t_single singles[] = {
    {"overlapping sub-buffers", overlapping_sub_buffers},
    {"the same view", same_views},
    {"the same view of two sub-buffers", same_view_of_sub_buffers},
    {"columns of one matrix", interleaved},
    {"back to back in one buffer", back_to_back},
    {"disjoint sub-buffers", disjoint_sub_buffers},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(refuses_overlap, ways),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "alias", tables, T_COUNT(tables));
}
