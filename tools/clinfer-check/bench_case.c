/* bench_case.c - time one case. */

#include "bench_case.h"

#include <stdio.h>
#include <stdlib.h>

#include "ops.h"

/* A batch is long against the clock and the wait at its end; there are enough
 * of them for a median. */
#define BATCH_SECONDS 0.01
#define ALL_SECONDS 0.4
enum { FEWEST_CALLS = 4, MOST_CALLS = 1000, FEWEST = 5, MOST = 25 };

struct timing {
  double wall, event; /* seconds a call */
};

static cl_ulong end_of(cl_event event) {
  cl_ulong at = 0;
  if (event == NULL) return 0;
  clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof at, &at,
                          NULL);
  clReleaseEvent(event);
  return at;
}

/* From the end of the first call to the end of the last: so the event time
 * has all kernels of an operator and what lies between them. */
static clinfer_status batch(const struct trial *t, size_t calls,
                            struct timing *out) {
  cl_event first = NULL, last = NULL;
  clinfer_status status = CLINFER_OK;
  const double start = tool_now();
  for (size_t i = 0; i < calls && status == CLINFER_OK; i++) {
    const clinfer_exec exec = {.queue = t->s->queue,
                               .event = i == 0           ? &first
                                        : i == calls - 1 ? &last
                                                         : NULL};
    status = t->c->op->call(t, &exec);
  }
  if (clFinish(t->s->queue) != CL_SUCCESS) status = CLINFER_OPENCL_ERROR;
  out->wall = (tool_now() - start) / (double)calls;
  const cl_ulong from = end_of(first), to = end_of(last);
  out->event = from != 0 && to > from
                   ? 1e-9 * (double)(to - from) / (double)(calls - 1)
                   : 0;
  return status;
}

static size_t clamp(double wanted, size_t least, size_t most) {
  return wanted < (double)least  ? least
         : wanted > (double)most ? most
                                 : (size_t)wanted;
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static clinfer_status measure(const struct trial *t, cJSON *line) {
  struct timing one;
  clinfer_status status = batch(t, 1, &one);
  cJSON_AddNumberToObject(line, "first_ms", one.wall * 1e3);
  if (status == CLINFER_OK) status = batch(t, FEWEST_CALLS, &one);
  if (status == CLINFER_OK) status = batch(t, FEWEST_CALLS, &one);

  const size_t calls = clamp(BATCH_SECONDS / one.wall, FEWEST_CALLS,
                             MOST_CALLS);
  const size_t count = clamp(ALL_SECONDS / (one.wall * (double)calls), FEWEST,
                             MOST);
  double wall[MOST], event[MOST];
  for (size_t i = 0; i < count && status == CLINFER_OK; i++) {
    status = batch(t, calls, &one);
    wall[i] = one.wall, event[i] = one.event;
  }
  if (status != CLINFER_OK) return status;
  qsort(wall, count, sizeof *wall, by_value);
  qsort(event, count, sizeof *event, by_value);
  cJSON_AddNumberToObject(line, "wall_us", wall[count / 2] * 1e6);
  cJSON_AddNumberToObject(line, "min_us", wall[0] * 1e6);
  cJSON_AddNumberToObject(line, "event_us", event[count / 2] * 1e6);
  cJSON_AddNumberToObject(line, "flops", case_flops(t->c));
  cJSON_AddNumberToObject(line, "bytes", trial_bytes(t));
  return CLINFER_OK;
}

static clinfer_status pack_and_measure(struct trial *t, cJSON *line) {
  const clinfer_status status = trial_pack(t);
  return status == CLINFER_OK ? measure(t, line) : status;
}

cJSON *bench_case(const struct session *s, const struct test_case *c) {
  char text[CASE_TEXT];
  case_print(c, text);
  cJSON *line = cJSON_CreateObject();
  cJSON_AddStringToObject(line, "type", "bench");
  cJSON_AddStringToObject(line, "case", text);

  struct trial t;
  const char *why = trial_open(&t, s, c);
  if (why == NULL && trial_write(&t) != CL_SUCCESS)
    why = "the operands could not be written";
  if (why == NULL && pack_and_measure(&t, line) != CLINFER_OK)
    why = clinfer_last_error()->message;
  if (why != NULL) cJSON_AddStringToObject(line, "message", why);
  trial_close(&t);
  return line;
}
