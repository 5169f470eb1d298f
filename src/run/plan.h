/* plan.h - an operator as a list of steps, and running it.
 *
 * An operator plans first: it appends steps to a struct ci_plan, and nothing
 * touches the device. ci_submit then gets every kernel and the scratch, and
 * only when all of that is there enqueues the steps, each after the one
 * before; or keeps them in the recording that exec names. So a failure leaves
 * nothing half done, the question for scratch is answered by the plan alone,
 * and a test can look at a plan. */
#ifndef CI_PLAN_H
#define CI_PLAN_H

#include "context/context.h"

/* One operator argument: a matrix becomes two kernel arguments, (pointer,
 * ulong2 (offset, ld)); a vector (pointer, ulong offset); a number one. */
struct ci_arg {
  enum { CI_ARG_MATRIX, CI_ARG_VECTOR, CI_ARG_NUMBER } kind;
  cl_mem mem;
  clinfer_dtype dtype;
  size_t offset, ld;
  union {
    cl_uint u;
    cl_float f;
  } number; /* four bytes, whichever it is */
};

/* A GEMM: c = activation(a w + bias). */
struct ci_gemm {
  clinfer_matrix a;
  clinfer_weight w;
  clinfer_vector bias;
  clinfer_activation activation;
  clinfer_matrix c;
};

enum { CI_MOST_ARGS = 16, CI_MOST_STEPS = 10 };

struct ci_step {
  bool is_clblast; /* a GEMM of CLBlast's; else a kernel: */
  struct ci_kernel_id id;
  cl_uint dims;
  size_t global[2], local[2];
  struct ci_arg args[CI_MOST_ARGS];
  size_t arg_count;
  /* The matrix of a weight whose packed copy is among the arguments, or NULL.
   * No kernel reads it, but it is the caller's to keep. */
  cl_mem packed_from;
  struct ci_gemm clblast; /* if it is one; then there are no args */
};

struct ci_plan {
  clinfer_context *ctx;
  const clinfer_exec *exec;
  bool in_order;       /* the queue runs its commands one after another */
  size_t temporary;    /* bytes that some step needs while it runs */
  size_t intermediate; /* bytes of the matrices that steps hand on */
  struct ci_step steps[CI_MOST_STEPS];
  size_t step_count;
};

/* Check ctx and exec; start an empty plan. For a recording, plan->exec is the
 * recording's own. */
clinfer_status ci_plan_begin(struct ci_plan *plan, clinfer_context *ctx,
                             const clinfer_exec *exec);

/* A new step. Then options, arguments in the kernel's order, and a grid. */
struct ci_step *ci_plan_kernel(struct ci_plan *plan,
                               enum ci_kernel_name kernel);

/* An option of the step's kernel: a number; a storage type, that of an operand
 * or `none` if it is not there; another word. */
void ci_option(struct ci_step *step, enum ci_option_name name, size_t number);
void ci_option_type(struct ci_step *step, enum ci_option_name name,
                    clinfer_dtype dtype);
void ci_option_matrix(struct ci_step *step, enum ci_option_name name,
                      clinfer_matrix m);
void ci_option_vector(struct ci_step *step, enum ci_option_name name,
                      clinfer_vector v);
void ci_option_word(struct ci_step *step, enum ci_option_name name,
                    enum ci_word word);

/* The kernel's arguments. */
void ci_arg_matrix(struct ci_step *step, clinfer_matrix m);
void ci_arg_vector(struct ci_step *step, clinfer_vector v);
void ci_arg_uint(struct ci_step *step, size_t value);
void ci_arg_float(struct ci_step *step, float value);

/* `groups` work-groups of `size` work-items, in one or two dimensions. */
void ci_grid(struct ci_step *step, size_t size, size_t groups);
void ci_grid2(struct ci_step *step, size_t size, size_t groups0,
              size_t groups1);

/* A CLBlast GEMM that needs `temporary` bytes while it runs. */
void ci_plan_clblast(struct ci_plan *plan, const struct ci_gemm *gemm,
                     size_t temporary);

/* A matrix of the plan's own, in scratch; its rows lie without padding. */
clinfer_matrix ci_plan_matrix(struct ci_plan *plan, size_t rows, size_t cols,
                              clinfer_dtype dtype);

/* Run the plan (without steps: a marker), append it to exec->recording, make
 * its kernels for exec->prepare, or answer exec->scratch_needed. */
clinfer_status ci_submit(const struct ci_plan *plan);

#endif
