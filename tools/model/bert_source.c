/* bert_source.c - tensors of a BERT-family file by their usual names. */

#include "model/bert_source.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/tool.h"

bool bert_refuse(struct bert_source *s, const char *name, const char *why) {
  snprintf(s->error, BERT_ERROR, "tensor '%s': %s", name, why);
  return false;
}

const struct safetensor *bert_find(const struct bert_source *s,
                                   const char *name) {
  char full[128];
  const bool ours = strncmp(name, "clinfer.", strlen("clinfer.")) == 0;
  snprintf(full, sizeof full, "%s%s", ours ? "" : s->prefix, name);
  const struct safetensor *t = safetensors_find(&s->file, full);
  if (t != NULL) return t;

  /* Checkpoints older than PyTorch's names have gamma and beta. */
  char *member = strstr(full, "LayerNorm.");
  if (member == NULL) return NULL;
  member += strlen("LayerNorm.");
  strcpy(member, strcmp(member, "weight") == 0 ? "gamma" : "beta");
  return safetensors_find(&s->file, full);
}

bool bert_has_shape(const struct safetensor *t, size_t rows, size_t cols) {
  if (rows == 1 && t->rank == 1) return t->shape[0] == cols;
  return t->rank == 2 && t->shape[0] == rows && t->shape[1] == cols;
}

bool bert_read(struct bert_source *s, const struct safetensor *t, size_t first,
               size_t count, double *out) {
  if (!safetensors_read(&s->file, t, first, count, out)) {
    snprintf(s->error, BERT_ERROR, "%s", s->file.error);
    return false;
  }
  for (size_t i = 0; i < count; i++)
    if (!isfinite(out[i]))
      return bert_refuse(s, t->name, "NaN or infinity in it");
  return true;
}

static const struct safetensor *need(struct bert_source *s, const char *name,
                                     size_t rows, size_t cols) {
  const struct safetensor *t = bert_find(s, name);
  if (t == NULL) {
    bert_refuse(s, name, "missing");
  } else if (!bert_has_shape(t, rows, cols)) {
    bert_refuse(s, name, "its shape does not fit the layer's");
    t = NULL;
  }
  return t;
}

bool bert_load_into(struct bert_source *s, const char *name, size_t rows,
                    size_t cols, double *out) {
  const struct safetensor *t = need(s, name, rows, cols);
  return t != NULL && bert_read(s, t, 0, rows * cols, out);
}

bool bert_load_array(struct bert_source *s, const char *name, size_t rows,
                     size_t cols, struct bert_array *out) {
  const struct safetensor *t = need(s, name, rows, cols);
  if (t == NULL) return false;
  *out = bert_array_of(rows, cols);
  return bert_read(s, t, 0, rows * cols, out->v);
}

struct bert_array bert_array_of(size_t rows, size_t cols) {
  return (struct bert_array){rows, cols,
                             tool_alloc(rows * cols, sizeof(double))};
}
