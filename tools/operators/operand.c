/* operand.c - fill, transfer, guard and judge one operand. */

#include "operators/operand.h"

#include <stdlib.h>
#include <string.h>

/* Elements past the end that nobody may touch. */
enum { GUARD = 64 };

/* Both are NaN in either dtype: an input's padding spoils what reads it, and
 * an output that stays unwritten is no right answer. They differ, so that
 * copying padding to padding is seen as well. */
enum { INPUT_POISON = 0xFFFF, OUTPUT_POISON = 0x7FA5 };

static unsigned char *row_of(const struct operand *o, unsigned char *bytes,
                             size_t r) {
  const clinfer_matrix *v = &o->view;
  return bytes + (v->offset + r * v->ld) * clinfer_dtype_size(v->dtype);
}

static const char *make(struct operand *o, const struct session *s,
                        const struct operand_layout *l, uint16_t poison) {
  o->view = (clinfer_matrix){.offset = l->off,
                             .rows = l->rows,
                             .cols = l->cols,
                             .ld = l->cols + l->pad,
                             .dtype = l->dtype};
  o->period = l->period;
  o->size = (l->off + l->rows * o->view.ld + GUARD) *
            clinfer_dtype_size(l->dtype);
  if (o->size > s->largest) return "too large for the device";

  o->bytes = tool_alloc(o->size, 1);
  o->after = tool_alloc(o->size, 1);
  for (size_t i = 0; i < o->size; i += sizeof poison)
    memcpy(o->bytes + i, &poison, sizeof poison);

  cl_int code;
  o->view.mem = clCreateBuffer(s->context, CL_MEM_READ_WRITE, o->size, NULL,
                               &code);
  return code == CL_SUCCESS ? NULL : "no memory on the device";
}

const char *operand_input(struct operand *o, const struct session *s,
                          const struct operand_layout *layout, uint64_t seed,
                          double lo, double hi) {
  const char *why = make(o, s, layout, INPUT_POISON);
  if (why != NULL) return why;
  const size_t rows = layout->period, cols = layout->cols;
  o->values = tool_alloc(rows * cols, sizeof *o->values);
  oracle_random(seed, lo, hi, rows * cols, layout->dtype, o->values);
  for (size_t r = 0; r < layout->rows; r++)
    oracle_store(o->values + r % rows * cols, cols, layout->dtype,
                 row_of(o, o->bytes, r));
  return NULL;
}

const char *operand_output(struct operand *o, const struct session *s,
                           const struct operand_layout *layout) {
  o->output = true;
  return make(o, s, layout, OUTPUT_POISON);
}

void operand_free(struct operand *o) {
  if (o->view.mem != NULL) clReleaseMemObject(o->view.mem);
  free(o->values), free(o->bytes), free(o->after);
  *o = (struct operand){0};
}

cl_int operand_write(const struct operand *o, cl_command_queue queue) {
  return clEnqueueWriteBuffer(queue, o->view.mem, CL_FALSE, 0, o->size,
                              o->bytes, 0, NULL, NULL);
}

cl_int operand_read(const struct operand *o, cl_command_queue queue) {
  return clEnqueueReadBuffer(queue, o->view.mem, CL_TRUE, 0, o->size, o->after,
                             0, NULL, NULL);
}

static bool same(const struct operand *o, size_t begin, size_t end,
                 ptrdiff_t *where) {
  if (memcmp(o->bytes + begin, o->after + begin, end - begin) == 0) return true;
  while (o->bytes[begin] == o->after[begin]) begin++;
  *where = (ptrdiff_t)begin - (row_of(o, o->bytes, 0) - o->bytes);
  return false;
}

bool operand_spilled(const struct operand *o, ptrdiff_t *where) {
  if (!o->output) return !same(o, 0, o->size, where);
  const size_t width = o->view.cols * clinfer_dtype_size(o->view.dtype);
  size_t begin = 0; /* of the bytes between two rows */
  for (size_t r = 0; r < o->view.rows; r++) {
    const size_t row = (size_t)(row_of(o, o->bytes, r) - o->bytes);
    if (!same(o, begin, row, where)) return true;
    begin = row + width;
  }
  return !same(o, begin, o->size, where);
}

struct oracle_verdict operand_judge(const struct operand *o,
                                    const struct oracle_value *want) {
  const size_t cols = o->view.cols;
  struct oracle_verdict all = {0};
  double *got = tool_alloc(cols, sizeof *got);
  for (size_t r = 0; r < o->view.rows; r++) {
    oracle_load(row_of(o, o->after, r), cols, o->view.dtype, got);
    const struct oracle_verdict row = oracle_judge(got,
                                                   want + r % o->period * cols,
                                                   cols);
    all.failures += row.failures;
    if (r > 0 && !(row.worst > all.worst)) continue;
    all.worst = row.worst, all.worst_at = r * cols + row.worst_at;
    all.got = row.got, all.want = row.want;
  }
  free(got);
  return all;
}
