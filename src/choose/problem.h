/* problem.h - what can be computed, as data. Matrices and vectors that may be
 * left out are {0} then. */
#ifndef CI_PROBLEM_H
#define CI_PROBLEM_H

#include "base/status.h"

/* c = a w, finished as the epilogue says. */
struct ci_gemm {
  clinfer_matrix a;
  clinfer_weight w;
  clinfer_epilogue epilogue;
  clinfer_matrix c;
};

/* s = (x + bias) + residual; y = normalised s; sum = s. Each of bias, residual
 * and sum may be left out. */
struct ci_normalise {
  clinfer_matrix x;
  clinfer_vector bias;
  clinfer_matrix residual;
  const clinfer_norm *norm;
  bool rms; /* do not subtract the mean */
  clinfer_matrix y, sum;
};

/* The same for n.y, whatever gemm has as a. */
struct ci_normalised_gemm {
  struct ci_normalise n;
  struct ci_gemm gemm;
  bool keeps_y;  /* n.y is an output; else only its shape and dtype count */
  bool in_place; /* n.y overlaps n.x or n.residual */
};

/* y = x, finished as the epilogue says. */
struct ci_bias_activation {
  clinfer_matrix x;
  clinfer_epilogue epilogue;
  clinfer_matrix y;
};

struct ci_residual_add {
  clinfer_residual terms;
  clinfer_matrix y;
};

/* With the numbers that clinfer_attention_terms leaves open set. */
struct ci_attention {
  clinfer_attention_terms terms;
  clinfer_view y;
  bool reads_lengths, reads_positions; /* from their buffers */
};

/* Every kind of problem. */
enum ci_kind {
  CI_GEMM,
  CI_NORMALISED_GEMM,
  CI_NORMALISE,
  CI_BIAS_ACTIVATION,
  CI_RESIDUAL_ADD,
  CI_ATTENTION,
  CI_KINDS
};

struct ci_problem {
  enum ci_kind kind;
  union {
    struct ci_gemm gemm;
    struct ci_normalised_gemm normalised_gemm;
    struct ci_normalise normalise;
    struct ci_bias_activation bias_activation;
    struct ci_residual_add residual_add;
    struct ci_attention attention;
  };
};

/* An operand that is there, as a view: a matrix is one of a single matrix, a
 * vector of a single row. */
struct ci_operand {
  cl_mem *mem; /* the problem's own */
  clinfer_view view;
  bool is_output;
  /* The elements are not of view.dtype, but int32, and all of them this one;
   * -1: they are numbers of that type. */
  int whole_number;
};

/* List the problem's operands that are there; how many. Those of `norm`, to
 * which a problem only points, are copied there first, and the problem points
 * to the copy from then on. */
enum { CI_MOST_OPERANDS = 12 };
size_t ci_list_operands(struct ci_problem *problem, clinfer_norm *norm,
                        struct ci_operand operands[CI_MOST_OPERANDS]);

/* Make the problem small, but such that on a device of so many compute units
 * the same kernels compute it: types, layouts and what is there stay; sizes of
 * rows, offsets and leading dimensions stay the same modulo 16. No memory is
 * left in it, and eps is one that suits any row. `norm` is as in
 * ci_list_operands. */
void ci_shrink(struct ci_problem *problem, clinfer_norm *norm,
               size_t compute_units);

#endif
