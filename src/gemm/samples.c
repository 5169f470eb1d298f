/* samples.c - GEMMs of any kind that an implementation may support. */

#include "gemm/samples.h"

#include "base/view.h"

struct sample {
  size_t M, N, K, pad; /* pad: elements between the end of a row and the next */
  clinfer_dtype a, w, c;
  bool out_in; /* the weight's layout */
  /* BIASED: bias and GELU; GATED: a residual as well, and SiLU */
  enum { PLAIN, BIASED, GATED } epilogue;
};

#define F16 CLINFER_F16
#define BF16 CLINFER_BF16
#define F32 CLINFER_F32

/* With whole and ragged tiles, sums longer than any pipeline, few rows, more
 * tiles than multiprocessors. */
static const struct sample samples[] = {
    {130, 264, 576, 0, F16, F16, F16, true, BIASED},
    {130, 264, 576, 0, F16, F16, F16, false, BIASED},
    {257, 136, 200, 8, F16, F16, F16, false, PLAIN},
    {67, 35, 97, 3, F16, F16, F16, true, PLAIN},
    {1544, 2056, 192, 0, F16, F16, F16, true, BIASED},
    {1, 264, 576, 0, F16, F16, F16, true, BIASED},
    {5, 264, 576, 0, F16, F16, F16, false, PLAIN},
    {67, 136, 264, 0, F16, F16, F32, true, PLAIN},
    {130, 264, 576, 0, BF16, BF16, BF16, false, BIASED},
    {67, 35, 97, 3, BF16, BF16, BF16, true, PLAIN},
    {5, 264, 576, 0, BF16, BF16, F32, true, PLAIN},
    {67, 136, 264, 0, F32, F32, F32, true, BIASED},
    {1400, 760, 264, 0, F32, F32, F32, true, BIASED},
    {67, 35, 97, 3, F32, F32, F32, false, PLAIN},
    {1, 264, 576, 0, F32, F32, F32, true, PLAIN},
    {67, 136, 264, 0, F32, F16, F32, false, BIASED},
    {130, 264, 576, 0, F16, F16, F16, true, GATED},
    {257, 136, 200, 8, F16, F16, F16, false, GATED},
    {67, 35, 97, 3, F16, F16, F16, true, GATED},
    {130, 264, 576, 0, BF16, BF16, BF16, true, GATED},
    {1400, 760, 264, 0, F32, F32, F32, true, GATED},
};
const size_t ci_gemm_sample_count = sizeof samples / sizeof *samples;

static clinfer_matrix padded(size_t rows, size_t cols, size_t pad,
                             clinfer_dtype dtype) {
  clinfer_matrix m = clinfer_matrix_of(NULL, rows, cols, dtype);
  m.ld += pad;
  return m;
}

static clinfer_epilogue epilogue_of(const struct sample *s) {
  if (s->epilogue == PLAIN) return (clinfer_epilogue){0};
  if (s->epilogue == BIASED)
    return (clinfer_epilogue){.bias = clinfer_vector_of(NULL, s->N, s->c),
                              .activation = CLINFER_GELU_ERF};
  return (clinfer_epilogue){.bias = clinfer_vector_of(NULL, 2 * s->N, s->c),
                            .activation = CLINFER_SILU,
                            .gated = 1,
                            .residual = padded(s->M, s->N, s->pad, s->c)};
}

struct ci_problem ci_gemm_sample(size_t index) {
  const struct sample *s = &samples[index];
  const clinfer_epilogue e = epilogue_of(s);
  const size_t out = ci_product_cols(&e, s->N);
  const struct ci_gemm g = {
      .a = padded(s->M, s->K, s->pad, s->a),
      .w.matrix = padded(s->out_in ? out : s->K, s->out_in ? s->K : out, s->pad,
                         s->w),
      .w.layout = s->out_in ? CLINFER_OUT_IN : CLINFER_IN_OUT,
      .epilogue = e,
      .c = padded(s->M, s->N, s->pad, s->c)};
  return (struct ci_problem){.kind = CI_GEMM, .gemm = g};
}
