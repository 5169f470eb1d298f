/* run.c - commands on their way into a queue, each after the one before. */

#include "run/run.h"

/* ---- Where they go */

static clinfer_status check_queue(const struct ci_programs *programs,
                                  cl_command_queue queue, bool *in_order) {
  cl_context cl;
  cl_device_id device;
  cl_command_queue_properties properties;
  if (queue == NULL) return ci_fail(CLINFER_BAD_QUEUE, 0, "exec.queue is NULL");
  CI_TRY(ci_cl(clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof cl, &cl,
                                     NULL),
               "clGetCommandQueueInfo"));
  CI_TRY(ci_cl(clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof device,
                                     &device, NULL),
               "clGetCommandQueueInfo"));
  CI_TRY(ci_cl(clGetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES,
                                     sizeof properties, &properties, NULL),
               "clGetCommandQueueInfo"));
  if (cl != programs->cl || device != programs->device->id)
    return ci_fail(CLINFER_BAD_QUEUE, 0,
                   "exec.queue is of another context or device");
  *in_order = !(properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
  return CLINFER_OK;
}

static clinfer_status check_waits(const struct ci_programs *programs,
                                  const clinfer_exec *exec) {
  if ((exec->wait_count == 0) != (exec->wait_list == NULL))
    return ci_fail(CLINFER_BAD_ARGUMENT, 0,
                   "exec.wait_count and exec.wait_list disagree");
  for (cl_uint i = 0; i < exec->wait_count; i++) {
    cl_context cl;
    if (exec->wait_list[i] == NULL)
      return ci_fail(CLINFER_BAD_ARGUMENT, 0, "exec.wait_list[%u] is NULL", i);
    CI_TRY(ci_cl(clGetEventInfo(exec->wait_list[i], CL_EVENT_CONTEXT, sizeof cl,
                                &cl, NULL),
                 "clGetEventInfo"));
    /* PoCL would take it. */
    if (cl != programs->cl)
      return ci_fail(CLINFER_BAD_ARGUMENT, 0,
                     "exec.wait_list[%u] is of another context", i);
  }
  return CLINFER_OK;
}

clinfer_status ci_check_exec(const struct ci_programs *programs,
                             const clinfer_exec *exec, bool *in_order) {
  CI_TRY(check_queue(programs, exec->queue, in_order));
  return check_waits(programs, exec);
}

/* ---- One after another */

static bool is_first(const struct ci_run *run) { return run->enqueued == 0; }

static bool is_last(const struct ci_run *run) {
  return run->enqueued + 1 == run->count;
}

static void advance(struct ci_run *run, cl_event event) {
  if (event == NULL) return;
  if (run->last) clReleaseEvent(run->last);
  run->last = event;
}

bool ci_run_shows_first(const struct ci_run *run) {
  return is_first(run) && run->exec->first;
}

clinfer_status ci_run_enqueued(struct ci_run *run, cl_event event) {
  advance(run, event);
  if (!ci_run_shows_first(run) || run->first) return CLINFER_OK;
  CI_TRY(ci_cl(clRetainEvent(run->last), "clRetainEvent"));
  run->first = run->last;
  return CLINFER_OK;
}

/* A command that waits for all of `w`, and that all later ones wait for. */
static clinfer_status barrier(struct ci_run *run, struct ci_waits w) {
  cl_event event = NULL;
  CI_TRY(ci_cl(clEnqueueBarrierWithWaitList(run->exec->queue, w.count, w.list,
                                            &event),
               "clEnqueueBarrierWithWaitList"));
  advance(run, event);
  return CLINFER_OK;
}

clinfer_status ci_run_barrier(struct ci_run *run, struct ci_waits w) {
  CI_TRY(barrier(run, w));
  return ci_run_enqueued(run, NULL);
}

/* The first command waits for the caller's events and for the scratch's last
 * user. On a queue out of order, each later one waits for the one before. */
static clinfer_status waits_of(struct ci_run *run, struct ci_waits *w) {
  const struct ci_waits callers = {run->exec->wait_count, run->exec->wait_list};
  *w = (struct ci_waits){0, NULL};
  if (is_first(run)) {
    *w = callers;
    if (run->scratch == NULL) return CLINFER_OK;
    if (callers.count) CI_TRY(barrier(run, callers));
    *w = (struct ci_waits){1, &run->scratch};
  } else if (!run->in_order) {
    *w = (struct ci_waits){1, &run->last};
  }
  return CLINFER_OK;
}

bool ci_run_needs_event(const struct ci_run *run) {
  if (ci_run_shows_first(run)) return true;
  if (is_last(run) && run->exec->event) return true;
  return !run->in_order && (!is_last(run) || run->shares_scratch);
}

clinfer_status ci_enqueue(struct ci_run *run, const struct ci_command *c) {
  struct ci_waits w;
  CI_TRY(waits_of(run, &w));
  CI_TRY(c->kind->enqueue(run, c, w));
  run->enqueued++;
  return CLINFER_OK;
}

/* ---- Their end */

bool ci_run_cover(struct ci_run *run) {
  cl_event event = NULL;
  if (clEnqueueMarkerWithWaitList(run->exec->queue, 0, NULL, &event) !=
      CL_SUCCESS)
    return false;
  advance(run, event);
  return true;
}

static clinfer_status enqueue_marker(struct ci_run *run) {
  const clinfer_exec *exec = run->exec;
  cl_event event = NULL;
  CI_TRY(ci_cl(clEnqueueMarkerWithWaitList(exec->queue, exec->wait_count,
                                           exec->wait_list,
                                           exec->event || exec->first ? &event
                                                                      : NULL),
               "clEnqueueMarkerWithWaitList"));
  return ci_run_enqueued(run, event);
}

static void hand_over(cl_event event, cl_event *out, clinfer_status status) {
  if (status == CLINFER_OK && out != NULL)
    *out = event;
  else if (event != NULL)
    clReleaseEvent(event);
}

clinfer_status ci_run_end(struct ci_run *run, clinfer_status status) {
  if (status == CLINFER_OK && run->count == 0) status = enqueue_marker(run);
  hand_over(run->first, run->exec->first, status);
  hand_over(run->last, run->exec->event, status);
  return status;
}
