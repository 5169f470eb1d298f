/* sample.c - small GEMMs, and whether their results are right. */

#include "gemm/sample.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"

struct sample {
  size_t M, N, K, pad; /* pad: elements between the end of a row and the next */
  clinfer_dtype a, w, c;
  bool out_in, epilogue; /* the weight's layout; bias and GELU */
  bool subnormal;        /* the weights, which some hardware takes for 0 */
};

#define F16 CLINFER_F16
#define F32 CLINFER_F32

/* Of any kind that a provider may support, with whole and ragged tiles, sums
 * longer than any pipeline, few rows, more tiles than multiprocessors. */
static const struct sample samples[] = {
    {130, 264, 576, 0, F16, F16, F16, true, true, false},
    {130, 264, 576, 0, F16, F16, F16, false, true, false},
    {257, 136, 200, 8, F16, F16, F16, false, false, false},
    {67, 35, 97, 3, F16, F16, F16, true, false, false},
    {1544, 2056, 192, 0, F16, F16, F16, true, true, false},
    {1, 264, 576, 0, F16, F16, F16, true, true, false},
    {5, 264, 576, 0, F16, F16, F16, false, false, false},
    {67, 136, 264, 0, F16, F16, F32, true, false, false},
    {67, 136, 264, 0, F16, F16, F32, true, false, true},
    {67, 136, 264, 0, F32, F32, F32, true, true, false},
    {1400, 760, 264, 0, F32, F32, F32, true, true, false},
    {67, 35, 97, 3, F32, F32, F32, false, false, false},
    {1, 264, 576, 0, F32, F32, F32, true, false, false},
    {67, 136, 264, 0, F32, F16, F32, false, true, false},
};
const size_t ci_gemm_sample_count = sizeof samples / sizeof *samples;

/* ---- Operands */

struct operand {
  clinfer_matrix view;
  void *stored;   /* rows * ld elements, as the device holds them */
  double *values; /* the same */
};

enum { HALF_NAN = 0x7E00 };

static double from_half(uint16_t h) {
  const int exponent = h >> 10 & 31, fraction = h & 1023;
  const double v = exponent == 0    ? ldexp(fraction, -24)
                   : exponent == 31 ? (fraction ? NAN : INFINITY)
                                    : ldexp(fraction + 1024, exponent - 25);
  return h >> 15 ? -v : v;
}

enum kind { NORMAL, SUBNORMAL, NOTHING };

/* A half of either sign with all ten bits of the fraction, in [1/16, 1) or
 * subnormal. */
static uint16_t random_half(enum kind kind, uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  const unsigned bits = (unsigned)(*state >> 40);
  const unsigned exponent = kind == NORMAL ? 11 + (bits >> 16 & 3) : 0;
  return (uint16_t)((bits & 0x83FF) | exponent << 10);
}

/* Numbers in the elements of an input, and NaN elsewhere: an operator must
 * read no padding, and leave no element of its output as it was. */
static void fill(struct operand *o, enum kind kind, uint64_t *state) {
  const clinfer_matrix *v = &o->view;
  for (size_t i = 0; i < v->rows * v->ld; i++) {
    const bool is_number = kind != NOTHING && i % v->ld < v->cols;
    const uint16_t half = is_number ? random_half(kind, state) : HALF_NAN;
    o->values[i] = from_half(half);
    if (v->dtype == CLINFER_F16)
      ((uint16_t *)o->stored)[i] = half;
    else
      ((float *)o->stored)[i] = (float)o->values[i];
  }
}

static clinfer_status make(const clinfer_context *ctx, struct operand *o,
                           clinfer_matrix view, enum kind kind,
                           uint64_t *state) {
  const size_t count = view.rows * view.ld,
               size = count * clinfer_dtype_size(view.dtype);
  cl_int code;
  o->view = view;
  o->stored = malloc(size);
  o->values = malloc(count * sizeof *o->values);
  if (o->stored == NULL || o->values == NULL)
    return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  fill(o, kind, state);
  o->view.mem = clCreateBuffer(ctx->cl,
                               CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, size,
                               o->stored, &code);
  return o->view.mem ? CLINFER_OK : ci_cl(code, "clCreateBuffer");
}

static clinfer_status fetch(struct operand *o, cl_command_queue queue) {
  const size_t count = o->view.rows * o->view.ld,
               size = count * clinfer_dtype_size(o->view.dtype);
  CI_TRY(ci_cl(clEnqueueReadBuffer(queue, o->view.mem, CL_TRUE, 0, size,
                                   o->stored, 0, NULL, NULL),
               "clEnqueueReadBuffer"));
  for (size_t i = 0; i < count; i++)
    o->values[i] = o->view.dtype == CLINFER_F16
                       ? from_half(((const uint16_t *)o->stored)[i])
                       : ((const float *)o->stored)[i];
  return CLINFER_OK;
}

static void drop(struct operand *o) {
  if (o->view.mem) clReleaseMemObject(o->view.mem);
  free(o->stored);
  free(o->values);
}

/* ---- One sample */

static clinfer_matrix padded(size_t rows, size_t cols, size_t pad,
                             clinfer_dtype dtype) {
  clinfer_matrix m = clinfer_matrix_of(NULL, rows, cols, dtype);
  m.ld += pad;
  return m;
}

struct ci_gemm ci_gemm_sample(size_t index) {
  const struct sample *s = &samples[index];
  struct ci_gemm g = {.a = padded(s->M, s->K, s->pad, s->a),
                      .w.matrix = padded(s->out_in ? s->N : s->K,
                                         s->out_in ? s->K : s->N, s->pad, s->w),
                      .w.layout = s->out_in ? CLINFER_OUT_IN : CLINFER_IN_OUT,
                      .c = padded(s->M, s->N, s->pad, s->c)};
  if (s->epilogue) {
    g.bias = clinfer_vector_of(NULL, s->N, s->c);
    g.activation = CLINFER_GELU_ERF;
  }
  return g;
}

struct operands {
  struct operand a, w, bias, c;
};

/* Also gives the GEMM its memory. */
static clinfer_status make_operands(const clinfer_context *ctx,
                                    const struct sample *s, struct ci_gemm *g,
                                    struct operands *o) {
  uint64_t state = ci_hash(s, offsetof(struct sample, pad), CI_HASH_START);
  const enum kind of_w = s->subnormal ? SUBNORMAL : NORMAL;
  CI_TRY(make(ctx, &o->a, g->a, NORMAL, &state));
  CI_TRY(make(ctx, &o->w, g->w.matrix, of_w, &state));
  CI_TRY(make(ctx, &o->bias, padded(1, s->N, 0, s->c), NORMAL, &state));
  CI_TRY(make(ctx, &o->c, g->c, NOTHING, &state));
  g->a.mem = o->a.view.mem;
  g->w.matrix.mem = o->w.view.mem;
  if (s->epilogue) g->bias.mem = o->bias.view.mem;
  g->c.mem = o->c.view.mem;
  return CLINFER_OK;
}

static void drop_operands(struct operands *o) {
  drop(&o->a);
  drop(&o->w);
  drop(&o->bias);
  drop(&o->c);
}

/* In scratch of its own: the context's pool would keep what it takes. */
static clinfer_status submit(const clinfer_context *ctx, struct ci_plan *plan,
                             clinfer_exec *exec) {
  size_t bytes;
  exec->scratch_needed = &bytes;
  CI_TRY(ci_submit(plan));
  exec->scratch_needed = NULL;
  if (bytes == 0) return ci_submit(plan);
  cl_int code;
  exec->scratch = clCreateBuffer(ctx->cl, CL_MEM_READ_WRITE, bytes, NULL,
                                 &code);
  if (exec->scratch == NULL) return ci_cl(code, "clCreateBuffer for scratch");
  const clinfer_status status = ci_submit(plan);
  clReleaseMemObject(exec->scratch);
  return status;
}

static clinfer_status run(clinfer_context *ctx, cl_command_queue queue,
                          const struct ci_gemm_provider *provider, int variant,
                          const struct ci_gemm *gemm) {
  clinfer_exec exec = {.queue = queue};
  struct ci_plan plan;
  CI_TRY(ci_plan_begin(&plan, ctx, &exec));
  CI_TRY(provider->plan(&plan, gemm, variant));
  CI_TRY(submit(ctx, &plan, &exec));
  return ci_cl(clFinish(queue), "clFinish");
}

/* What an element should be, and how far off it may be: the sum as the oracle
 * of the tests bounds it, times four for hardware that cuts instead of
 * rounding, and the last rounding. A product too many or too few is more. */
static double expect(const struct sample *s, const struct operands *o, size_t m,
                     size_t n, double *error) {
  const double *a = o->a.values + m * o->a.view.ld;
  const size_t ld = o->w.view.ld;
  const double *w = o->w.values + (s->out_in ? n * ld : n);
  const size_t step = s->out_in ? 1 : ld;
  double sum = s->epilogue ? o->bias.values[n] : 0, scale = fabs(sum);
  for (size_t k = 0; k < s->K; k++) {
    sum += a[k] * w[k * step];
    scale += fabs(a[k] * w[k * step]);
  }
  *error = 4 * (2 * sqrt((double)s->K) + 4) * 0x1p-24 * scale;
  if (s->epilogue) { /* GELU, whose slope is less than 9/8 */
    *error = *error * 9 / 8 + 0x1p-20 * fabs(sum);
    sum = sum * (1 + erf(sum * sqrt(0.5))) / 2;
  }
  *error += s->c == CLINFER_F16 ? 0x1p-11 * fabs(sum) + 0x1p-25
                                : 0x1p-24 * fabs(sum);
  return sum;
}

/* All elements are there, the padding is as it was, and a sample is right: of
 * a small product, all. */
static clinfer_status judge(const struct sample *s, const struct operands *o) {
  const struct operand *c = &o->c;
  const size_t ld = c->view.ld, step = (s->M * s->N * s->K >> 25) | 1;
  for (size_t i = 0; i < s->M * ld; i++) {
    const size_t m = i / ld, n = i % ld;
    double want = NAN, error = 0;
    if (n < s->N) want = i % step ? c->values[i] : expect(s, o, m, n, &error);
    const bool right = n < s->N ? fabs(c->values[i] - want) <= error
                                : isnan(c->values[i]);
    if (!right)
      return ci_fail(CLINFER_UNSUPPORTED, 0,
                     "element (%zu, %zu) of [%zu, %zu] is %g, not %g", m, n,
                     s->M, s->N, c->values[i], want);
  }
  return CLINFER_OK;
}

clinfer_status ci_gemm_sample_check(clinfer_context *ctx,
                                    cl_command_queue queue,
                                    const struct ci_gemm_provider *provider,
                                    int variant, size_t index) {
  const struct sample *s = &samples[index];
  struct ci_gemm gemm = ci_gemm_sample(index);
  struct operands o = {0};
  clinfer_status status = make_operands(ctx, s, &gemm, &o);
  if (status == CLINFER_OK) status = run(ctx, queue, provider, variant, &gemm);
  if (status == CLINFER_OK) status = fetch(&o.c, queue);
  if (status == CLINFER_OK) status = judge(s, &o);
  drop_operands(&o);
  return status;
}
