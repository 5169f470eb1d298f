/* submit.c - running a plan. */

#include "submit.h"

#include "clblast.h"
#include "validate.h"

/* A plan while its steps are being enqueued. */
struct ci_run {
  const struct ci_plan *plan;
  struct ci_kernel *kernels[CI_MOST_STEPS];
  struct ci_block *block; /* of the context's pool, or NULL */
  cl_mem scratch;
  cl_event last; /* of the step enqueued last, if anybody needs it */
};

/* The temporary part comes first: CLBlast takes a buffer but no offset. */
static size_t intermediates_at(const struct ci_plan *plan) {
  return ci_scratch_aligned(plan->temporary);
}

static size_t scratch_size(const struct ci_plan *plan) {
  return intermediates_at(plan) + plan->intermediate;
}

static clinfer_status get_kernels(struct ci_run *run) {
  const struct ci_plan *plan = run->plan;
  for (size_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].id.kernel)
      CI_TRY(ci_kernel_get(plan->ctx, &plan->steps[i].id, &run->kernels[i]));
  return CLINFER_OK;
}

/* The caller's scratch is no operand. */
static bool is_operand(const struct ci_plan *plan, cl_mem mem) {
  for (size_t i = 0; i < plan->step_count; i++) {
    const struct ci_step *step = &plan->steps[i];
    const struct ci_gemm *g = &step->clblast;
    if (step->id.kernel == NULL &&
        (g->a.mem == mem || g->w.matrix.mem == mem || g->c.mem == mem))
      return true;
    for (size_t k = 0; k < step->arg_count; k++)
      if (step->args[k].mem == mem) return true;
  }
  return false;
}

static clinfer_status get_scratch(struct ci_run *run) {
  const struct ci_plan *plan = run->plan;
  const size_t size = scratch_size(plan);
  if (size == 0) return CLINFER_OK;
  if (plan->exec->scratch == NULL) {
    CI_TRY(ci_pool_take(&plan->ctx->pool, plan->ctx->cl, plan->exec->queue,
                        size, &run->block));
    run->scratch = run->block->mem;
    return CLINFER_OK;
  }
  size_t has;
  CI_TRY(ci_check_memory(plan->ctx, "exec.scratch", plan->exec->scratch,
                         CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY, &has));
  if (has < size)
    return ci_fail(CLINFER_BAD_BUFFER, 0,
                   "exec.scratch has %zu bytes; this call needs %zu", has,
                   size);
  if (is_operand(plan, plan->exec->scratch))
    return ci_fail(CLINFER_BAD_ALIAS, 0, "exec.scratch is an operand as well");
  run->scratch = plan->exec->scratch;
  return CLINFER_OK;
}

/* Where an operand in scratch lies, now that the buffer is known. */
static void place(const struct ci_run *run, cl_mem *mem, size_t *offset,
                  clinfer_dtype dtype) {
  if (*mem != CI_SCRATCH) return;
  *mem = run->scratch;
  *offset += intermediates_at(run->plan) / clinfer_dtype_size(dtype);
}

static clinfer_status set_args(const struct ci_run *run, struct ci_kernel *k,
                               const struct ci_step *step) {
  cl_uint index = 0;
  for (size_t i = 0; i < step->arg_count; i++) {
    struct ci_arg arg = step->args[i];
    if (arg.kind == CI_ARG_NUMBER) {
      CI_TRY(ci_kernel_set(k, index++, sizeof arg.number, &arg.number));
      continue;
    }
    place(run, &arg.mem, &arg.offset, arg.dtype);
    const cl_ulong at[] = {arg.offset, arg.ld};
    CI_TRY(ci_kernel_set_buffer(k, index++, arg.mem));
    CI_TRY(ci_kernel_set(k, index++,
                         arg.kind == CI_ARG_MATRIX ? sizeof at : sizeof *at,
                         at));
  }
  return CLINFER_OK;
}

/* What the next command has to wait for. */
struct waits {
  cl_uint count;
  const cl_event *list;
};

static void advance(struct ci_run *run, cl_event event) {
  if (event == NULL) return;
  if (run->last) clReleaseEvent(run->last);
  run->last = event;
}

/* A command that waits for all of `w`, and that all later ones wait for. */
static clinfer_status barrier(struct ci_run *run, struct waits w) {
  cl_event event = NULL;
  CI_TRY(ci_cl(clEnqueueBarrierWithWaitList(run->plan->exec->queue, w.count,
                                            w.list, &event),
               "clEnqueueBarrierWithWaitList"));
  advance(run, event);
  return CLINFER_OK;
}

/* Before the first step: the caller's events; then the step before, and before
 * the first one the scratch's last user. In-order queues need only the
 * caller's. */
static clinfer_status waits_of(struct ci_run *run, size_t step,
                               struct waits *w) {
  const clinfer_exec *exec = run->plan->exec;
  const struct waits callers = {exec->wait_count, exec->wait_list};
  *w = (struct waits){0, NULL};
  if (step == 0) {
    const bool scratch_busy = run->block && run->block->last;
    *w = callers;
    if (!scratch_busy) return CLINFER_OK;
    if (callers.count) CI_TRY(barrier(run, callers));
    *w = (struct waits){1, &run->block->last};
  } else if (!run->plan->in_order) {
    *w = (struct waits){1, &run->last};
  }
  return CLINFER_OK;
}

/* With an event a launch costs a third more on NVIDIA's driver. It is for the
 * caller, for the next command out of order, and to know when the kernel may be
 * saved. */
static bool needs_event(const struct ci_run *run, const struct ci_kernel *k,
                        const struct ci_step *step) {
  const struct ci_plan *plan = run->plan;
  const bool is_last = step == &plan->steps[plan->step_count - 1];
  if (k->key != NULL || (is_last && plan->exec->event != NULL)) return true;
  return !plan->in_order && (!is_last || run->block != NULL);
}

static clinfer_status enqueue_kernel(struct ci_run *run, struct ci_kernel *k,
                                     const struct ci_step *step,
                                     struct waits w) {
  const struct ci_plan *plan = run->plan;
  cl_event event = NULL;
  pthread_mutex_lock(&k->lock);
  ci_kernel_save_if_idle(plan->ctx, k);
  const bool event_needed = needs_event(run, k, step);
  clinfer_status status = set_args(run, k, step);
  if (status == CLINFER_OK)
    status = ci_cl(clEnqueueNDRangeKernel(plan->exec->queue, k->kernel,
                                          step->dims, NULL, step->global,
                                          step->local, w.count, w.list,
                                          event_needed ? &event : NULL),
                   step->id.kernel);
  if (status == CLINFER_OK)
    ci_kernel_runs(k, plan->in_order ? plan->exec->queue : NULL, event);
  pthread_mutex_unlock(&k->lock);
  advance(run, event);
  return status;
}

/* CLBlast takes no wait list, so a barrier holds its kernels back. */
static clinfer_status enqueue_clblast(struct ci_run *run,
                                      const struct ci_step *step,
                                      struct waits w) {
  struct ci_gemm gemm = step->clblast;
  cl_event event = NULL;
  if (w.count > 0) CI_TRY(barrier(run, w));
  place(run, &gemm.a.mem, &gemm.a.offset, gemm.a.dtype);
  place(run, &gemm.c.mem, &gemm.c.offset, gemm.c.dtype);
  CI_TRY(ci_clblast_gemm(run->plan->exec->queue, &gemm, run->scratch, &event));
  advance(run, event);
  return CLINFER_OK;
}

static clinfer_status enqueue_steps(struct ci_run *run) {
  const struct ci_plan *plan = run->plan;
  for (size_t i = 0; i < plan->step_count; i++) {
    struct waits w;
    CI_TRY(waits_of(run, i, &w));
    if (run->kernels[i])
      CI_TRY(enqueue_kernel(run, run->kernels[i], &plan->steps[i], w));
    else
      CI_TRY(enqueue_clblast(run, &plan->steps[i], w));
  }
  return CLINFER_OK;
}

static clinfer_status enqueue_marker(const clinfer_exec *exec) {
  return ci_cl(clEnqueueMarkerWithWaitList(exec->queue, exec->wait_count,
                                           exec->wait_list, exec->event),
               "clEnqueueMarkerWithWaitList");
}

/* Out of order, the last event must cover all that uses the scratch: after a
 * failure half-way, among it what CLBlast may have enqueued. */
static void return_block(struct ci_run *run, clinfer_status status) {
  const struct ci_plan *plan = run->plan;
  if (status != CLINFER_OK && !plan->in_order) {
    cl_event event = NULL;
    clEnqueueMarkerWithWaitList(plan->exec->queue, 0, NULL, &event);
    advance(run, event);
  }
  ci_pool_return(&plan->ctx->pool, run->block,
                 plan->in_order ? NULL : run->last);
}

/* A plan that no buffer of the device can serve. */
static clinfer_status check_size(const struct ci_plan *plan) {
  const cl_ulong most = plan->ctx->device.max_alloc;
  if (scratch_size(plan) <= most) return CLINFER_OK;
  return ci_fail(CLINFER_OUT_OF_MEMORY, 0,
                 "%zu bytes of scratch are needed; the device's largest buffer "
                 "has %llu",
                 scratch_size(plan), (unsigned long long)most);
}

clinfer_status ci_submit(const struct ci_plan *plan) {
  const clinfer_exec *exec = plan->exec;
  CI_TRY(check_size(plan));
  if (exec->scratch_needed) {
    *exec->scratch_needed = scratch_size(plan);
    return CLINFER_OK;
  }
  if (plan->step_count == 0) return enqueue_marker(exec);

  struct ci_run run = {.plan = plan};
  CI_TRY(get_kernels(&run));
  CI_TRY(get_scratch(&run));
  const clinfer_status status = enqueue_steps(&run);
  if (run.block) return_block(&run, status);
  if (status == CLINFER_OK && exec->event)
    *exec->event = run.last;
  else if (run.last)
    clReleaseEvent(run.last);
  return status;
}
