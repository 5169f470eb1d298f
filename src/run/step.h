/* step.h - one step of a plan: a kernel, or what another library enqueues. */
#ifndef CI_STEP_H
#define CI_STEP_H

#include "program/program.h"

/* An argument: of a kernel, a vector is two, (pointer, ulong offset); so are a
 * matrix, (pointer, ulong2 (offset, ld)), and a view, (pointer, ulong4 (offset
 * and strides of batch, head, row)); a number is one. */
struct ci_arg {
  enum { CI_ARG_VECTOR, CI_ARG_MATRIX, CI_ARG_VIEW, CI_ARG_NUMBER } kind;
  cl_mem mem;
  clinfer_dtype dtype;
  size_t offset, ld;
  size_t batch_stride, head_stride; /* of a view, whose row stride is ld */
  union {
    cl_uint u;
    cl_float f;
  } number; /* four bytes, whichever it is */
};

/* There is room for one argument more than a step may have: ci_submit refuses
 * a step that has it. */
enum { CI_MOST_ARGS = 24, CI_MOST_LIBRARY_ARGS = 8 };

struct ci_step {
  const struct ci_step_kind *kind;
  struct ci_arg args[CI_MOST_ARGS + 1];
  size_t arg_count;
  /* The matrix of a weight whose packed copy is among the arguments, or NULL.
   * No kernel reads it, but it is the caller's to keep. */
  cl_mem packed_from;
  /* Of a kernel of this library: */
  struct ci_kernel_id id;
  cl_uint dims;
  size_t global[2], local[2];
  /* Of another library: what its kind of steps keeps for the context. */
  void *library;
};

/* A step whose arguments are all known; those of a kernel are set. */
struct ci_command {
  const struct ci_step_kind *kind;
  /* Of a kernel of this library: */
  struct ci_kernel *program; /* else NULL */
  cl_kernel kernel;          /* the program's, or another one made of it */
  cl_uint dims;
  size_t global[2], local[2];
  /* Of another library: */
  struct ci_arg args[CI_MOST_LIBRARY_ARGS];
  cl_mem temporary; /* memory that no other step of the run uses meanwhile */
  void *library;
};

/* Where a plan's own matrices are, once its scratch is known. */
struct ci_scratch {
  cl_mem mem;
  size_t intermediates; /* their first byte */
};

/* What stands for the scratch's memory in a plan, which does not know it yet.
 */
cl_mem ci_scratch_stand_in(void);
bool ci_is_in_scratch(cl_mem mem);

/* An argument with its memory, be it in scratch. */
struct ci_arg ci_resolve(struct ci_scratch scratch, const struct ci_arg *arg);

/* What the next command of a run has to wait for. */
struct ci_waits {
  cl_uint count;
  const cl_event *list;
};

struct ci_run;

struct ci_step_kind {
  /* Get the kernel of this library that the step runs, NULL: it has none. */
  clinfer_status (*find)(struct ci_programs *programs,
                         const struct ci_step *step, struct ci_kernel **kernel);
  /* Bytes that the step needs while it runs. NULL: none. */
  clinfer_status (*measure)(const struct ci_step *step, cl_command_queue queue,
                            size_t *bytes);
  /* Compile what else a run would have to. NULL: nothing. */
  clinfer_status (*compile)(cl_command_queue queue);
  /* Make the command; of a kernel, with its program's lock held. */
  clinfer_status (*prepare)(const struct ci_step *step,
                            struct ci_scratch scratch, struct ci_kernel *kernel,
                            struct ci_command *command);
  /* Enqueue it by the functions of run.h, with its program's lock held. */
  clinfer_status (*enqueue)(struct ci_run *run,
                            const struct ci_command *command,
                            struct ci_waits waits);
};

/* A kernel of this library. */
extern const struct ci_step_kind ci_kernel_step;

#endif
