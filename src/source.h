/* source.h - the OpenCL C sources: embedded, or read from a folder. */
#ifndef CI_SOURCE_H
#define CI_SOURCE_H

#include "status.h"

/* Made by the build from cl/: text ends with a 0 that size does not count. */
struct ci_cl_file {
  const char *name;
  const char *text;
  size_t size;
};
extern const struct ci_cl_file ci_cl_files[];
extern const size_t ci_cl_file_count;

/* The text of `name` with its #include lines replaced by the files they name,
 * each once. The caller frees it. `folder` NULL: the embedded files. */
clinfer_status ci_source(const char *folder, const char *name, char **text);

#endif
