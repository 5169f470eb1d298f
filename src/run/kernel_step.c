/* kernel_step.c - the steps that are kernels of this library. */

#include "run/run.h"

static clinfer_status find(struct ci_programs *programs,
                           const struct ci_step *step,
                           struct ci_kernel **kernel) {
  return ci_kernel_get(programs, &step->id, kernel);
}

/* Where an operand lies in its buffer, as step.h says for each kind. */
static clinfer_status set_place(struct ci_kernel *k, cl_uint index,
                                const struct ci_arg *a) {
  const cl_ulong view[] = {a->offset, a->batch_stride, a->head_stride, a->ld};
  const cl_ulong matrix[] = {a->offset, a->ld};
  if (a->kind == CI_ARG_VIEW) return ci_kernel_set(k, index, sizeof view, view);
  return ci_kernel_set(k, index,
                       a->kind == CI_ARG_MATRIX ? sizeof matrix
                                                : sizeof *matrix,
                       matrix);
}

static clinfer_status set_args(struct ci_scratch scratch, struct ci_kernel *k,
                               const struct ci_step *step) {
  cl_uint index = 0;
  for (size_t i = 0; i < step->arg_count; i++) {
    const struct ci_arg arg = ci_resolve(scratch, &step->args[i]);
    if (arg.kind == CI_ARG_NUMBER) {
      CI_TRY(ci_kernel_set(k, index++, sizeof arg.number, &arg.number));
      continue;
    }
    CI_TRY(ci_kernel_set_buffer(k, index++, arg.mem));
    CI_TRY(set_place(k, index++, &arg));
  }
  return CLINFER_OK;
}

static clinfer_status prepare(const struct ci_step *step,
                              struct ci_scratch scratch, struct ci_kernel *k,
                              struct ci_command *c) {
  c->kind = step->kind;
  c->program = k;
  c->kernel = k->kernel;
  c->dims = step->dims;
  for (size_t d = 0; d < 2; d++) {
    c->global[d] = step->global[d];
    c->local[d] = step->local[d];
  }
  return set_args(scratch, k, step);
}

static clinfer_status enqueue(struct ci_run *run, const struct ci_command *c,
                              struct ci_waits waits) {
  struct ci_kernel *k = c->program;
  const cl_command_queue queue = run->exec->queue;
  cl_event event = NULL;
  ci_kernel_save_if_idle(run->programs, k);
  const bool is_watched = ci_kernel_is_unsaved(k);
  CI_TRY(ci_cl_for(clEnqueueNDRangeKernel(queue, c->kernel, c->dims, NULL,
                                          c->global, c->local, waits.count,
                                          waits.list,
                                          is_watched || ci_run_needs_event(run)
                                              ? &event
                                              : NULL),
                   "clEnqueueNDRangeKernel", ci_kernel_name(k)));
  ci_kernel_runs(k, run->in_order ? queue : NULL, event);
  return ci_run_enqueued(run, event);
}

const struct ci_step_kind ci_kernel_step = {
    .find = find, .prepare = prepare, .enqueue = enqueue};
