/* norm_parameters.h - the vectors of a normalisation. */
#ifndef CLINFER_NORM_PARAMETERS_H
#define CLINFER_NORM_PARAMETERS_H

#include "tester.h"

/* gamma, beta and eps of one normalisation, for the device and the oracle. */
struct norm_parameters {
  struct t_matrix *gamma, *beta;
  clinfer_norm norm;
  struct oracle_norm want;
};
struct norm_parameters norm_random(size_t cols, struct t_store store, float eps,
                                   bool rms);

/* The same with vectors left out, in every way: 0 to NORM_WITHOUT_ANY. */
enum { NORM_WITHOUT_GAMMA = 1, NORM_WITHOUT_BETA = 2, NORM_WITHOUT_ANY = 3 };
struct norm_parameters norm_without(const struct norm_parameters *all,
                                    unsigned left_out);

/* Whether a GEMM of the provider may do the normalisation itself: what a norm
 * is made of makes no difference to those of the others. */
bool norm_is_inside(const struct t_provider *p);

#endif
