/* run.c - commands on their way into a queue, each after the one before. */

#include "run/run.h"

#include "gemm/clblast_calls.h"

/* ---- Where they go */

static clinfer_status check_queue(const clinfer_context *ctx,
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
  if (cl != ctx->cl || device != ctx->device.id)
    return ci_fail(CLINFER_BAD_QUEUE, 0,
                   "exec.queue is of another context or device");
  *in_order = !(properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
  return CLINFER_OK;
}

static clinfer_status check_waits(const clinfer_context *ctx,
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
    if (cl != ctx->cl)
      return ci_fail(CLINFER_BAD_ARGUMENT, 0,
                     "exec.wait_list[%u] is of another context", i);
  }
  return CLINFER_OK;
}

clinfer_status ci_check_exec(const clinfer_context *ctx,
                             const clinfer_exec *exec, bool *in_order) {
  CI_TRY(check_queue(ctx, exec->queue, in_order));
  return check_waits(ctx, exec);
}

/* ---- One after another */

/* What the next command has to wait for. */
struct waits {
  cl_uint count;
  const cl_event *list;
};

static bool is_first(const struct ci_run *run) { return run->enqueued == 0; }

static bool is_last(const struct ci_run *run) {
  return run->enqueued + 1 == run->count;
}

static void advance(struct ci_run *run, cl_event event) {
  if (event == NULL) return;
  if (run->last) clReleaseEvent(run->last);
  run->last = event;
}

/* With the event of the first command as the last one. */
static clinfer_status note_first(struct ci_run *run) {
  if (run->exec->first == NULL || !is_first(run)) return CLINFER_OK;
  CI_TRY(ci_cl(clRetainEvent(run->last), "clRetainEvent"));
  run->first = run->last;
  return CLINFER_OK;
}

/* A command that waits for all of `w`, and that all later ones wait for. */
static clinfer_status barrier(struct ci_run *run, struct waits w) {
  cl_event event = NULL;
  CI_TRY(ci_cl(clEnqueueBarrierWithWaitList(run->exec->queue, w.count, w.list,
                                            &event),
               "clEnqueueBarrierWithWaitList"));
  advance(run, event);
  return CLINFER_OK;
}

/* Before the first command: the caller's events; then the one before, and
 * before the first one the scratch's last user. In-order queues need only the
 * caller's. */
static clinfer_status waits_of(struct ci_run *run, struct waits *w) {
  const struct waits callers = {run->exec->wait_count, run->exec->wait_list};
  *w = (struct waits){0, NULL};
  if (is_first(run)) {
    *w = callers;
    if (run->scratch == NULL) return CLINFER_OK;
    if (callers.count) CI_TRY(barrier(run, callers));
    *w = (struct waits){1, &run->scratch};
  } else if (!run->in_order) {
    *w = (struct waits){1, &run->last};
  }
  return CLINFER_OK;
}

/* With an event a launch costs a third more on NVIDIA's driver. It is for the
 * caller, for the next command out of order, and to know when the kernel may be
 * saved; k is NULL if it is CLBlast's. */
static bool needs_event(const struct ci_run *run, const struct ci_kernel *k) {
  if (k != NULL && ci_kernel_is_unsaved(k)) return true;
  if (is_first(run) && run->exec->first) return true;
  if (is_last(run) && run->exec->event) return true;
  return !run->in_order && (!is_last(run) || run->shares_scratch);
}

static clinfer_status enqueue_kernel(struct ci_run *run,
                                     const struct ci_command *c,
                                     struct waits w) {
  struct ci_kernel *k = c->program;
  const cl_command_queue queue = run->exec->queue;
  cl_event event = NULL;
  ci_kernel_save_if_idle(run->ctx, k);
  CI_TRY(ci_cl_for(clEnqueueNDRangeKernel(queue, c->kernel, c->dims, NULL,
                                          c->global, c->local, w.count, w.list,
                                          needs_event(run, k) ? &event : NULL),
                   "clEnqueueNDRangeKernel", ci_kernel_name(k)));
  ci_kernel_runs(k, run->in_order ? queue : NULL, event);
  advance(run, event);
  return note_first(run);
}

/* CLBlast takes no wait list, so a barrier holds its kernels back; and gives
 * only the event of its last one, so a barrier stands for the first as well. */
static clinfer_status enqueue_clblast(struct ci_run *run,
                                      const struct ci_command *c,
                                      struct waits w) {
  cl_event event = NULL;
  if (w.count > 0 || (is_first(run) && run->exec->first)) {
    CI_TRY(barrier(run, w));
    CI_TRY(note_first(run));
  }
  CI_TRY(ci_clblast_gemm(run->exec->queue, &c->gemm, c->temporary,
                         needs_event(run, NULL) ? &event : NULL));
  advance(run, event);
  return CLINFER_OK;
}

clinfer_status ci_enqueue(struct ci_run *run, const struct ci_command *c) {
  struct waits w;
  CI_TRY(waits_of(run, &w));
  CI_TRY((c->program ? enqueue_kernel : enqueue_clblast)(run, c, w));
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
  advance(run, event);
  return note_first(run);
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
