/* test_misused_operands.c - an operand that is wrong is refused, whichever of
 * whichever operator it is, and named. */

#include "refusal.h"

#include <string.h>

struct operand_fault {
  const char *name;
  /* False: this operand cannot be wrong in this way. */
  bool (*spoil)(struct call *c, const struct call_operand *o);
  clinfer_status status;
  bool shape; /* the message may name another operand that does not fit */
};

static bool is_vector(const struct call_operand *o) {
  return o->kind == CALL_VECTOR;
}

static cl_mem *mem_of(struct call *c, const struct call_operand *o) {
  return is_vector(o) ? &call_vector(c, o)->mem : &call_matrix(c, o)->mem;
}

static size_t *offset_of(struct call *c, const struct call_operand *o) {
  return is_vector(o) ? &call_vector(c, o)->offset : &call_matrix(c, o)->offset;
}

static clinfer_dtype *dtype_of(struct call *c, const struct call_operand *o) {
  return is_vector(o) ? &call_vector(c, o)->dtype : &call_matrix(c, o)->dtype;
}

/* Bytes from the buffer's start to the operand's end. */
static size_t bytes_of(struct call *c, const struct call_operand *o) {
  const clinfer_vector *v = call_vector(c, o);
  const clinfer_matrix *m = call_matrix(c, o);
  if (is_vector(o)) return (v->offset + v->size) * clinfer_dtype_size(v->dtype);
  return (m->offset + (m->rows - 1) * m->ld + m->cols) *
         clinfer_dtype_size(m->dtype);
}

static bool no_buffer(struct call *c, const struct call_operand *o) {
  *mem_of(c, o) = NULL;
  return true;
}

static bool left_out(struct call *c, const struct call_operand *o) {
  if (is_vector(o)) return false;
  *call_matrix(c, o) = clinfer_no_matrix();
  return o->role != SECOND &&
         !(o->role == RESIDUAL && !strcmp(c->op->function, "linear_epilogue"));
}

static bool dtype_0(struct call *c, const struct call_operand *o) {
  *dtype_of(c, o) = (clinfer_dtype)0;
  return true;
}
static bool dtype_minus_1(struct call *c, const struct call_operand *o) {
  *dtype_of(c, o) = (clinfer_dtype)-1;
  return true;
}
static bool dtype_99(struct call *c, const struct call_operand *o) {
  *dtype_of(c, o) = (clinfer_dtype)99;
  return true;
}

static bool short_ld(struct call *c, const struct call_operand *o) {
  if (is_vector(o)) return false;
  call_matrix(c, o)->ld = call_matrix(c, o)->cols - 1;
  return true;
}

static bool set_ld(struct call *c, const struct call_operand *o, size_t ld) {
  if (is_vector(o)) return false;
  call_matrix(c, o)->ld = ld;
  return true;
}
static bool largest_ld(struct call *c, const struct call_operand *o) {
  return set_ld(c, o, SIZE_MAX);
}
/* For three rows, (rows - 1) * ld is 0 in a size_t. */
static bool ld_around(struct call *c, const struct call_operand *o) {
  return set_ld(c, o, SIZE_MAX / 2 + 1);
}
/* The number of elements fits a size_t; that of bytes is small again. */
static bool ld_bytes_around(struct call *c, const struct call_operand *o) {
  return set_ld(c, o, SIZE_MAX / clinfer_dtype_size(*dtype_of(c, o)) / 2 + 1);
}

static bool offset_behind(struct call *c, const struct call_operand *o) {
  *offset_of(c, o) = 4096;
  return true;
}
static bool largest_offset(struct call *c, const struct call_operand *o) {
  *offset_of(c, o) = SIZE_MAX;
  return true;
}
static bool offset_bytes_around(struct call *c, const struct call_operand *o) {
  *offset_of(c, o) = SIZE_MAX / clinfer_dtype_size(*dtype_of(c, o)) + 1;
  return true;
}

static bool byte_short(struct call *c, const struct call_operand *o) {
  *mem_of(c, o) = refusal_buffer(c, CL_MEM_READ_WRITE, bytes_of(c, o) - 1);
  return true;
}
static bool element_short(struct call *c, const struct call_operand *o) {
  *mem_of(c, o) = refusal_buffer(c, CL_MEM_READ_WRITE,
                                 bytes_of(c, o) -
                                     clinfer_dtype_size(*dtype_of(c, o)));
  return true;
}

static bool foreign(struct call *c, const struct call_operand *o) {
  refusal_open_other();
  *mem_of(c, o) = refusal_other.buffer;
  return true;
}
static bool wrong_access(struct call *c, const struct call_operand *o) {
  *mem_of(c, o) = refusal_buffer(c,
                                 o->kind == CALL_OUTPUT ? CL_MEM_READ_ONLY
                                                        : CL_MEM_WRITE_ONLY,
                                 4096);
  return true;
}
static bool image(struct call *c, const struct call_operand *o) {
  *mem_of(c, o) = refusal_image(c);
  return *mem_of(c, o) != NULL; /* not every device has images */
}

static bool row_less(struct call *c, const struct call_operand *o) {
  if (is_vector(o)) return false;
  call_matrix(c, o)->rows--;
  return true;
}
static bool column_less(struct call *c, const struct call_operand *o) {
  if (is_vector(o))
    call_vector(c, o)->size--;
  else
    call_matrix(c, o)->cols--;
  return true;
}
static bool row_more(struct call *c, const struct call_operand *o) {
  if (is_vector(o)) return false;
  call_matrix(c, o)->rows++;
  return true;
}
static bool element_more(struct call *c, const struct call_operand *o) {
  if (!is_vector(o)) return false;
  call_vector(c, o)->size++;
  return true;
}
static bool no_elements(struct call *c, const struct call_operand *o) {
  if (!is_vector(o)) return false;
  call_vector(c, o)->size = 0;
  return true;
}

static const struct operand_fault operand_faults[] = {
    {"no buffer", no_buffer, CLINFER_BAD_ARGUMENT, false},
    {"left out", left_out, CLINFER_BAD_ARGUMENT, false},
    {"dtype 0", dtype_0, CLINFER_BAD_ARGUMENT, false},
    {"dtype -1", dtype_minus_1, CLINFER_BAD_ARGUMENT, false},
    {"dtype 99", dtype_99, CLINFER_BAD_ARGUMENT, false},
    {"ld below cols", short_ld, CLINFER_BAD_SHAPE, false},
    {"ld is the largest", largest_ld, CLINFER_BAD_BUFFER, false},
    {"ld times rows overflows", ld_around, CLINFER_BAD_BUFFER, false},
    {"ld in bytes overflows", ld_bytes_around, CLINFER_BAD_BUFFER, false},
    {"offset behind the end", offset_behind, CLINFER_BAD_BUFFER, false},
    {"offset is the largest", largest_offset, CLINFER_BAD_BUFFER, false},
    {"offset in bytes overflows", offset_bytes_around, CLINFER_BAD_BUFFER,
     false},
    {"a byte short", byte_short, CLINFER_BAD_BUFFER, false},
    {"an element short", element_short, CLINFER_BAD_BUFFER, false},
    {"buffer of another context", foreign, CLINFER_BAD_BUFFER, false},
    {"wrong access", wrong_access, CLINFER_BAD_BUFFER, false},
    {"an image", image, CLINFER_BAD_BUFFER, false},
    {"a row less", row_less, CLINFER_BAD_SHAPE, true},
    {"a column less", column_less, CLINFER_BAD_SHAPE, true},
    {"a row more", row_more, CLINFER_BAD_SHAPE, true},
    {"a vector's element more", element_more, CLINFER_BAD_SHAPE, false},
    {"a vector without elements", no_elements, CLINFER_BAD_SHAPE, false},
};

static void refuse_operand(const struct operand_fault *fault,
                           const struct call *good, size_t operand) {
  const struct call_operand *o = &good->op->operands[operand];
  struct call bad = *good;
  t_at("%s, %s", good->op->name, o->name);
  if (fault->spoil(&bad, o))
    refusal_require(&bad, good,
                    (struct refusal){fault->status,
                                     fault->shape ? "must" : o->name});
}

static void refuses_operand(void **state) {
  for (size_t s = 0; s < REFUSAL_STORES; s++)
    for (size_t i = 0; i < call_operator_count(); i++) {
      const struct call good = call_make(call_operator_at(i), refusal_ctx(),
                                         &refusal_sizes, refusal_stores[s]);
      for (size_t o = 0; o < good.op->count; o++)
        refuse_operand(*state, &good, o);
      refusal_require_usable(&good);
      refusal_release();
    }
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(refuses_operand, operand_faults),
  };
  const int failures = t_main(argc, argv, "misused_operands", tables,
                              T_COUNT(tables));
  refusal_close_other();
  return failures;
}
