/* types.c - what is known of storage types and activations. */

#include "base/types.h"

#include <string.h>

size_t clinfer_dtype_size(clinfer_dtype dtype) {
  switch (dtype) {
#define SIZE(name, value, word, bytes) \
  case name:                           \
    return bytes;
    CLINFER_DTYPE_MAP(SIZE)
#undef SIZE
  }
  return 0;
}

const char *ci_read_dtype(const char *text, clinfer_dtype *dtype) {
#define READ(name, value, word, bytes)             \
  if (strncmp(text, #word, sizeof #word - 1) == 0) \
    return *dtype = name, text + sizeof #word - 1;
  CLINFER_DTYPE_MAP(READ)
#undef READ
  return NULL;
}

bool ci_is_activation(clinfer_activation activation) {
  switch (activation) {
#define CASE(name, word) case name:
    CI_ACTIVATION_MAP(CASE)
#undef CASE
    case CLINFER_NONE:
      return true;
  }
  return false;
}
