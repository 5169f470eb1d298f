/* samples.c - GEMMs of any kind that an implementation may support. */

#include "gemm/samples.h"

struct sample {
  size_t M, N, K, pad; /* pad: elements between the end of a row and the next */
  clinfer_dtype a, w, c;
  bool out_in, epilogue; /* the weight's layout; bias and GELU */
};

#define F16 CLINFER_F16
#define BF16 CLINFER_BF16
#define F32 CLINFER_F32

/* With whole and ragged tiles, sums longer than any pipeline, few rows, more
 * tiles than multiprocessors. */
static const struct sample samples[] = {
    {130, 264, 576, 0, F16, F16, F16, true, true},
    {130, 264, 576, 0, F16, F16, F16, false, true},
    {257, 136, 200, 8, F16, F16, F16, false, false},
    {67, 35, 97, 3, F16, F16, F16, true, false},
    {1544, 2056, 192, 0, F16, F16, F16, true, true},
    {1, 264, 576, 0, F16, F16, F16, true, true},
    {5, 264, 576, 0, F16, F16, F16, false, false},
    {67, 136, 264, 0, F16, F16, F32, true, false},
    {130, 264, 576, 0, BF16, BF16, BF16, false, true},
    {67, 35, 97, 3, BF16, BF16, BF16, true, false},
    {5, 264, 576, 0, BF16, BF16, F32, true, false},
    {67, 136, 264, 0, F32, F32, F32, true, true},
    {1400, 760, 264, 0, F32, F32, F32, true, true},
    {67, 35, 97, 3, F32, F32, F32, false, false},
    {1, 264, 576, 0, F32, F32, F32, true, false},
    {67, 136, 264, 0, F32, F16, F32, false, true},
};
const size_t ci_gemm_sample_count = sizeof samples / sizeof *samples;

static clinfer_matrix padded(size_t rows, size_t cols, size_t pad,
                             clinfer_dtype dtype) {
  clinfer_matrix m = clinfer_matrix_of(NULL, rows, cols, dtype);
  m.ld += pad;
  return m;
}

struct ci_problem ci_gemm_sample(size_t index) {
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
  return (struct ci_problem){.kind = CI_GEMM, .gemm = g};
}
