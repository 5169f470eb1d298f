/* tune_case.c - let contenders compute a case, one after the other. */

#include "engine/tune_case.h"

#include <stdlib.h>

#include "engine/bench_case.h"

/* Enough to see that a contender is out of the race, and to order the rest. */
static const struct bench_effort glance = {0.0005, 0.0015, 1, 3},
                                 race = {0.003, 0.03, 1, 3};
#define HOPELESS 2 /* times the best: no closer look */

enum { SAMPLE = 64 }; /* rows that are checked */

static const char *begin(struct tune_round *round, const struct session *s,
                         const struct test_case *c) {
  if (round->trial.c == c) return NULL;
  tune_round_end(round);
  const char *why = trial_open(&round->trial, s, c);
  if (why == NULL && trial_write(&round->trial) != CL_SUCCESS)
    why = "the operands could not be written";
  if (why == NULL && trial_pack(&round->trial) != CLINFER_OK)
    why = clinfer_last_error()->message;
  if (why != NULL) {
    tune_round_end(round);
    return why;
  }
  round->want = tool_alloc(round->trial.period * c->n, sizeof *round->want);
  trial_expect(&round->trial, round->want, NULL);
  return NULL;
}

void tune_round_end(struct tune_round *round) {
  if (round->trial.c != NULL) trial_close(&round->trial);
  free(round->want);
  *round = (struct tune_round){0};
}

/* Row r of the result, into `stored` and `got`: NULL, or what is wrong. */
static const char *judge_row(const struct tune_round *round, size_t r,
                             void *stored, double *got) {
  const struct trial *t = &round->trial;
  const clinfer_matrix *v = &trial_operand(t, Y)->view;
  const size_t size = clinfer_dtype_size(v->dtype);
  if (clEnqueueReadBuffer(t->s->queue, v->mem, CL_TRUE, r * v->ld * size,
                          v->cols * size, stored, 0, NULL, NULL) != CL_SUCCESS)
    return "the result could not be read";
  oracle_load(stored, v->cols, v->dtype, got);
  const struct oracle_value *want = round->want + r % t->period * v->cols;
  return oracle_judge(got, want, v->cols).failures > 0 ? "the result is wrong"
                                                       : NULL;
}

/* A sample of the result's rows, the first and the last among them. */
static const char *judge(const struct tune_round *round) {
  const clinfer_matrix *v = &trial_operand(&round->trial, Y)->view;
  void *row = tool_alloc(v->cols, clinfer_dtype_size(v->dtype));
  double *got = tool_alloc(v->cols, sizeof *got);
  const char *why = NULL;
  for (size_t i = 0; i < SAMPLE && why == NULL; i++)
    why = judge_row(round, i * (v->rows - 1) / (SAMPLE - 1), row, got);
  free(row), free(got);
  return why;
}

/* One call from a fresh output. NULL, or what is wrong with it. */
static const char *check(const struct tune_round *round) {
  static const cl_ushort nan = 0xFFFF; /* in every dtype */
  const struct trial *t = &round->trial;
  const struct operand *y = trial_operand(t, Y);
  const clinfer_exec exec = {.queue = t->s->queue};
  if (clEnqueueFillBuffer(t->s->queue, y->view.mem, &nan, sizeof nan, 0,
                          y->size, 0, NULL, NULL) != CL_SUCCESS)
    return "the output could not be written";
  if (trial_call(t, &exec) != CLINFER_OK) return clinfer_last_error()->message;
  return judge(round);
}

static const char *compete(struct tune_round *round, cJSON *line) {
  struct bench_time time;
  clinfer_status status = bench_call(&round->trial, &glance, &time);
  if (status == CLINFER_OK &&
      !(round->best > 0 && time.least > HOPELESS * round->best))
    status = bench_call(&round->trial, &race, &time);
  if (status != CLINFER_OK) return clinfer_last_error()->message;
  if (round->best == 0 || time.wall < round->best) round->best = time.wall;
  cJSON_AddNumberToObject(line, "wall_us", time.wall * 1e6);
  return NULL;
}

/* NULL, or why; *skip: the fault is not the contender's. */
static const char *try(struct tune_round *round, struct contender *contender,
                       const struct session *s, const struct case_list *cases,
                       const struct test_case *c, cJSON *line, bool *skip) {
  *skip = true;
  if (!contender_suits(contender, s)) return "not for this device";
  if (round->trial.c == c && round->beyond[contender->provider])
    return "not for this case";
  const char *why = begin(round, s, c);
  if (why == NULL && contender->session.ctx == NULL)
    why = contender_open(contender, s, cases);
  if (why != NULL) return why;

  round->trial.s = &contender->session;
  why = check(round);
  if (contender->fell_back) {
    why = contender_failed(contender) ? "its self-test failed"
                                      : "not for this case";
    round->beyond[contender->provider] = true;
    contender_close(contender); /* else the next time would go unnoticed */
    return why;
  }
  *skip = false;
  return why != NULL ? why : compete(round, line);
}

cJSON *tune_case(struct tune_round *round, struct contender *contender,
                 const struct session *s, const struct case_list *cases,
                 const struct test_case *c) {
  char text[CASE_TEXT];
  bool skip;
  case_print(c, text);
  cJSON *line = cJSON_CreateObject();
  cJSON_AddStringToObject(line, "type", "tune");
  cJSON_AddStringToObject(line, "case", text);
  cJSON_AddStringToObject(line, "contender", contender->name);
  const char *why = try(round, contender, s, cases, c, line, &skip);
  if (why != NULL)
    cJSON_AddStringToObject(line, skip ? "skip" : "message", why);
  return line;
}
