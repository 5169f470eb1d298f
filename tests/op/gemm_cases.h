/* gemm_cases.h - shapes and checks that every single GEMM meets. */
#ifndef CLINFER_GEMM_CASES_H
#define CLINFER_GEMM_CASES_H

#include "tester.h"

/* y[m,n] = x[m,k] w[k,n]. */
struct gemm_shape {
  const char *name;
  size_t m, k, n;
  unsigned flags; /* T_DENSE for what is large */
};

static const struct gemm_shape gemm_shapes[] = {
    {"1 x 2 x 1", 1, 2, 1, 0},
    {"1 x 2 x 2", 1, 2, 2, 0},
    {"1 x 5 x 8", 1, 5, 8, 0},
    {"1 x 16 x 512", 1, 16, 512, 0},
    {"1 x 128 x 1", 1, 128, 1, 0},
    {"1 x 128 x 512", 1, 128, 512, 0},
    {"7 x 2 x 512", 7, 2, 512, 0},
    {"7 x 5 x 2", 7, 5, 2, 0},
    {"7 x 16 x 1", 7, 16, 1, 0},
    {"7 x 128 x 8", 7, 128, 8, 0},
    {"7 x 128 x 512", 7, 128, 512, 0},
    {"8 x 2 x 8", 8, 2, 8, 0},
    {"8 x 5 x 512", 8, 5, 512, 0},
    {"8 x 16 x 2", 8, 16, 2, 0},
    {"8 x 128 x 1", 8, 128, 1, 0},
    {"128 x 2 x 2", 128, 2, 2, 0},
    {"128 x 5 x 1", 128, 5, 1, 0},
    {"128 x 16 x 8", 128, 16, 8, 0},
    {"128 x 128 x 8", 128, 128, 8, 0},
    {"128 x 128 x 512", 128, 128, 512, T_DENSE | T_WIDELY},
    {"1 x 1 x 1", 1, 1, 1, 0},
    {"2 x 1 x 3", 2, 1, 3, 0},
    {"3 x 7 x 15", 3, 7, 15, 0},
    {"15 x 17 x 16", 15, 17, 16, T_EVERYWHERE},
    {"16 x 16 x 16", 16, 16, 16, 0},
    {"17 x 31 x 33", 17, 31, 33, 0},
    {"31 x 33 x 17", 31, 33, 17, 0},
    {"33 x 63 x 65", 33, 63, 65, 0},
    {"64 x 64 x 64", 64, 64, 64, 0},
    {"63 x 129 x 127", 63, 129, 127, T_WIDELY},
    {"65 x 65 x 129", 65, 65, 129, 0},
    {"127 x 3 x 255", 127, 3, 255, 0},
    {"129 x 255 x 31", 129, 255, 31, 0},
    {"257 x 15 x 63", 257, 15, 63, 0},
    {"5 x 257 x 1000", 5, 257, 1000, T_DENSE | T_EVERYWHERE},
    {"2 x 1000 x 257", 2, 1000, 257, T_DENSE | T_WIDELY},
    {"3 x 4095 x 7", 3, 4095, 7, 0},
    {"1 x 4097 x 15", 1, 4097, 15, T_WIDELY},
    {"2 x 3 x 4097", 2, 3, 4097, 0},
    {"1 x 768 x 768", 1, 768, 768, T_DENSE | T_WIDELY},
    {"32 x 768 x 3072", 32, 768, 3072, T_DENSE},
    {"40 x 3072 x 260", 40, 3072, 260, T_DENSE | T_WIDELY},
};

/* What the checks below run: the file that uses them defines it. Where the
 * operator has no bias or activation, it takes none of them here. */
struct gemm_op {
  clinfer_status (*run)(clinfer_context *ctx, const struct t_matrix *x,
                        clinfer_weight w, const struct t_matrix *bias,
                        clinfer_activation activation,
                        const struct t_matrix *y);
  bool has_epilogue;
};
extern const struct gemm_op gemm_op;

/* One GEMM's operands; bias may be NULL. */
struct gemm {
  struct t_matrix *x, *w, *bias, *y;
  clinfer_layout layout;
  clinfer_activation activation;
};
struct gemm gemm_random(const struct gemm_shape *s, const struct t_form *f,
                        clinfer_layout layout);

/* Run g in that context, with the weight as it lies. */
void gemm_check_in(clinfer_context *ctx, const struct gemm *g);

/* Run g through the providers of that prefix, with the weight as it lies and
 * packed. */
void gemm_check(const struct gemm *g, const char *form, const char *prefix);

void gemm_matches_oracle(void **state); /* state: struct gemm_shape */
void gemm_poisoned(void);
void gemm_repeats(void);
void gemm_empty(void);

#endif
