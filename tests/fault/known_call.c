/* known_call.c - a call whose results are known. */

#include "known_call.h"

#include <stdlib.h>
#include <string.h>

#include "shim.h"

#define NO_EVENT ((cl_event)&shim_table)

static bool is_output(const struct call *c, size_t i) {
  return c->op->operands[i].kind == CALL_OUTPUT;
}

static bool holds(const struct t_matrix *m, const unsigned char *bytes) {
  assert_int_equal(clEnqueueReadBuffer(t_queue, m->view.mem, CL_TRUE, 0,
                                       m->bytes, m->seen, 0, NULL, NULL),
                   CL_SUCCESS);
  return memcmp(m->seen, bytes, m->bytes) == 0;
}

void known_call_prepare(void *known_call) {
  struct known_call *k = known_call;
  call_poison(&k->c);
  k->event = k->first = NO_EVENT;
  k->commands = shim_commands();
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
 * barrier, as the call waits for an event or wants its first. */
static const char *judge_failure(struct known_call *k) {
  if (k->event != NO_EVENT || k->first != NO_EVENT) return "an event is given";
  if (shim_commands() > k->commands) return NULL;
  for (size_t i = 0; i < k->c.op->count; i++)
    if (!holds(k->c.made[i], k->c.made[i]->image))
      return "an operand was written";
  return NULL;
}

const char *known_call_judge(void *known_call, clinfer_status status) {
  struct known_call *k = known_call;
  assert_int_equal(clFinish(k->c.exec.queue), CL_SUCCESS);
  return (status == CLINFER_OK ? judge_success : judge_failure)(k);
}

static void run_once(struct known_call *k) {
  known_call_prepare(k);
  assert_int_equal(call_run(&k->c), CLINFER_OK);
  assert_int_equal(clFinish(k->c.exec.queue), CL_SUCCESS);
  clReleaseEvent(k->event);
  clReleaseEvent(k->first);
}

void known_call_learn(struct known_call *k, struct call c) {
  *k = (struct known_call){.c = c};
  k->c.exec.event = &k->event;
  k->c.exec.first = &k->first;
  run_once(k);
  run_once(k); /* a kernel's first event is kept until it is saved, now */
  for (size_t i = 0; i < c.op->count; i++) {
    if (!is_output(&c, i)) continue;
    T_READ(c.made[i]);
    k->results[i] = malloc(c.made[i]->bytes);
    assert_non_null(k->results[i]);
    memcpy(k->results[i], c.made[i]->seen, c.made[i]->bytes);
  }
}

void known_call_free(struct known_call *k) {
  for (size_t i = 0; i < k->c.op->count; i++) free(k->results[i]);
}
