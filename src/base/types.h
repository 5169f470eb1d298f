/* types.h - what is known of storage types and activations. */
#ifndef CI_TYPES_H
#define CI_TYPES_H

#include "base/status.h"

/* Every activation but CLINFER_NONE, and its name in tables, tools and kernels.
 */
#define CI_ACTIVATION_MAP(X)            \
  X(CLINFER_RELU, relu)                 \
  X(CLINFER_GELU_ERF, gelu_erf)         \
  X(CLINFER_GELU_TANH, gelu_tanh)       \
  X(CLINFER_GELU_SIGMOID, gelu_sigmoid) \
  X(CLINFER_SILU, silu)                 \
  X(CLINFER_LEAKY_RELU, leaky_relu)     \
  X(CLINFER_SIGMOID, sigmoid)

bool ci_is_activation(clinfer_activation activation);

/* Behind "f16" or another dtype's name, if the text starts with one; else NULL.
 */
const char *ci_read_dtype(const char *text, clinfer_dtype *dtype);

#endif
