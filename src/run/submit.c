/* submit.c - running a plan: its steps become commands, each in turn. */

#include "run/submit.h"

#include "base/memory.h"
#include "run/recording.h"
#include "run/run.h"

clinfer_status ci_plan_begin(struct ci_plan *plan, struct ci_runtime *runtime,
                             const struct ci_target *target,
                             const clinfer_exec *exec) {
  ci_plan_clear(plan);
  plan->target = target;
  plan->proofs = NULL;
  plan->untested = 0;
  plan->runtime = runtime;
  plan->in_order = true;
  if (exec->recording)
    CI_TRY(ci_recording_exec(runtime, &exec));
  else
    CI_TRY(ci_check_exec(&runtime->programs, exec, &plan->in_order));
  plan->exec = exec;
  return CLINFER_OK;
}

/* ---- Scratch for one call */

/* Of whole buffers, not of views: OpenCL lets no command write to a part of a
 * buffer that it uses. */
static clinfer_status check_apart(const struct ci_place *scratch,
                                  cl_mem operand) {
  bool shared;
  if (operand == NULL || ci_is_in_scratch(operand)) return CLINFER_OK;
  CI_TRY(ci_share_memory("exec.scratch", scratch, operand, &shared));
  if (!shared) return CLINFER_OK;
  return ci_fail(CLINFER_BAD_ALIAS, 0,
                 "exec.scratch overlaps the buffer of an operand");
}

static clinfer_status check_step(const struct ci_step *step,
                                 const struct ci_place *scratch) {
  for (size_t i = 0; i < step->arg_count; i++)
    if (step->args[i].kind != CI_ARG_NUMBER)
      CI_TRY(check_apart(scratch, step->args[i].mem));
  return check_apart(scratch, step->packed_from);
}

static clinfer_status check_scratch(const struct ci_plan *plan, cl_mem mem) {
  const size_t size = ci_scratch_size(plan);
  struct ci_place at;
  size_t has;
  CI_TRY(ci_check_memory(plan->runtime->programs.cl, "exec.scratch", mem,
                         CL_MEM_READ_ONLY | CL_MEM_WRITE_ONLY, &has));
  if (has < size)
    return ci_fail(CLINFER_BAD_BUFFER, 0,
                   "exec.scratch has %zu bytes; this call needs %zu", has,
                   size);
  CI_TRY(ci_find_place("exec.scratch", mem, &at));
  for (size_t i = 0; i < plan->step_count; i++)
    CI_TRY(check_step(&plan->steps[i], &at));
  return CLINFER_OK;
}

/* The memory of one call; `block` is the pool's, or NULL. */
static clinfer_status get_scratch(const struct ci_plan *plan, cl_mem *mem,
                                  struct ci_block **block) {
  const size_t size = ci_scratch_size(plan);
  *mem = plan->exec->scratch;
  *block = NULL;
  if (size == 0) return CLINFER_OK;
  if (*mem != NULL) return check_scratch(plan, *mem);
  CI_TRY(ci_pool_take(&plan->runtime->pool, plan->runtime->programs.cl,
                      plan->exec->queue, size, block));
  *mem = (*block)->mem;
  return CLINFER_OK;
}

/* Out of order, the last event must cover all that uses the scratch: after a
 * failure half-way, among it what CLBlast may have enqueued. A block whose use
 * cannot be covered is used no more. */
static void return_block(struct ci_pool *pool, struct ci_run *run,
                         struct ci_block *block, clinfer_status status) {
  if (status == CLINFER_OK || run->in_order || ci_run_cover(run))
    ci_pool_return(pool, block, run->in_order ? NULL : run->last);
  else
    ci_pool_drop(block);
}

/* ---- The call */

static clinfer_status check_counts(const struct ci_plan *plan) {
  bool fits = plan->step_count <= CI_MOST_STEPS;
  for (size_t i = 0; fits && i < plan->step_count; i++)
    fits = plan->steps[i].arg_count <= CI_MOST_ARGS;
  return fits ? CLINFER_OK
              : ci_fail(CLINFER_UNSUPPORTED, 0,
                        "a plan has too many steps or arguments");
}

static clinfer_status measure(struct ci_plan *plan) {
  for (size_t i = 0; i < plan->step_count; i++) {
    const struct ci_step *step = &plan->steps[i];
    size_t bytes = 0;
    if (step->kind->measure)
      CI_TRY(step->kind->measure(step, plan->exec->queue, &bytes));
    if (bytes > plan->temporary) plan->temporary = bytes;
  }
  return CLINFER_OK;
}

/* A plan that no buffer of the device can serve. */
static clinfer_status check_size(const struct ci_plan *plan) {
  const cl_ulong most = plan->runtime->programs.device->max_alloc;
  if (ci_scratch_size(plan) <= most) return CLINFER_OK;
  return ci_fail(CLINFER_OUT_OF_MEMORY, 0,
                 "%zu bytes of scratch are needed; the device's largest buffer "
                 "has %llu",
                 ci_scratch_size(plan), (unsigned long long)most);
}

static clinfer_status get_kernels(const struct ci_plan *plan,
                                  struct ci_kernel *kernels[CI_MOST_STEPS]) {
  for (size_t i = 0; i < plan->step_count; i++)
    CI_TRY(plan->steps[i].kind->find(&plan->runtime->programs, &plan->steps[i],
                                     &kernels[i]));
  return CLINFER_OK;
}

/* What other libraries' steps would compile when they run. */
static clinfer_status compile_others(const struct ci_plan *plan) {
  for (size_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind->compile)
      CI_TRY(plan->steps[i].kind->compile(plan->exec->queue));
  return CLINFER_OK;
}

static clinfer_status try_step(struct ci_run *run, const struct ci_step *step,
                               struct ci_scratch scratch, struct ci_kernel *k) {
  struct ci_command command;
  CI_TRY(step->kind->prepare(step, scratch, k, &command));
  return ci_enqueue(run, &command);
}

/* The driver may have taken a binary from disk that it cannot launch. */
static clinfer_status try_loaded(struct ci_run *run, const struct ci_step *step,
                                 struct ci_scratch scratch,
                                 struct ci_kernel *k) {
  const clinfer_error before = *clinfer_last_error();
  const clinfer_status status = try_step(run, step, scratch, k);
  if (!ci_kernel_replaced(run->programs, k, k->program, status)) return status;
  ci_restore_error(&before);
  return try_step(run, step, scratch, k);
}

static clinfer_status enqueue_step(struct ci_run *run,
                                   const struct ci_step *step,
                                   struct ci_scratch scratch,
                                   struct ci_kernel *k) {
  ci_kernel_lock(k); /* until the arguments are enqueued */
  const bool is_loaded = k != NULL && k->is_loaded;
  const clinfer_status status = (is_loaded ? try_loaded : try_step)(run, step,
                                                                    scratch, k);
  ci_kernel_unlock(k);
  return status;
}

static clinfer_status run_plan(const struct ci_plan *plan,
                               struct ci_kernel *const *kernels) {
  struct ci_run run = {.programs = &plan->runtime->programs,
                       .exec = plan->exec,
                       .in_order = plan->in_order,
                       .count = plan->step_count};
  struct ci_block *block;
  cl_mem mem;
  CI_TRY(get_scratch(plan, &mem, &block));
  const struct ci_scratch scratch = ci_scratch_in(plan, mem);
  run.scratch = block ? block->last : NULL;
  run.shares_scratch = block != NULL;
  clinfer_status status = CLINFER_OK;
  for (size_t i = 0; i < run.count && status == CLINFER_OK; i++)
    status = enqueue_step(&run, &plan->steps[i], scratch, kernels[i]);
  if (block) return_block(&plan->runtime->pool, &run, block, status);
  return ci_run_end(&run, status);
}

clinfer_status ci_submit(struct ci_plan *plan) {
  const clinfer_exec *exec = plan->exec;
  struct ci_kernel *kernels[CI_MOST_STEPS];
  CI_TRY(check_counts(plan));
  CI_TRY(measure(plan));
  CI_TRY(check_size(plan));
  if (exec->prepare || !exec->scratch_needed)
    CI_TRY(get_kernels(plan, kernels));
  if (exec->prepare || exec->recording) CI_TRY(compile_others(plan));
  if (exec->scratch_needed) *exec->scratch_needed = ci_scratch_size(plan);
  if (exec->prepare || exec->scratch_needed) return CLINFER_OK;
  return exec->recording ? ci_record(plan, kernels) : run_plan(plan, kernels);
}
