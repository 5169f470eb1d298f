/* plan.h - an operator as a list of steps.
 *
 * An operator plans first: it appends steps to a struct ci_plan, and nothing
 * touches the device. ci_submit then gets every kernel and the scratch, and
 * only when all of that is there enqueues the steps, each after the one
 * before; or keeps them in the recording that exec names. So a failure leaves
 * nothing half done, the question for scratch is answered by the plan alone,
 * and a test can look at a plan. */
#ifndef CI_PLAN_H
#define CI_PLAN_H

#include "run/runtime.h"
#include "run/step.h"

/* There is room for one step more than a plan may have: ci_submit refuses a
 * plan that has it. */
enum { CI_MOST_STEPS = 10 };

struct ci_plan {
  const struct ci_target *target; /* choose/target.h */
  struct ci_proofs *proofs; /* choose/self_test.h; NULL: every kernel counts as
                               right */
  unsigned untested; /* providers, by their bits, whose self-test came to no end
                        during this call */
  struct ci_runtime *runtime; /* where it will run */
  const clinfer_exec *exec;
  bool in_order;       /* the queue runs its commands one after another */
  size_t temporary;    /* bytes that some step needs while it runs */
  size_t intermediate; /* bytes of the matrices that steps hand on */
  struct ci_step steps[CI_MOST_STEPS + 1];
  size_t step_count;
};

/* Make the plan empty. */
void ci_plan_clear(struct ci_plan *plan);

/* A new step, of this library: then options, arguments in the kernel's order,
 * and a grid. */
struct ci_step *ci_plan_kernel(struct ci_plan *plan,
                               enum ci_kernel_name kernel);

/* A new step of another kind: then arguments. */
struct ci_step *ci_plan_step(struct ci_plan *plan,
                             const struct ci_step_kind *kind);

/* An option of the step's kernel: a number; a storage type, that of an operand
 * or `none` if it is not there; another word. */
void ci_option(struct ci_step *step, enum ci_option_name name, size_t number);
void ci_option_type(struct ci_step *step, enum ci_option_name name,
                    clinfer_dtype dtype);
void ci_option_matrix(struct ci_step *step, enum ci_option_name name,
                      clinfer_matrix m);
void ci_option_vector(struct ci_step *step, enum ci_option_name name,
                      clinfer_vector v);
void ci_option_view(struct ci_step *step, enum ci_option_name name,
                    clinfer_view v);
void ci_option_word(struct ci_step *step, enum ci_option_name name,
                    enum ci_word word);

void ci_arg_matrix(struct ci_step *step, clinfer_matrix m);
void ci_arg_vector(struct ci_step *step, clinfer_vector v);
void ci_arg_view(struct ci_step *step, clinfer_view v);
/* In the buffer, then as a number; an option says which of them counts. */
void ci_arg_index(struct ci_step *step, clinfer_index index);
void ci_arg_uint(struct ci_step *step, size_t value);
void ci_arg_float(struct ci_step *step, float value);

/* `groups` work-groups of `size` work-items, in one or two dimensions. */
void ci_grid(struct ci_step *step, size_t size, size_t groups);
void ci_grid2(struct ci_step *step, size_t size, size_t groups0,
              size_t groups1);

/* A matrix of the plan's own, in scratch; its rows lie without padding. */
clinfer_matrix ci_plan_matrix(struct ci_plan *plan, size_t rows, size_t cols,
                              clinfer_dtype dtype);

/* Bytes of scratch that the plan needs. */
size_t ci_scratch_size(const struct ci_plan *plan);

/* Where the plan's own matrices are, in that memory. */
struct ci_scratch ci_scratch_in(const struct ci_plan *plan, cl_mem mem);

#endif
