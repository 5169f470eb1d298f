/* environment.c - the variables of the environment that the library reads. */

#define _GNU_SOURCE /* for secure_getenv */

#include "base/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *read_trusted(const char *name) {
#ifdef __linux__
  return secure_getenv(name);
#else
  return issetugid() ? NULL : getenv(name);
#endif
}

const char *ci_environment(const clinfer_options *options, const char *name) {
  const bool is_ours = strncmp(name, "CLINFER_", 8) == 0;
  if (is_ours && options != NULL && options->ignore_environment) return NULL;
  return read_trusted(name);
}
