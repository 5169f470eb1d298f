/* safetensors.h - read tensors out of a safetensors file that may be damaged
 * or hostile. Nothing the file says is believed unchecked. It is read in
 * pieces, never mapped, so one that shrinks meanwhile is a failed read and
 * not a fault. */
#ifndef CLINFER_TOOLS_MODEL_SAFETENSORS_H
#define CLINFER_TOOLS_MODEL_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <cjson/cJSON.h>

enum { SAFETENSORS_MAX_RANK = 8 };

struct safetensor_type; /* how an element is stored */

struct safetensor {
  const char *name;
  const struct safetensor_type *type;
  size_t rank, shape[SAFETENSORS_MAX_RANK];
  size_t count;      /* of elements */
  size_t begin, end; /* bytes from the end of the header */
};

struct safetensors {
  FILE *stream;
  size_t header_size, data_size; /* bytes */
  cJSON *header;
  const cJSON *metadata;      /* within header; or NULL */
  struct safetensor *tensors; /* by name */
  size_t count;
  char error[256]; /* what was wrong, after a function returned false */
};

/* Opens the file and checks its whole header. Close it in either case. */
bool safetensors_open(struct safetensors *file, const char *path);

void safetensors_close(struct safetensors *file);

/* NULL if there is none of that name. */
const struct safetensor *safetensors_find(const struct safetensors *file,
                                          const char *name);

/* A text from the file's __metadata__; NULL if it has no such key. */
const char *safetensors_metadata(const struct safetensors *file,
                                 const char *key);

/* Stores elements [first, first + count) of a tensor as doubles. Integers
 * beyond 2^53 are rounded. Fails if the tensor has fewer elements, has a type
 * that no double stands for, or cannot be read. */
bool safetensors_read(struct safetensors *file, const struct safetensor *tensor,
                      size_t first, size_t count, double *out);

#endif
