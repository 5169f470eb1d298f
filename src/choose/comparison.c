/* comparison.c - a problem, computed in two ways. */

#include "choose/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "base/view.h"
#include "run/submit.h"

/* ---- Numbers */

/* Numbers repeat after so many, a prime. */
enum { PERIOD = 65521 };

/* NORMAL: of either sign, with all bits of the fraction, in [1/16, 1). LARGE:
 * the same times 4096. SUBNORMAL: of halves, which some hardware takes for 0.
 */
enum numbers { NORMAL, LARGE, SUBNORMAL, ZERO, NOT_A_NUMBER };

static uint16_t half_of(enum numbers kind, unsigned bits) {
  const unsigned exponent = bits >> 16 & 3;
  switch (kind) {
    case NORMAL:
      return (uint16_t)((bits & 0x83FF) | (11 + exponent) << 10);
    case LARGE:
      return (uint16_t)((bits & 0x83FF) | (23 + exponent) << 10);
    case SUBNORMAL:
      return (uint16_t)(bits & 0x83FF);
    default:
      return 0;
  }
}

/* A float has bits that neither a half nor TF32 has room for. */
static void put(void *stored, size_t i, clinfer_dtype dtype, enum numbers kind,
                uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  const uint16_t half = half_of(kind, (unsigned)(*state >> 40));
  const float more = 1.0f + (float)(*state >> 27 & 0x1FFF) * 0x1p-23f;
  switch (dtype) {
    case CLINFER_F32:
      ((float *)stored)[i] = ci_float_of_half(half) * more;
      break;
    case CLINFER_F16:
      ((uint16_t *)stored)[i] = half;
      break;
    case CLINFER_BF16:
      ((uint16_t *)stored)[i] = ci_bf16_of_float(ci_float_of_half(half));
      break;
  }
}

static float get(const void *stored, size_t i, clinfer_dtype dtype) {
  switch (dtype) {
    case CLINFER_F32:
      return ((const float *)stored)[i];
    case CLINFER_F16:
      return ci_float_of_half(((const uint16_t *)stored)[i]);
    case CLINFER_BF16:
      return ci_float_of_bf16(((const uint16_t *)stored)[i]);
  }
  return NAN;
}

/* Twice how far two roundings of one number to the type may be apart, as a
 * share of it; of a float, what is left to sums. */
static double coarseness(clinfer_dtype dtype) {
  switch (dtype) {
    case CLINFER_F32:
      return 0x1p-14;
    case CLINFER_F16:
      return 0x1p-9;
    case CLINFER_BF16:
      return 0x1p-6;
  }
  return 0;
}

/* ---- Operands with memory */

/* Every row begins elsewhere in the numbers. */
static void fill_rows(void *stored, clinfer_view v, const void *numbers) {
  const size_t size = clinfer_dtype_size(v.dtype);
  for (size_t r = 0; r < ci_view_rows(v); r++)
    for (size_t c = 0; c < v.cols;) {
      const size_t at = (r * 7919 + c) % PERIOD, left = v.cols - c;
      const size_t count = left < PERIOD - at ? left : PERIOD - at;
      memcpy((char *)stored + (ci_view_row(v, r) + c) * size,
             (const char *)numbers + at * size, count * size);
      c += count;
    }
}

/* Elements of the view get numbers; all else NaN, which no kernel may read: in
 * every type that is a number whose bits are all set. */
static void fill(void *stored, const struct ci_operand *o, enum numbers kind,
                 void *numbers, uint64_t *state) {
  const clinfer_view v = o->view;
  for (size_t i = 0; i < PERIOD; i++) put(numbers, i, v.dtype, kind, state);
  memset(stored, 0xFF, ci_view_end(v) * clinfer_dtype_size(v.dtype));
  if (o->whole_number >= 0)
    for (size_t i = 0; i < v.cols; i++)
      ((int32_t *)stored)[v.offset + i] = o->whole_number;
  else if (kind != NOT_A_NUMBER)
    fill_rows(stored, v, numbers);
}

/* None if the operand is empty. */
static clinfer_status give_memory(cl_context cl, const struct ci_operand *o,
                                  enum numbers kind, uint64_t *state) {
  const clinfer_view v = o->view;
  if (ci_is_empty_view(v)) return CLINFER_OK;
  const size_t size = ci_view_end(v) * clinfer_dtype_size(v.dtype);
  void *stored = malloc(size), *numbers = malloc(PERIOD * sizeof(float));
  cl_int code = CL_OUT_OF_HOST_MEMORY;
  if (stored && numbers) {
    fill(stored, o, kind, numbers, state);
    *o->mem = clCreateBuffer(cl, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, size,
                             stored, &code);
  }
  free(numbers);
  free(stored);
  return *o->mem ? CLINFER_OK : ci_cl(code, "clCreateBuffer");
}

static void take_memory(const struct ci_operand *o) {
  if (*o->mem) clReleaseMemObject(*o->mem);
  *o->mem = NULL;
}

static clinfer_status fetch(cl_command_queue queue, const struct ci_operand *o,
                            void **stored) {
  const clinfer_view v = o->view;
  const size_t size = ci_view_end(v) * clinfer_dtype_size(v.dtype);
  *stored = malloc(size);
  if (*stored == NULL)
    return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  return ci_cl(clEnqueueReadBuffer(queue, *o->mem, CL_TRUE, 0, size, *stored, 0,
                                   NULL, NULL),
               "clEnqueueReadBuffer");
}

/* ---- Running */

/* In scratch of its own: the context's pool would keep what it takes. */
static clinfer_status submit(struct ci_plan *plan, clinfer_exec *exec) {
  size_t bytes;
  exec->scratch_needed = &bytes;
  CI_TRY(ci_submit(plan));
  exec->scratch_needed = NULL;
  if (bytes == 0) return ci_submit(plan);
  cl_int code;
  exec->scratch = clCreateBuffer(plan->runtime->programs.cl, CL_MEM_READ_WRITE,
                                 bytes, NULL, &code);
  if (exec->scratch == NULL) return ci_cl(code, "clCreateBuffer for scratch");
  const clinfer_status status = ci_submit(plan);
  clReleaseMemObject(exec->scratch);
  return status;
}

struct test {
  struct ci_runtime *runtime;
  const struct ci_target *target;
  cl_command_queue queue;
  struct ci_problem problem;
  clinfer_norm norm;
  struct ci_operand operands[CI_MOST_OPERANDS];
  size_t operand_count;
};

static clinfer_status begin(struct ci_plan *plan, const struct test *t,
                            const struct ci_target *target,
                            clinfer_exec *exec) {
  *exec = (clinfer_exec){.queue = t->queue};
  return ci_plan_begin(plan, t->runtime, target, exec);
}

static clinfer_status finish(struct ci_plan *plan, clinfer_exec *exec) {
  CI_TRY(submit(plan, exec));
  return ci_cl(clFinish(exec->queue), "clFinish");
}

static clinfer_status compute(struct test *t, struct ci_choice choice) {
  clinfer_exec exec;
  struct ci_plan plan;
  CI_TRY(begin(&plan, t, t->target, &exec));
  CI_TRY(ci_plan_by(&plan, &t->problem, &choice));
  return finish(&plan, &exec);
}

static clinfer_status compute_by_reference(struct test *t) {
  const struct ci_target plain = ci_reference_target(t->target);
  clinfer_exec exec;
  struct ci_plan plan;
  CI_TRY(begin(&plan, t, &plain, &exec));
  CI_TRY(ci_plan(&plan, &t->problem));
  return finish(&plan, &exec);
}

/* Why there is nothing to compare with says nothing of the choice. */
static clinfer_status find_expected(struct test *t) {
  const clinfer_status status = compute_by_reference(t);
  if (status == CLINFER_OK || status == CLINFER_OUT_OF_MEMORY) return status;
  const clinfer_error why = *clinfer_last_error();
  return ci_fail(CLINFER_OPENCL_ERROR, why.code, "no reference: %s",
                 why.message);
}

/* ---- Comparing */

/* How far a result may be from the reference's, as a share of its size and of
 * the root mean square of all: by the coarsest type, or the mode, that takes
 * part. A product too many or too few is more. */
static double tolerance(const struct test *t) {
  double most = t->target->math == CLINFER_MATH_TF32 ? 0x1p-8 : 0;
  for (size_t i = 0; i < t->operand_count; i++)
    most = fmax(most, coarseness(t->operands[i].view.dtype));
  return most;
}

static double root_mean_square(const void *stored, clinfer_view v) {
  double sum = 0;
  for (size_t r = 0; r < ci_view_rows(v); r++)
    for (size_t c = 0; c < v.cols; c++) {
      const double e = get(stored, ci_view_row(v, r) + c, v.dtype);
      sum += e * e;
    }
  return sqrt(sum / (double)(ci_view_rows(v) * v.cols));
}

static clinfer_status differs(clinfer_view v, size_t at, double got,
                              double want) {
  return ci_fail(CLINFER_UNSUPPORTED, 0,
                 "element %zu of [%zu, %zu, %zu, %zu], strides %zu, %zu, %zu, "
                 "is %g, not %g",
                 at - v.offset, v.batch, v.heads, v.rows, v.cols,
                 v.batch_stride, v.head_stride, v.row_stride, got, want);
}

/* All elements are there and near the reference's, of which all may be 0. What
 * was looked at becomes what it was before. */
static clinfer_status judge_elements(void *got, const void *want,
                                     clinfer_view v, double share) {
  const size_t size = clinfer_dtype_size(v.dtype);
  const double usual = root_mean_square(want, v) + 0x1p-10;
  for (size_t r = 0; r < ci_view_rows(v); r++)
    for (size_t c = 0; c < v.cols; c++) {
      const size_t at = ci_view_row(v, r) + c;
      const double a = get(got, at, v.dtype), b = get(want, at, v.dtype);
      if (!(fabs(a - b) <= share * (fabs(b) + usual)))
        return differs(v, at, a, b);
      memset((char *)got + at * size, 0xFF, size);
    }
  return CLINFER_OK;
}

/* So is what lies between the elements. */
static clinfer_status judge(void *got, const void *want, clinfer_view v,
                            double share) {
  CI_TRY(judge_elements(got, want, v, share));
  for (size_t i = 0; i < ci_view_end(v); i++)
    if (!isnan(get(got, i, v.dtype)))
      return differs(v, i, get(got, i, v.dtype), (double)NAN);
  return CLINFER_OK;
}

/* One output, by the implementation and by the reference. */
struct result {
  void *got, *want;
};

static clinfer_status compare_outputs(struct test *t, struct ci_choice choice,
                                      struct result *results, uint64_t *state) {
  CI_TRY(compute(t, choice));
  for (size_t i = 0; i < t->operand_count; i++)
    if (t->operands[i].is_output) {
      CI_TRY(fetch(t->queue, &t->operands[i], &results[i].got));
      take_memory(&t->operands[i]);
      CI_TRY(give_memory(t->runtime->programs.cl, &t->operands[i], NOT_A_NUMBER,
                         state));
    }
  CI_TRY(find_expected(t));
  for (size_t i = 0; i < t->operand_count; i++)
    if (t->operands[i].is_output) {
      CI_TRY(fetch(t->queue, &t->operands[i], &results[i].want));
      CI_TRY(judge(results[i].got, results[i].want, t->operands[i].view,
                   tolerance(t)));
    }
  return CLINFER_OK;
}

/* The product of a problem, or NULL. */
static struct ci_gemm *gemm_of(struct ci_problem *problem) {
  switch (problem->kind) {
    case CI_GEMM:
      return &problem->gemm;
    case CI_NORMALISED_GEMM:
      return &problem->normalised_gemm.gemm;
    default:
      return NULL;
  }
}

/* `weights` SUBNORMAL: so small are the weights, and so large is what they are
 * multiplied by, that the products are as usual; nothing is added to them. */
static enum numbers numbers_for(struct test *t, enum numbers weights,
                                const struct ci_operand *o) {
  struct ci_gemm *gemm = gemm_of(&t->problem);
  if (o->is_output) return NOT_A_NUMBER;
  if (weights == NORMAL) return NORMAL;
  if (o->mem == &gemm->w.matrix.mem) return SUBNORMAL;
  const bool is_added = o->mem == &gemm->epilogue.bias.mem ||
                        o->mem == &gemm->epilogue.residual.mem;
  return is_added ? ZERO : LARGE;
}

static clinfer_status compare_with(struct test *t, struct ci_choice choice,
                                   enum numbers weights) {
  struct result results[CI_MOST_OPERANDS] = {{NULL, NULL}};
  uint64_t state = 17;
  clinfer_status status = CLINFER_OK;
  for (size_t i = 0; i < t->operand_count && status == CLINFER_OK; i++)
    status = give_memory(t->runtime->programs.cl, &t->operands[i],
                         numbers_for(t, weights, &t->operands[i]), &state);
  if (status == CLINFER_OK)
    status = compare_outputs(t, choice, results, &state);
  for (size_t i = 0; i < t->operand_count; i++) {
    take_memory(&t->operands[i]);
    free(results[i].got);
    free(results[i].want);
  }
  return status;
}

clinfer_status ci_compare(struct ci_runtime *runtime,
                          const struct ci_target *target,
                          const struct ci_problem *problem,
                          struct ci_choice choice) {
  struct test t = {.runtime = runtime, .target = target, .problem = *problem};
  const struct ci_gemm *gemm = gemm_of(&t.problem);
  cl_int code;
  t.operand_count = ci_list_operands(&t.problem, &t.norm, t.operands);
  t.queue = clCreateCommandQueue(runtime->programs.cl,
                                 runtime->programs.device->id, 0, &code);
  if (t.queue == NULL) return ci_cl(code, "clCreateCommandQueue");
  clinfer_status status = compare_with(&t, choice, NORMAL);
  if (status == CLINFER_OK && gemm && gemm->w.matrix.dtype == CLINFER_F16)
    status = compare_with(&t, choice, SUBNORMAL);
  clReleaseCommandQueue(t.queue);
  return status;
}
