/* plan.c - an operator as a list of steps: writing it down. */

#include "run/plan.h"

#include "base/arithmetic.h"
#include "base/view.h"

/* ---- Steps */

void ci_plan_clear(struct ci_plan *plan) {
  plan->temporary = plan->intermediate = plan->step_count = 0;
}

struct ci_step *ci_plan_step(struct ci_plan *plan,
                             const struct ci_step_kind *kind) {
  const size_t index = plan->step_count <= CI_MOST_STEPS ? plan->step_count++
                                                         : CI_MOST_STEPS;
  /* No more than that: the rest is large, and little of it will be used. */
  struct ci_step *step = &plan->steps[index];
  step->kind = kind;
  step->arg_count = 0;
  step->packed_from = NULL;
  step->library = NULL;
  return step;
}

struct ci_step *ci_plan_kernel(struct ci_plan *plan,
                               enum ci_kernel_name kernel) {
  struct ci_step *step = ci_plan_step(plan, &ci_kernel_step);
  ci_id_begin(&step->id, kernel);
  return step;
}

void ci_option(struct ci_step *step, enum ci_option_name name, size_t number) {
  ci_id_number(&step->id, name, number);
}

void ci_option_type(struct ci_step *step, enum ci_option_name name,
                    clinfer_dtype dtype) {
  ci_id_word(&step->id, name, ci_dtype_word(dtype));
}

void ci_option_matrix(struct ci_step *step, enum ci_option_name name,
                      clinfer_matrix m) {
  ci_id_word(&step->id, name,
             ci_has_matrix(m) ? ci_dtype_word(m.dtype) : CI_WORD_none);
}

void ci_option_vector(struct ci_step *step, enum ci_option_name name,
                      clinfer_vector v) {
  ci_id_word(&step->id, name,
             ci_has_vector(v) ? ci_dtype_word(v.dtype) : CI_WORD_none);
}

void ci_option_view(struct ci_step *step, enum ci_option_name name,
                    clinfer_view v) {
  ci_id_word(&step->id, name,
             ci_has_view(v) ? ci_dtype_word(v.dtype) : CI_WORD_none);
}

void ci_option_word(struct ci_step *step, enum ci_option_name name,
                    enum ci_word word) {
  ci_id_word(&step->id, name, word);
}

static struct ci_arg *add_arg(struct ci_step *step) {
  return &step->args[step->arg_count <= CI_MOST_ARGS ? step->arg_count++
                                                     : CI_MOST_ARGS];
}

void ci_arg_matrix(struct ci_step *step, clinfer_matrix m) {
  *add_arg(step) = (struct ci_arg){.kind = CI_ARG_MATRIX,
                                   .mem = m.mem,
                                   .dtype = m.dtype,
                                   .offset = m.offset,
                                   .ld = m.ld};
}

void ci_arg_vector(struct ci_step *step, clinfer_vector v) {
  *add_arg(step) = (struct ci_arg){.kind = CI_ARG_VECTOR,
                                   .mem = v.mem,
                                   .dtype = v.dtype,
                                   .offset = v.offset};
}

void ci_arg_view(struct ci_step *step, clinfer_view v) {
  *add_arg(step) = (struct ci_arg){.kind = CI_ARG_VIEW,
                                   .mem = v.mem,
                                   .dtype = v.dtype,
                                   .offset = v.offset,
                                   .ld = v.row_stride,
                                   .batch_stride = v.batch_stride,
                                   .head_stride = v.head_stride};
}

/* Whole numbers count as a vector; their type does not matter. */
void ci_arg_index(struct ci_step *step, clinfer_index index) {
  *add_arg(step) = (struct ci_arg){
      .kind = CI_ARG_VECTOR, .mem = index.mem, .offset = index.offset};
  ci_arg_uint(step, index.value);
}

/* validate.c lets no size in that is larger. */
void ci_arg_uint(struct ci_step *step, size_t value) {
  *add_arg(step) = (struct ci_arg){.kind = CI_ARG_NUMBER,
                                   .number.u = (cl_uint)value};
}

void ci_arg_float(struct ci_step *step, float value) {
  *add_arg(step) = (struct ci_arg){.kind = CI_ARG_NUMBER, .number.f = value};
}

void ci_grid(struct ci_step *step, size_t size, size_t groups) {
  step->dims = 1;
  step->local[0] = size;
  step->global[0] = groups * size;
}

void ci_grid2(struct ci_step *step, size_t size, size_t groups0,
              size_t groups1) {
  ci_grid(step, size, groups0);
  step->dims = 2;
  step->local[1] = 1;
  step->global[1] = groups1;
}

/* ---- Scratch: what steps need while they run, then the plan's own matrices */

/* Every part of the scratch starts where any vector type may lie. */
static size_t aligned(size_t bytes) { return ci_round_up(bytes, 256); }

clinfer_matrix ci_plan_matrix(struct ci_plan *plan, size_t rows, size_t cols,
                              clinfer_dtype dtype) {
  const size_t element = clinfer_dtype_size(dtype);
  clinfer_matrix m = clinfer_matrix_of(ci_scratch_stand_in(), rows, cols,
                                       dtype);
  m.offset = plan->intermediate / element;
  /* No device has so much; ci_submit refuses such a plan. */
  const size_t most = aligned(SIZE_MAX / 4);
  const size_t room = most - plan->intermediate;
  if (cols > 0 && rows > room / element / cols)
    plan->intermediate = most;
  else
    plan->intermediate += aligned(rows * cols * element);
  return m;
}

size_t ci_scratch_size(const struct ci_plan *plan) {
  return aligned(plan->temporary) + plan->intermediate;
}

/* The temporary part comes first: CLBlast takes a buffer but no offset. */
struct ci_scratch ci_scratch_in(const struct ci_plan *plan, cl_mem mem) {
  return (struct ci_scratch){mem, aligned(plan->temporary)};
}
