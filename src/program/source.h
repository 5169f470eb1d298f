/* source.h - what the build has embedded; and the OpenCL C sources, from there
 * or from a folder. */
#ifndef CI_SOURCE_H
#define CI_SOURCE_H

#include "base/status.h"

/* The files of cl/ and src/gemm/tuned/: text ends with a 0 that size does not
 * count. */
struct ci_embedded {
  const char *name;
  const char *text;
  size_t size;
};
extern const struct ci_embedded ci_embedded_files[];
extern const size_t ci_embedded_count;

/* The text of `name` with its #include lines replaced by the files they name,
 * each once. The caller frees it. `folder` NULL: the embedded files. */
clinfer_status ci_source(const char *folder, const char *name, char **text);

#endif
