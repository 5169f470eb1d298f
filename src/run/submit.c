/* submit.c - running a plan: its steps become commands, each in turn. */

#include "run/submit.h"

#include "gemm/clblast_calls.h"
#include "run/recording.h"
#include "op/validate.h"

/* The temporary part comes first: CLBlast takes a buffer but no offset. */
static size_t intermediates_at(const struct ci_plan *plan) {
  return ci_scratch_aligned(plan->temporary);
}

size_t ci_scratch_size(const struct ci_plan *plan) {
  return intermediates_at(plan) + plan->intermediate;
}

/* ---- Steps become commands */

/* An operand in scratch, now that the buffer is known. */
struct place {
  cl_mem scratch;
  size_t intermediates; /* where they start, in bytes */
};

static void put(struct place at, cl_mem *mem, size_t *offset,
                clinfer_dtype dtype) {
  if (*mem != CI_SCRATCH) return;
  *mem = at.scratch;
  *offset += at.intermediates / clinfer_dtype_size(dtype);
}

static clinfer_status set_args(struct place at, struct ci_kernel *k,
                               const struct ci_step *step) {
  cl_uint index = 0;
  for (size_t i = 0; i < step->arg_count; i++) {
    struct ci_arg arg = step->args[i];
    if (arg.kind == CI_ARG_NUMBER) {
      CI_TRY(ci_kernel_set(k, index++, sizeof arg.number, &arg.number));
      continue;
    }
    put(at, &arg.mem, &arg.offset, arg.dtype);
    const cl_ulong lies[] = {arg.offset, arg.ld};
    CI_TRY(ci_kernel_set_buffer(k, index++, arg.mem));
    CI_TRY(ci_kernel_set(k, index++,
                         arg.kind == CI_ARG_MATRIX ? sizeof lies : sizeof *lies,
                         lies));
  }
  return CLINFER_OK;
}

static void prepare_clblast(struct place at, const struct ci_step *step,
                            struct ci_command *c) {
  c->program = NULL;
  c->kernel = NULL;
  c->gemm = step->clblast;
  put(at, &c->gemm.a.mem, &c->gemm.a.offset, c->gemm.a.dtype);
  put(at, &c->gemm.c.mem, &c->gemm.c.offset, c->gemm.c.dtype);
  c->temporary = at.scratch;
}

clinfer_status ci_prepare(const struct ci_plan *plan,
                          const struct ci_step *step, cl_mem scratch,
                          struct ci_kernel *k, struct ci_command *c) {
  const struct place at = {scratch, intermediates_at(plan)};
  if (k == NULL) {
    prepare_clblast(at, step, c);
    return CLINFER_OK;
  }
  c->program = k;
  c->kernel = k->kernel;
  c->dims = step->dims;
  for (size_t d = 0; d < 2; d++) {
    c->global[d] = step->global[d];
    c->local[d] = step->local[d];
  }
  return set_args(at, k, step);
}

/* ---- Scratch for one call */

/* Of whole buffers, not of views: OpenCL lets no command write to a part of a
 * buffer that it uses. */
static clinfer_status check_apart(const struct ci_place *scratch,
                                  cl_mem operand) {
  bool shared;
  if (operand == NULL || operand == CI_SCRATCH) return CLINFER_OK;
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
  if (!step->is_clblast) return check_apart(scratch, step->packed_from);
  CI_TRY(check_apart(scratch, step->clblast.a.mem));
  CI_TRY(check_apart(scratch, step->clblast.w.matrix.mem));
  return check_apart(scratch, step->clblast.c.mem);
}

static clinfer_status check_scratch(const struct ci_plan *plan, cl_mem mem) {
  const size_t size = ci_scratch_size(plan);
  struct ci_place at;
  size_t has;
  CI_TRY(ci_check_memory(plan->ctx, "exec.scratch", mem,
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
  CI_TRY(ci_pool_take(&plan->ctx->pool, plan->ctx->cl, plan->exec->queue, size,
                      block));
  *mem = (*block)->mem;
  return CLINFER_OK;
}

/* Out of order, the last event must cover all that uses the scratch: after a
 * failure half-way, among it what CLBlast may have enqueued. A block whose use
 * cannot be covered is used no more. */
static void return_block(struct ci_run *run, struct ci_block *block,
                         clinfer_status status) {
  if (status == CLINFER_OK || run->in_order || ci_run_cover(run))
    ci_pool_return(&run->ctx->pool, block, run->in_order ? NULL : run->last);
  else
    ci_pool_drop(block);
}

/* ---- The call */

/* A plan that no buffer of the device can serve. */
static clinfer_status check_size(const struct ci_plan *plan) {
  const cl_ulong most = plan->ctx->device.max_alloc;
  if (ci_scratch_size(plan) <= most) return CLINFER_OK;
  return ci_fail(CLINFER_OUT_OF_MEMORY, 0,
                 "%zu bytes of scratch are needed; the device's largest buffer "
                 "has %llu",
                 ci_scratch_size(plan), (unsigned long long)most);
}

static clinfer_status get_kernels(const struct ci_plan *plan,
                                  struct ci_kernel *kernels[CI_MOST_STEPS]) {
  for (size_t i = 0; i < plan->step_count; i++) {
    kernels[i] = NULL;
    if (!plan->steps[i].is_clblast)
      CI_TRY(ci_kernel_get(plan->ctx, &plan->steps[i].id, &kernels[i]));
  }
  return CLINFER_OK;
}

/* CLBlast's kernels for the steps that are its own. */
static clinfer_status compile_clblast(const struct ci_plan *plan) {
  for (size_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].is_clblast) return ci_clblast_compile(plan->exec->queue);
  return CLINFER_OK;
}

static clinfer_status try_step(struct ci_run *run, const struct ci_plan *plan,
                               cl_mem scratch, struct ci_kernel *k) {
  struct ci_command command;
  CI_TRY(ci_prepare(plan, &plan->steps[run->enqueued], scratch, k, &command));
  return ci_enqueue(run, &command);
}

/* The driver may have taken a binary from disk that it cannot launch. */
static clinfer_status try_loaded(struct ci_run *run, const struct ci_plan *plan,
                                 cl_mem scratch, struct ci_kernel *k) {
  const clinfer_error before = *clinfer_last_error();
  const clinfer_status status = try_step(run, plan, scratch, k);
  if (!ci_kernel_replaced(run->ctx, k, status)) return status;
  ci_restore_error(&before);
  return try_step(run, plan, scratch, k);
}

static clinfer_status enqueue_step(struct ci_run *run,
                                   const struct ci_plan *plan, cl_mem scratch,
                                   struct ci_kernel *k) {
  ci_kernel_lock(k); /* until the arguments are enqueued */
  const bool is_loaded = k != NULL && k->is_loaded;
  const clinfer_status status = (is_loaded ? try_loaded : try_step)(run, plan,
                                                                    scratch, k);
  ci_kernel_unlock(k);
  return status;
}

static clinfer_status run_plan(const struct ci_plan *plan,
                               struct ci_kernel *const *kernels) {
  struct ci_run run = {.ctx = plan->ctx,
                       .exec = plan->exec,
                       .in_order = plan->in_order,
                       .count = plan->step_count};
  struct ci_block *block;
  cl_mem scratch;
  CI_TRY(get_scratch(plan, &scratch, &block));
  run.scratch = block ? block->last : NULL;
  run.shares_scratch = block != NULL;
  clinfer_status status = CLINFER_OK;
  for (size_t i = 0; i < run.count && status == CLINFER_OK; i++)
    status = enqueue_step(&run, plan, scratch, kernels[i]);
  if (block) return_block(&run, block, status);
  return ci_run_end(&run, status);
}

clinfer_status ci_submit(const struct ci_plan *plan) {
  const clinfer_exec *exec = plan->exec;
  struct ci_kernel *kernels[CI_MOST_STEPS];
  CI_TRY(check_size(plan));
  if (exec->prepare || !exec->scratch_needed)
    CI_TRY(get_kernels(plan, kernels));
  if (exec->prepare || exec->recording) CI_TRY(compile_clblast(plan));
  if (exec->scratch_needed) *exec->scratch_needed = ci_scratch_size(plan);
  if (exec->prepare || exec->scratch_needed) return CLINFER_OK;
  return exec->recording ? ci_record(plan, kernels) : run_plan(plan, kernels);
}
