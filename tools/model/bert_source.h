/* bert_source.h - tensors of a BERT-family file by their usual names. */
#ifndef CLINFER_TOOLS_MODEL_BERT_SOURCE_H
#define CLINFER_TOOLS_MODEL_BERT_SOURCE_H

#include "model/bert.h"
#include "model/safetensors.h"

/* Beyond any BERT, and small enough that no product of two sizes overflows. */
enum { BERT_MOST = 65536 };

struct bert_source {
  struct safetensors file;
  const char *prefix; /* of every tensor's name but those of "clinfer." */
  char *error;        /* BERT_ERROR characters; set where false is returned */
};

bool bert_refuse(struct bert_source *s, const char *name, const char *why);

/* NULL if it is missing. */
const struct safetensor *bert_find(const struct bert_source *s,
                                   const char *name);

bool bert_has_shape(const struct safetensor *t, size_t rows, size_t cols);

/* Elements [first, first + count). NaN and infinity are refused: with them
 * every later comparison would pass. */
bool bert_read(struct bert_source *s, const struct safetensor *t, size_t first,
               size_t count, double *out);

/* A whole tensor, which must have this shape; with rows = 1, a vector. Into
 * memory of the caller's, or a new array: made only once the file is known to
 * have that many elements. */
bool bert_load_into(struct bert_source *s, const char *name, size_t rows,
                    size_t cols, double *out);

bool bert_load_array(struct bert_source *s, const char *name, size_t rows,
                     size_t cols, struct bert_array *out);

/* Zeros. */
struct bert_array bert_array_of(size_t rows, size_t cols);

/* Fills tokens, lengths, BERT_INPUT and the expected results. */
bool bert_load_input(struct bert_source *s, struct bert *b);

#endif
