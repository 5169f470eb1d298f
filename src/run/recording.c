/* recording.c - operators that are prepared once and run many times.
 *
 * Every step has a cl_kernel of its own, with its arguments set; so a run sets
 * none, and whatever else uses the program cannot change them. A kernel does
 * not keep its buffers, so the recording does. */

#include "run/recording.h"

#include <stdlib.h>

#include "program/build.h"
#include "run/run.h"

/* A step, and what it holds on to. */
struct recorded {
  struct ci_command command;
  cl_program made_of; /* what its kernel keeps; the program may be replaced */
  cl_mem buffers[CI_MOST_ARGS + 1];
  size_t buffer_count;
};

struct clinfer_recording {
  struct ci_runtime *runtime;
  clinfer_exec exec; /* to plan with: CLBlast asks a queue for its device */
  struct recorded *steps;
  size_t count, room;
  cl_mem scratch; /* the largest so far; earlier steps hold theirs */
  size_t scratch_size;
};

clinfer_status ci_recording_create(struct ci_runtime *runtime,
                                   clinfer_recording **out) {
  const struct ci_programs *programs = &runtime->programs;
  clinfer_recording *r = calloc(1, sizeof *r);
  if (r == NULL) return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  cl_int code;
  r->runtime = runtime;
  r->exec.recording = r;
  r->exec.queue = clCreateCommandQueue(programs->cl, programs->device->id, 0,
                                       &code);
  if (r->exec.queue == NULL) {
    free(r);
    return ci_cl(code, "clCreateCommandQueue");
  }
  *out = r;
  return CLINFER_OK;
}

static void forget(struct recorded *step) {
  if (step->command.kernel) clReleaseKernel(step->command.kernel);
  while (step->buffer_count > 0)
    clReleaseMemObject(step->buffers[--step->buffer_count]);
}

void clinfer_recording_destroy(clinfer_recording *r) {
  if (r == NULL) return;
  while (r->count > 0) forget(&r->steps[--r->count]);
  free(r->steps);
  if (r->scratch) clReleaseMemObject(r->scratch);
  clReleaseCommandQueue(r->exec.queue);
  free(r);
}

/* ---- Recording */

clinfer_status ci_recording_exec(const struct ci_runtime *runtime,
                                 const clinfer_exec **exec) {
  const clinfer_exec *e = *exec;
  if (e->recording->runtime != runtime)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0,
                   "exec.recording is of another context");
  if (e->wait_count || e->wait_list || e->event || e->first || e->scratch ||
      e->scratch_needed || e->prepare)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0,
                   "exec.recording goes with no wait_list, event, first, "
                   "scratch, scratch_needed or prepare");
  *exec = &e->recording->exec;
  return CLINFER_OK;
}

/* Buffers that became too small live as long as the steps that hold them. */
static clinfer_status reserve_scratch(clinfer_recording *r, size_t size) {
  cl_int code;
  if (size <= r->scratch_size) return CLINFER_OK;
  cl_mem mem = clCreateBuffer(r->runtime->programs.cl, CL_MEM_READ_WRITE, size,
                              NULL, &code);
  if (mem == NULL) return ci_cl(code, "clCreateBuffer for scratch");
  if (r->scratch) clReleaseMemObject(r->scratch);
  r->scratch = mem;
  r->scratch_size = size;
  return CLINFER_OK;
}

static clinfer_status reserve_steps(clinfer_recording *r, size_t count) {
  if (r->count + count <= r->room) return CLINFER_OK;
  const size_t room = 2 * r->room + count;
  struct recorded *steps = realloc(r->steps, room * sizeof *steps);
  if (steps == NULL) return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  r->steps = steps;
  r->room = room;
  return CLINFER_OK;
}

static clinfer_status hold(struct recorded *step, cl_mem mem) {
  if (mem == NULL) return CLINFER_OK;
  CI_TRY(ci_cl(clRetainMemObject(mem), "clRetainMemObject"));
  step->buffers[step->buffer_count++] = mem;
  return CLINFER_OK;
}

static clinfer_status hold_buffers(struct recorded *to,
                                   const struct ci_step *step,
                                   struct ci_scratch scratch) {
  for (size_t i = 0; i < step->arg_count; i++)
    if (step->args[i].kind != CI_ARG_NUMBER)
      CI_TRY(hold(to, ci_resolve(scratch, &step->args[i]).mem));
  return hold(to, to->command.program ? NULL : to->command.temporary);
}

/* Gives the step a kernel of the same program, whose arguments nobody else
 * sets. */
static clinfer_status prepare(const struct ci_step *step,
                              struct ci_scratch scratch,
                              struct ci_kernel *program, struct recorded *to) {
  cl_int code;
  to->made_of = program ? program->program : NULL;
  if (program == NULL)
    return step->kind->prepare(step, scratch, NULL, &to->command);
  struct ci_kernel own = {.kernel = ci_build_kernel(program, &code)};
  if (own.kernel == NULL) return ci_cl(code, "clCreateKernel");
  const clinfer_status status = step->kind->prepare(step, scratch, &own,
                                                    &to->command);
  to->command.program = program;
  if (status != CLINFER_OK) clReleaseKernel(own.kernel);
  return status;
}

/* With the program's lock held: it may be replaced. */
static clinfer_status append(clinfer_recording *r, const struct ci_step *step,
                             struct ci_scratch scratch,
                             struct ci_kernel *program) {
  struct recorded *to = &r->steps[r->count];
  const clinfer_error before = *clinfer_last_error();
  to->buffer_count = 0;
  clinfer_status status = prepare(step, scratch, program, to);
  if (ci_kernel_replaced(&r->runtime->programs, program, to->made_of, status)) {
    ci_restore_error(&before);
    status = prepare(step, scratch, program, to);
  }
  CI_TRY(status);
  r->count++; /* to be forgotten like any other, if the next fails */
  return hold_buffers(to, step, scratch);
}

clinfer_status ci_record(const struct ci_plan *plan,
                         struct ci_kernel *const *kernels) {
  clinfer_recording *r = plan->exec->recording;
  const size_t before = r->count;
  CI_TRY(reserve_steps(r, plan->step_count));
  CI_TRY(reserve_scratch(r, ci_scratch_size(plan)));
  const struct ci_scratch scratch = ci_scratch_in(plan, r->scratch);
  clinfer_status status = CLINFER_OK;
  for (size_t i = 0; i < plan->step_count && status == CLINFER_OK; i++) {
    ci_kernel_lock(kernels[i]);
    status = append(r, &plan->steps[i], scratch, kernels[i]);
    ci_kernel_unlock(kernels[i]);
  }
  if (status != CLINFER_OK)
    while (r->count > before) forget(&r->steps[--r->count]);
  return status;
}

/* ---- Running */

static clinfer_status check(const clinfer_recording *r,
                            const clinfer_exec *exec, bool *in_order) {
  if (r == NULL || exec == NULL)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "recording or exec is NULL");
  if (exec->recording || exec->scratch || exec->scratch_needed || exec->prepare)
    return ci_fail(
        CLINFER_BAD_ARGUMENT, 0,
        "a run takes no recording, scratch, scratch_needed or prepare");
  return ci_check_exec(&r->runtime->programs, exec, in_order);
}

/* The step's kernel stays that of the binary: its arguments are known no more.
 */
static clinfer_status blame_cache(const clinfer_recording *r,
                                  const struct ci_kernel *k) {
  const int code = clinfer_last_error()->code;
  return ci_fail(CLINFER_OPENCL_ERROR, code,
                 "clEnqueueNDRangeKernel for %s failed (%d): its binary in %s "
                 "cannot be launched and is replaced; record anew",
                 ci_kernel_name(k), code, r->runtime->programs.cache_dir);
}

clinfer_status clinfer_recording_run(clinfer_recording *r,
                                     const clinfer_exec *exec) {
  bool in_order;
  CI_TRY(check(r, exec, &in_order));
  struct ci_run run = {.programs = &r->runtime->programs,
                       .exec = exec,
                       .in_order = in_order,
                       .count = r->count};
  clinfer_status status = CLINFER_OK;
  for (size_t i = 0; i < r->count && status == CLINFER_OK; i++) {
    const struct recorded *step = &r->steps[i];
    const struct ci_command *command = &step->command;
    ci_kernel_lock(command->program);
    status = ci_enqueue(&run, command);
    if (ci_kernel_replaced(run.programs, command->program, step->made_of,
                           status))
      status = blame_cache(r, command->program);
    ci_kernel_unlock(command->program);
  }
  return ci_run_end(&run, status);
}
