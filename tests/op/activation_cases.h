/* activation_cases.h - every activation as a case. What is around an activation
 * in a kernel is the same for all, so that one short and one long one tell. */
#ifndef CLINFER_ACTIVATION_CASES_H
#define CLINFER_ACTIVATION_CASES_H

#include "tester.h"

struct activation {
  const char *name;
  clinfer_activation activation;
  unsigned flags; /* whether it goes everywhere */
};

static const struct activation activations[] = {
    {"none", CLINFER_NONE, T_WIDELY},
    {"relu", CLINFER_RELU, T_EVERYWHERE},
    {"gelu_erf", CLINFER_GELU_ERF, T_EVERYWHERE},
    {"gelu_tanh", CLINFER_GELU_TANH, T_WIDELY},
    {"gelu_sigmoid", CLINFER_GELU_SIGMOID, T_WIDELY},
    {"silu", CLINFER_SILU, T_WIDELY},
    {"leaky_relu", CLINFER_LEAKY_RELU, T_WIDELY},
    {"sigmoid", CLINFER_SIGMOID, T_WIDELY},
};

#endif
