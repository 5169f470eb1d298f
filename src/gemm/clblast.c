/* clblast.c - CLBlast for f32; the epilogue follows in a step of its own. Never
 * for f16: CLBlast sums halves in half. */

#include <stdint.h>

#include "base/view.h"
#include "gemm/clblast_calls.h"
#include "gemm/gemm.h"
#include "row/rows.h"
#include "run/run.h"

/* ---- A product as a step */

enum { A, W, C, M, N, K, OUT_IN, ARGS }; /* its arguments */

static struct ci_product product_of(const struct ci_arg *args) {
  return (struct ci_product){
      .M = args[M].number.u,
      .N = args[N].number.u,
      .K = args[K].number.u,
      .out_in = args[OUT_IN].number.u,
      .a = {args[A].mem, args[A].offset, args[A].ld},
      .w = {args[W].mem, args[W].offset, args[W].ld},
      .c = {args[C].mem, args[C].offset, args[C].ld},
  };
}

static clinfer_status find(struct ci_programs *programs,
                           const struct ci_step *step,
                           struct ci_kernel **kernel) {
  (void)programs, (void)step;
  *kernel = NULL;
  return CLINFER_OK;
}

/* A matrix at offset 0 may need no copy. Where scratch puts one is not known
 * yet, so it counts as lying anywhere else. */
static void guess_offset(struct ci_product_operand *o) {
  if (ci_is_in_scratch(o->mem)) o->offset = 1;
}

static clinfer_status measure(const struct ci_step *step,
                              cl_command_queue queue, size_t *bytes) {
  struct ci_product product = product_of(step->args);
  guess_offset(&product.a);
  guess_offset(&product.c);
  return ci_clblast_temporary(step->library, queue, &product, bytes);
}

static clinfer_status prepare(const struct ci_step *step,
                              struct ci_scratch scratch,
                              struct ci_kernel *kernel, struct ci_command *c) {
  (void)kernel;
  c->kind = step->kind;
  c->program = NULL;
  c->kernel = NULL;
  for (size_t i = 0; i < ARGS; i++)
    c->args[i] = ci_resolve(scratch, &step->args[i]);
  c->temporary = scratch.mem;
  return CLINFER_OK;
}

/* CLBlast takes no wait list, so a barrier holds its kernels back; and gives
 * only the event of its last one, so a barrier stands for the first as well. */
static clinfer_status enqueue(struct ci_run *run, const struct ci_command *c,
                              struct ci_waits waits) {
  const struct ci_product product = product_of(c->args);
  cl_event event = NULL;
  if (waits.count > 0 || ci_run_shows_first(run))
    CI_TRY(ci_run_barrier(run, waits));
  CI_TRY(ci_clblast_gemm(run->exec->queue, &product, c->temporary,
                         ci_run_needs_event(run) ? &event : NULL));
  return ci_run_enqueued(run, event);
}

static const struct ci_step_kind product_step = {.find = find,
                                                 .measure = measure,
                                                 .compile = ci_clblast_compile,
                                                 .prepare = prepare,
                                                 .enqueue = enqueue};

/* ---- The implementation */

static bool has_epilogue(const struct ci_gemm *g) {
  const clinfer_epilogue *e = &g->epilogue;
  return ci_has_vector(e->bias) || e->activation != CLINFER_NONE ||
         ci_has_matrix(e->residual);
}

/* CLBlast counts elements in int, also in copies that it pads. */
static bool fits_int(clinfer_matrix m) {
  const size_t most = INT32_MAX / 4;
  return m.offset <= most && m.ld <= (most - m.offset) / m.rows;
}

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  const struct ci_gemm *g = &problem->gemm;
  return target->clblast && g->a.dtype == CLINFER_F32 &&
         g->w.matrix.dtype == CLINFER_F32 && g->c.dtype == CLINFER_F32 &&
         g->a.cols > 0 && fits_int(g->a) && fits_int(g->w.matrix) &&
         fits_int(g->c);
}

/* Where the product goes: into c, unless the epilogue could not read it there,
 * or the residual may lie there. */
static clinfer_status choose_product(struct ci_plan *plan,
                                     const struct ci_gemm *g,
                                     clinfer_matrix *product) {
  cl_mem_flags flags = CL_MEM_READ_WRITE;
  if (has_epilogue(g) && g->c.mem != NULL && !ci_is_in_scratch(g->c.mem))
    CI_TRY(ci_cl_for(clGetMemObjectInfo(g->c.mem, CL_MEM_FLAGS, sizeof flags,
                                        &flags, NULL),
                     "clGetMemObjectInfo", "y"));
  *product = flags & CL_MEM_WRITE_ONLY || ci_has_matrix(g->epilogue.residual)
                 ? ci_plan_matrix(plan, g->c.rows, g->c.cols, CLINFER_F32)
                 : g->c;
  return CLINFER_OK;
}

static clinfer_status plan_clblast(struct ci_plan *plan,
                                   const struct ci_problem *problem,
                                   int variant) {
  const struct ci_gemm *g = &problem->gemm;
  clinfer_matrix c;
  (void)variant;
  CI_TRY(choose_product(plan, g, &c));
  struct ci_step *step = ci_plan_step(plan, &product_step);
  step->library = plan->target->clblast;
  ci_arg_matrix(step, g->a);
  ci_arg_matrix(step, g->w.matrix);
  ci_arg_matrix(step, c);
  ci_arg_uint(step, c.rows);
  ci_arg_uint(step, c.cols);
  ci_arg_uint(step, g->a.cols);
  ci_arg_uint(step, g->w.layout == CLINFER_OUT_IN);
  if (!has_epilogue(g)) return CLINFER_OK;
  return ci_plan_bias_activation(plan, c, &g->epilogue, g->c);
}

const struct ci_implementation ci_gemm_clblast = {
    .id = CI_GEMM_CLBLAST, .supports = supports, .plan = plan_clblast};
