/* test_faults_operators.c - every operator, on queues of both kinds, while the
 * calls that it makes fail. */

#include "faults.h"
#include "queues.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct call_sizes sizes = {3, 6, 10, 5};
static const struct t_store f32 = {CLINFER_F32, 3, 2};

#define NO_EVENT ((cl_event)&sizes)

/* A call whose results are known. */
struct known_call {
  struct call c;
  unsigned char *results[CALL_MOST_OPERANDS];
  cl_event event, first;
  size_t commands; /* before the run */
};

static bool is_output(const struct call *c, size_t i) {
  return c->op->operands[i].kind == CALL_OUTPUT;
}

static bool holds(const struct t_matrix *m, const unsigned char *bytes) {
  assert_int_equal(clEnqueueReadBuffer(t_queue, m->view.mem, CL_TRUE, 0,
                                       m->bytes, m->seen, 0, NULL, NULL),
                   CL_SUCCESS);
  return memcmp(m->seen, bytes, m->bytes) == 0;
}

static void prepare(void *state) {
  struct known_call *k = state;
  call_poison(&k->c);
  k->event = k->first = NO_EVENT;
  k->commands = shim_commands();
}

static clinfer_status run(void *state) {
  const struct known_call *k = state;
  return call_run(&k->c);
}

static const char *judge_success(struct known_call *k) {
  if (k->event == NO_EVENT || k->first == NO_EVENT)
    return "an event is missing";
  clReleaseEvent(k->event);
  clReleaseEvent(k->first);
  for (size_t i = 0; i < k->c.op->count; i++)
    if (is_output(&k->c, i) && !holds(k->c.made[i], k->results[i]))
      return "a wrong result";
  return NULL;
}

/* Up to the first command nothing is written. Before CLBlast's there is a
 * barrier, as the call waits for an event. */
static const char *judge_failure(struct known_call *k) {
  if (k->event != NO_EVENT || k->first != NO_EVENT) return "an event is given";
  if (shim_commands() > k->commands) return NULL;
  for (size_t i = 0; i < k->c.op->count; i++)
    if (!holds(k->c.made[i], k->c.made[i]->image))
      return "an operand was written";
  return NULL;
}

static const char *judge(void *state, clinfer_status status) {
  struct known_call *k = state;
  assert_int_equal(clFinish(k->c.exec.queue), CL_SUCCESS);
  return (status == CLINFER_OK ? judge_success : judge_failure)(k);
}

static void learn_results(struct known_call *k) {
  prepare(k);
  assert_int_equal(call_run(&k->c), CLINFER_OK);
  assert_int_equal(clFinish(k->c.exec.queue), CL_SUCCESS);
  clReleaseEvent(k->event);
  clReleaseEvent(k->first);
  for (size_t i = 0; i < k->c.op->count; i++) {
    if (!is_output(&k->c, i)) continue;
    T_READ(k->c.made[i]);
    k->results[i] = malloc(k->c.made[i]->bytes);
    assert_non_null(k->results[i]);
    memcpy(k->results[i], k->c.made[i]->seen, k->c.made[i]->bytes);
  }
}

static void sweep(const struct call_operator *op, const struct t_provider *p,
                  cl_command_queue queue) {
  char name[128];
  cl_event over = queue_user_event();
  struct known_call k = {.c = call_make(op, p->ctx, &sizes, f32)};
  const struct faults_work work = {
      .name = name,
      .state = &k,
      .prepare = prepare,
      .run = run,
      .judge = judge,
      /* Scratch whose last user cannot be asked, or kept, is not shared. */
      .ways = {{SHIM_clGetEventInfo, FAULTS_EITHER},
               {SHIM_clRetainEvent, FAULTS_EITHER}},
      .way_count = 2};
  snprintf(name, sizeof name, "%s, %s, %s order", op->name, p->name,
           queue == t_queue ? "in" : "out of");
  clSetUserEventStatus(over, CL_COMPLETE);
  k.c.exec = (clinfer_exec){.queue = queue,
                            .wait_count = 1,
                            .wait_list = &over,
                            .event = &k.event,
                            .first = &k.first};
  learn_results(&k);
  faults_sweep(&work);
  for (size_t i = 0; i < op->count; i++) free(k.results[i]);
  clReleaseEvent(over);
  t_release();
}

static void survives(void **state) {
  const struct call_operator *op = *state;
  const cl_command_queue_properties kinds[] = {
      0, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE};
  for (const struct t_provider *p = t_next(NULL, "gemm_clblast"); p;
       p = t_next(p, "gemm_clblast"))
    for (size_t i = 0; i < T_COUNT(kinds); i++) {
      if (!queue_possible(kinds[i])) continue;
      cl_command_queue queue = kinds[i] ? queue_make(kinds[i]) : t_queue;
      sweep(op, p, queue);
      if (queue != t_queue) clReleaseCommandQueue(queue);
    }
}

int main(int argc, char **argv) {
  const struct t_table tables[] = {
      {survives, call_operators, call_operator_count, sizeof *call_operators}};
  const int failures = t_main(argc, argv, "faults_operators", tables,
                              T_COUNT(tables));
  faults_print();
  return failures;
}
