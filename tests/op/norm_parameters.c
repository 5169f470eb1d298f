/* norm_parameters.c - the vectors of a normalisation. */

#include "norm_parameters.h"

#include <string.h>

struct norm_parameters norm_random(size_t cols, struct t_store store, float eps,
                                   bool rms) {
  struct norm_parameters p = {0};
  p.gamma = t_random(1, cols, store, -2, 2);
  p.beta = rms ? NULL : t_random(1, cols, store, -1, 1);
  p.norm = (clinfer_norm){t_vector(p.gamma), t_vector(p.beta), eps};
  p.want = (struct oracle_norm){t_values(p.gamma), t_values(p.beta),
                                (double)eps, rms};
  return p;
}

struct norm_parameters norm_without(const struct norm_parameters *all,
                                    unsigned left_out) {
  struct norm_parameters p = *all;
  if (left_out & NORM_WITHOUT_GAMMA) {
    p.norm.gamma = clinfer_no_vector();
    p.want.gamma = NULL;
  }
  if (left_out & NORM_WITHOUT_BETA) {
    p.norm.beta = clinfer_no_vector();
    p.want.beta = NULL;
  }
  return p;
}

bool norm_is_inside(const struct t_provider *p) {
  return strncmp(p->name, "gemm_", 5) != 0 || !strcmp(p->name, "gemm_skinny");
}
