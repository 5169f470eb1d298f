/* stage.c - make the operands of a case, and pack its weights. */

#include "stage.h"

static cl_int fill(struct operand *o, const struct trial *t, enum role role) {
  const clinfer_dtype dtype = o->view.dtype;
  const size_t period = STAGE_PERIOD * clinfer_dtype_size(dtype);
  double lo, hi;
  trial_range(t->c, role, &lo, &hi);
  o->values = tool_alloc(STAGE_PERIOD, sizeof *o->values);
  o->bytes = tool_alloc(period, 1);
  oracle_random(t->c->seed * ROLE_COUNT + role, lo, hi, STAGE_PERIOD, dtype,
                o->values);
  oracle_store(o->values, STAGE_PERIOD, dtype, o->bytes);
  cl_int code = CL_SUCCESS;
  for (size_t at = 0; at < o->size && code == CL_SUCCESS; at += period)
    code = clEnqueueWriteBuffer(t->s->queue, o->view.mem, CL_FALSE, at,
                                period < o->size - at ? period : o->size - at,
                                o->bytes, 0, NULL, NULL);
  return code;
}

static const char *open_operand(struct trial *t, enum role role) {
  struct operand *o = &t->operands[role];
  size_t rows, cols;
  case_size(t->c, role, &rows, &cols);
  o->view = clinfer_matrix_of(NULL, rows, cols, case_dtype(t->c, role));
  o->size = rows * cols * clinfer_dtype_size(o->view.dtype);
  if (o->size > t->s->largest) return "too large for the device";
  cl_int code;
  o->view.mem = clCreateBuffer(t->s->context, CL_MEM_READ_WRITE, o->size, NULL,
                               &code);
  if (code == CL_SUCCESS && role != Y) code = fill(o, t, role);
  return code == CL_SUCCESS ? NULL : "no memory on the device";
}

const char *stage_open(struct stage *stage, const struct bench *b,
                       const struct test_case *c) {
  stage->c = *c;
  stage->t = (struct trial){.c = &stage->c, .s = &b->s};
  for (enum role role = 0; role < ROLE_COUNT; role++) {
    if (!case_has(c, role)) continue;
    const char *why = open_operand(&stage->t, role);
    if (why != NULL) return why;
  }
  trial_set_arguments(&stage->t);
  return trial_pack(&stage->t) == CLINFER_OK ? NULL
                                             : clinfer_last_error()->message;
}

void stage_close(struct stage *stage) { trial_close(&stage->t); }

void stage_spoil(const struct stage *stage) {
  static const cl_ushort
      poison = 0x7FA5; /* NaN in every type, twice as float */
  const struct operand *y = &stage->t.operands[Y];
  clEnqueueFillBuffer(stage->t.s->queue, y->view.mem, &poison, sizeof poison, 0,
                      y->size, 0, NULL, NULL);
  clFinish(stage->t.s->queue);
}

void stage_set_tokens(struct stage *stage, size_t tokens) {
  stage->c.m = tokens;
  for (enum role role = 0; role < ROLE_COUNT; role++) {
    clinfer_matrix *view = &stage->t.operands[role].view;
    if (case_has(&stage->c, role))
      case_size(&stage->c, role, &view->rows, &view->cols);
  }
  trial_set_arguments(&stage->t);
  stage_spoil(stage);
}
