/* check_case.c - run one case and judge it. */

#include "engine/check_case.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "operators/trial.h"

static const char *const role_names[ROLE_COUNT] = {
    "x",      "residual", "attention",  "input_bias", "gamma", "beta",
    "weight", "bias",     "weight_out", "y",          "second"};

__attribute__((format(printf, 3, 4))) static bool end(struct result *r,
                                                      enum verdict verdict,
                                                      const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(r->message, sizeof r->message, format, arguments);
  va_end(arguments);
  r->verdict = verdict;
  return false;
}

/* Skips what the device has no memory or no feature for. */
static bool end_with_status(const struct session *s, struct result *r,
                            const char *call, clinfer_status status) {
  const clinfer_error *error = clinfer_last_error();
  if (s->log != NULL && status == CLINFER_BUILD_FAILED)
    cJSON_AddItemToArray(s->log, cJSON_CreateString(error->build_log));
  const bool skip = status == CLINFER_UNSUPPORTED ||
                    status == CLINFER_OUT_OF_MEMORY;
  return end(r, skip ? CASE_SKIP : CASE_FAIL, "%s: %s (%s, code %d)", call,
             clinfer_status_text(status), error->message, error->code);
}

/* Many drivers allocate a buffer only when it is first used. */
static bool end_with_code(struct result *r, const char *doing, cl_int code) {
  const bool skip = code == CL_MEM_OBJECT_ALLOCATION_FAILURE;
  return end(r, skip ? CASE_SKIP : CASE_FAIL, "%s: OpenCL error %d", doing,
             code);
}

/* From the operands' first state to their last; false ends the case. */
static bool run(const struct trial *t, struct result *r) {
  cl_event event = NULL;
  const clinfer_exec exec = {.queue = t->s->queue, .event = &event};
  const clinfer_status status = trial_call(t, &exec);
  if (status != CLINFER_OK)
    return end_with_status(t->s, r, t->c->op->function, status);
  if (event == NULL) return end(r, CASE_FAIL, "no event was returned");
  cl_int code = clWaitForEvents(1, &event);
  clReleaseEvent(event);
  if (code != CL_SUCCESS)
    return end_with_code(r, "waiting for the event", code);
  code = trial_read(t);
  return code == CL_SUCCESS || end_with_code(r, "reading the result", code);
}

static bool prime(const struct trial *t, struct result *r) {
  const cl_int code = trial_write(t);
  return code == CL_SUCCESS || end_with_code(r, "writing the operands", code);
}

static bool nothing_spilled(const struct trial *t, struct result *r) {
  for (size_t role = 0; role < ROLE_COUNT; role++) {
    const struct operand *o = &t->operands[role];
    ptrdiff_t where;
    if (o->bytes != NULL && operand_spilled(o, &where))
      return end(r, CASE_FAIL,
                 "wrote outside of the output: %s, byte %td from its first "
                 "element",
                 role_names[role], where);
  }
  return true;
}

/* The second call, compared with what the first one left in `after`. */
static bool repeats(const struct trial *t, struct result *r,
                    enum tool_fault fault) {
  unsigned char *first[ROLE_COUNT] = {NULL};
  for (size_t role = 0; role < ROLE_COUNT; role++) {
    const struct operand *o = &t->operands[role];
    if (!o->output || o->bytes == NULL) continue;
    first[role] = tool_alloc(o->size, 1);
    memcpy(first[role], o->after, o->size);
  }
  bool same = prime(t, r) && run(t, r);
  if (same && fault == FAULT_UNSTABLE) trial_operand(t, Y)->after[0] ^= 1;
  for (size_t role = 0; role < ROLE_COUNT; role++) {
    const struct operand *o = &t->operands[role];
    if (same && first[role] != NULL &&
        memcmp(first[role], o->after, o->size) != 0)
      same = end(r, CASE_FAIL, "the same call gave other bits (%s)",
                 role_names[role]);
    free(first[role]);
  }
  return same;
}

static void judge(const struct trial *t, enum role role,
                  const struct oracle_value *want, struct result *r) {
  const struct operand *o = trial_operand(t, role);
  if (o == NULL) return;
  const struct oracle_verdict v = operand_judge(o, want);
  if (v.failures == 0 && v.worst > r->worst) r->worst = v.worst;
  if (v.failures == 0 || r->failures > 0) return;
  r->worst = v.worst;
  r->failures = v.failures;
  r->output = role_names[role];
  r->row = v.worst_at / o->view.cols, r->col = v.worst_at % o->view.cols;
  r->got = v.got, r->want = v.want;
  end(r, CASE_FAIL, "%zu of %zu elements of %s are wrong", v.failures,
      o->view.rows * o->view.cols, r->output);
}

static void commit_fault(const struct trial *t, enum tool_fault fault,
                         const struct oracle_value *y) {
  const struct operand *o = trial_operand(t, Y);
  const clinfer_matrix *v = &o->view;
  const size_t size = clinfer_dtype_size(v->dtype);
  if (fault == FAULT_CRASH) abort();
  if (fault == FAULT_HANG) pause();
  if (fault == FAULT_SPILL) o->after[o->size - 1] ^= 1;
  if (fault != FAULT_WRONG || v->rows * v->cols == 0) return;
  const double wrong = y->value + 2 * y->error + oracle_ulp(y->value, v->dtype);
  oracle_store(&wrong, 1, v->dtype, o->after + v->offset * size);
}

static void judge_outputs(const struct trial *t, enum tool_fault fault,
                          struct result *r) {
  size_t rows, cols;
  case_size(t->c, Y, &rows, &cols);
  const bool two = case_has(t->c, SECOND);
  struct oracle_value *y = tool_alloc(t->period * cols, sizeof *y);
  struct oracle_value *second = tool_alloc(t->period * t->c->k, sizeof *second);
  trial_expect(t, y, two ? second : NULL);
  commit_fault(t, fault, y);
  judge(t, Y, y, r);
  judge(t, SECOND, second, r);
  free(y), free(second);
}

static bool prepare(struct trial *t, struct result *r) {
  if (!prime(t, r)) return false;
  const clinfer_status status = trial_pack(t);
  return status == CLINFER_OK ||
         end_with_status(t->s, r, "clinfer_weight_pack", status);
}

void check_case(const struct session *s, const struct test_case *c,
                enum tool_fault fault, struct result *r) {
  const double start = tool_now();
  struct trial t;
  *r = (struct result){.c = *c, .verdict = CASE_OK};
  const char *why = trial_open(&t, s, c);
  if (why != NULL)
    end(r, CASE_SKIP, "%s", why);
  else if (prepare(&t, r) && run(&t, r) && repeats(&t, r, fault)) {
    judge_outputs(&t, fault, r);
    if (r->verdict == CASE_OK) nothing_spilled(&t, r);
  }
  trial_close(&t);
  r->ms = (tool_now() - start) * 1e3;
}
