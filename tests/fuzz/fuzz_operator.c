/* fuzz_operator.c - random descriptors of every operator on a real device: a
 * legal call gives what the oracle wants and touches nothing else, an illegal
 * one is refused and touches nothing at all. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz_attempt.h"

static struct attempt_world worlds[ATTEMPT_WORLDS];
static struct attempt attempt;
static unsigned char zeros[ATTEMPT_BUFFER];

static void open_world(struct attempt_world *w, bool plain) {
  const struct session_settings settings = {.reference = plain};
  w->plain = plain;
  const cl_mem_flags copy = CL_MEM_COPY_HOST_PTR;
  cJSON *line = session_open(&w->s, NULL, &settings);
  FUZZ_REQUIRE(w->s.ctx != NULL);
  cJSON_Delete(line);
  w->read_only = clCreateBuffer(w->s.context, CL_MEM_READ_ONLY | copy,
                                sizeof zeros, zeros, NULL);
  w->write_only = clCreateBuffer(w->s.context, CL_MEM_WRITE_ONLY | copy,
                                 sizeof zeros, zeros, NULL);
  FUZZ_REQUIRE(w->read_only != NULL && w->write_only != NULL);
}

/* ---- The buffers, before the call and after it */

static const struct operand *owner_of(const struct attempt *a, cl_mem mem) {
  for (size_t i = 0; i < ROLE_COUNT; i++)
    if (a->original[i].view.mem == mem) return &a->original[i];
  return NULL;
}

static size_t row_at(clinfer_matrix v, size_t row) {
  return (v.offset + row * v.ld) * clinfer_dtype_size(v.dtype);
}

static void read_back(const struct attempt *a) {
  for (size_t i = 0; i < ROLE_COUNT; i++)
    if (a->original[i].bytes != NULL)
      FUZZ_REQUIRE(operand_read(&a->original[i], a->world->s.queue) ==
                   CL_SUCCESS);
}

/* What an output may hold is taken over; the rest is as it was. */
static void allow(const struct attempt *a, enum role role) {
  if (!a->present[role]) return;
  const clinfer_matrix v = trial_matrix(&a->t, role);
  const struct operand *o = owner_of(a, v.mem);
  if (o == NULL || v.cols == 0) return;
  for (size_t r = 0; r < v.rows; r++)
    memcpy(o->bytes + row_at(v, r), o->after + row_at(v, r),
           v.cols * clinfer_dtype_size(v.dtype));
}

static void require_the_rest_unchanged(const struct attempt *a) {
  for (size_t i = 0; i < ROLE_COUNT; i++) {
    const struct operand *o = &a->original[i];
    if (o->bytes != NULL)
      FUZZ_REQUIRE(memcmp(o->bytes, o->after, o->size) == 0);
  }
}

/* ---- A legal call's values */

static bool is_tame(double v) {
  return isnan(v) || v == 0 || (fabs(v) < 1e3 && fabs(v) > 1e-6);
}

/* What that operand held: false if it is bits of another type's, such that a
 * float's range may not do. */
static bool read_input(struct attempt *a, struct operand *o) {
  const clinfer_matrix v = o->view;
  const struct operand *owner = owner_of(a, v.mem);
  const unsigned char *bytes = owner != NULL ? owner->bytes : zeros;
  bool tame = true;
  free(o->values);
  o->values = tool_alloc(v.rows * v.cols, sizeof *o->values);
  for (size_t r = 0; r < v.rows && v.cols > 0; r++)
    oracle_load(bytes + row_at(v, r), v.cols, v.dtype, o->values + r * v.cols);
  for (size_t i = 0; i < v.rows * v.cols; i++) tame &= is_tame(o->values[i]);
  return tame;
}

static bool read_inputs(struct attempt *a) {
  bool tame = true;
  for (enum role role = 0; role < Y; role++)
    if (a->present[role]) tame &= read_input(a, &a->t.operands[role]);
  a->t.period = a->c.m;
  return tame;
}

static void judge(const struct attempt *a, enum role role,
                  const struct oracle_value *want) {
  if (!a->present[role]) return;
  const clinfer_matrix v = trial_matrix(&a->t, role);
  const struct operand *o = owner_of(a, v.mem);
  if (o == NULL) return; /* the buffer that the host does not read */
  double *got = tool_alloc(v.cols, sizeof *got);
  for (size_t r = 0; r < v.rows && v.cols > 0; r++) {
    oracle_load(o->after + row_at(v, r), v.cols, v.dtype, got);
    FUZZ_REQUIRE(oracle_judge(got, want + r * v.cols, v.cols).failures == 0);
  }
  free(got);
}

static void require_right(struct attempt *a) {
  size_t rows, cols;
  if (!read_inputs(a)) return;
  case_size(&a->c, Y, &rows, &cols);
  /* The oracle is told dtypes by the case; a spoilt one is another's. */
  for (enum role role = 0; role < ROLE_COUNT; role++)
    if (a->present[role] &&
        trial_matrix(&a->t, role).dtype != case_dtype(&a->c, role))
      return;
  struct oracle_value *y = tool_alloc(rows * cols, sizeof *y),
                      *second = tool_alloc(rows * a->c.k, sizeof *second);
  trial_expect(&a->t, y, a->present[SECOND] ? second : NULL);
  judge(a, Y, y);
  judge(a, SECOND, second);
  free(y), free(second);
}

/* ---- The call */

static void check(struct attempt *a) {
  const enum legality legality = attempt_legality(a);
  cl_event event = NULL;
  a->exec.event = &event;
  trial_set_arguments(&a->t);
  const clinfer_status status = trial_call(&a->t, &a->exec);
  FUZZ_REQUIRE(status == CLINFER_OK ? legality != ILLEGAL : legality != LEGAL);
  FUZZ_REQUIRE((event != NULL) == (status == CLINFER_OK));
  if (event != NULL) {
    FUZZ_REQUIRE(clWaitForEvents(1, &event) == CL_SUCCESS);
    clReleaseEvent(event);
  }
  read_back(a);
  if (legality == LEGAL) require_right(a);
  if (status == CLINFER_OK) allow(a, Y), allow(a, SECOND);
  require_the_rest_unchanged(a);
}

static void describe(void) { attempt_print(&attempt); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz_bytes bytes = {data, size, 0};
  fuzz_describe = describe;
  for (size_t w = 0; w < ATTEMPT_WORLDS; w++)
    if (worlds[w].s.ctx == NULL) open_world(&worlds[w], w == 1);
  attempt_open(&attempt, worlds, &bytes);
  for (unsigned n = fuzz_byte(&bytes) % 4; n > 0; n--)
    attempt_spoil(&attempt, &bytes);
  check(&attempt);
  attempt_close(&attempt);
  return 0;
}
