/* activation_cases.h - every activation as a case. */
#ifndef CLINFER_ACTIVATION_CASES_H
#define CLINFER_ACTIVATION_CASES_H

#include "clinfer/clinfer.h"

struct activation {
  const char *name;
  clinfer_activation activation;
};

static const struct activation activations[] = {
    {"none", CLINFER_NONE},
    {"relu", CLINFER_RELU},
    {"gelu_erf", CLINFER_GELU_ERF},
    {"gelu_tanh", CLINFER_GELU_TANH},
    {"gelu_sigmoid", CLINFER_GELU_SIGMOID},
    {"silu", CLINFER_SILU},
    {"leaky_relu", CLINFER_LEAKY_RELU},
    {"sigmoid", CLINFER_SIGMOID},
};

#endif
