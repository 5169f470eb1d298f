/* norm_cases.h - shapes that every normalisation meets, and the checks that
 * layer_norm and rms_norm have in common. */
#ifndef CLINFER_NORM_CASES_H
#define CLINFER_NORM_CASES_H

#include "norm_parameters.h"

struct norm_shape {
  const char *name;
  size_t rows, cols;
  double lo, hi; /* of the input */
  float eps;
  unsigned flags; /* T_DENSE for what is large */
};

static const struct norm_shape norm_shapes[] = {
    {"1 x 384", 1, 384, -3, 3, 1e-5f, 0},
    {"32 x 384", 32, 384, -3, 3, 1e-5f, 0},
    {"4096 x 384", 4096, 384, -3, 3, 1e-5f, T_DENSE},
    {"128 x 512", 128, 512, -3, 3, 1e-5f, 0},
    {"1 x 768", 1, 768, -3, 3, 1e-5f, 0},
    {"128 x 768", 128, 768, -3, 3, 1e-5f, 0},
    {"32 x 1024", 32, 1024, -3, 3, 1e-5f, 0},
    {"4096 x 1024", 4096, 1024, -3, 3, 1e-5f, T_DENSE | T_WIDELY},
    {"1 x 2048", 1, 2048, -3, 3, 1e-5f, 0},
    {"32 x 2048", 32, 2048, -3, 3, 1e-5f, 0},
    {"1 x 8192", 1, 8192, -3, 3, 1e-5f, 0},
    {"128 x 8192", 128, 8192, -3, 3, 1e-5f, T_DENSE | T_WIDELY},
    {"1 x 14432", 1, 14432, -3, 3, 1e-5f, 0},
    {"32 x 14432", 32, 14432, -3, 3, 1e-5f, T_DENSE},
    {"1 x 16385", 1, 16385, -3, 3, 1e-5f, 0},
    {"3 x 1", 3, 1, -3, 3, 1e-5f, 0},
    {"1 x 2", 1, 2, -3, 3, 1e-5f, 0},
    {"7 x 3", 7, 3, -3, 3, 1e-5f, T_EVERYWHERE},
    {"17 x 7", 17, 7, -3, 3, 1e-5f, 0},
    {"2 x 15", 2, 15, -3, 3, 1e-5f, 0},
    {"257 x 16", 257, 16, -3, 3, 1e-5f, 0},
    {"3 x 17", 3, 17, -3, 3, 1e-5f, 0},
    {"15 x 31", 15, 31, -3, 3, 1e-5f, 0},
    {"16 x 33", 16, 33, -3, 3, 1e-5f, 0},
    {"65 x 63", 65, 63, -3, 3, 1e-5f, 0},
    {"31 x 65", 31, 65, -3, 3, 1e-5f, 0},
    {"5 x 127", 5, 127, -3, 3, 1e-5f, 0},
    {"129 x 129", 129, 129, -3, 3, 1e-5f, 0},
    {"3 x 255", 3, 255, -3, 3, 1e-5f, 0},
    {"33 x 257", 33, 257, -3, 3, 1e-5f, T_WIDELY},
    {"5 x 1000", 5, 1000, -3, 3, 1e-5f, T_EVERYWHERE},
    {"2 x 4095", 2, 4095, -3, 3, 1e-5f, 0},
    {"3 x 4097", 3, 4097, -3, 3, 1e-5f, T_WIDELY},
    {"eps 0", 5, 96, -3, 3, 0, 0},
    {"eps 1e-12", 5, 96, -3, 3, 1e-12f, 0},
    {"large eps", 5, 96, -3, 3, 100, 0},
    {"tiny values", 5, 96, -1e-6, 1e-6, 1e-12f, 0},
    {"mean 100", 7, 768, 99, 101, 1e-5f, 0},
    {"mean 1000", 7, 768, 999, 1001, 1e-5f, 0},
    {"mean 10000", 7, 768, 9999, 10001, 1e-5f, T_WIDELY},
    {"mean -1000, long", 3, 4097, -1001, -999, 1e-12f, 0},
    {"near f16's largest", 5, 768, 60000, 65504, 1e-5f, 0},
};

/* What the checks below run: the file that uses them defines it. */
struct norm_op {
  clinfer_status (*run)(clinfer_context *, const clinfer_exec *, clinfer_matrix,
                        const clinfer_norm *, clinfer_matrix);
  bool rms;
};
extern const struct norm_op norm_op;

void norm_matches_oracle(void **state); /* state: struct norm_shape */
void norm_constant_rows(void);
void norm_range(void);
void norm_outlier(void);
void norm_poisoned_rows(void);
void norm_in_place(void);
void norm_repeats(void);
void norm_empty(void);

#endif
