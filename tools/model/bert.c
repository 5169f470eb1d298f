/* bert.c - read an encoder layer. */

#include "model/bert.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/tool.h"
#include "model/bert_source.h"

#define LAYER "encoder.layer.0."

static bool load_sizes(struct bert_source *s, struct bert *b) {
  static const char *const prefixes[] = {"", "bert."};
  static const char query_name[] = LAYER "attention.self.query.weight";
  static const char up_name[] = LAYER "intermediate.dense.weight";
  const struct safetensor *query = NULL;
  for (size_t i = 0; i < TOOL_COUNT(prefixes) && query == NULL; i++) {
    s->prefix = prefixes[i];
    query = bert_find(s, query_name);
  }
  if (query == NULL) return bert_refuse(s, query_name, "missing");
  const struct safetensor *up = bert_find(s, up_name);
  if (up == NULL) return bert_refuse(s, up_name, "missing");

  b->hidden = query->shape[0];
  b->intermediate = up->shape[0];
  if (b->hidden == 0 || b->hidden > BERT_MOST ||
      !bert_has_shape(query, b->hidden, b->hidden))
    return bert_refuse(s, query_name, "not square, or of no sensible size");
  if (b->intermediate == 0 || b->intermediate > BERT_MOST)
    return bert_refuse(s, up_name, "of no sensible size");
  return true;
}

/* A number in [0, most] from the metadata; without the entry, `usual`. */
static bool load_setting(const struct bert_source *s, const char *key,
                         double usual, double most, double *out) {
  const char *text = safetensors_metadata(&s->file, key);
  *out = usual;
  if (text == NULL) return true;
  char *end;
  *out = strtod(text, &end);
  return end != text && *end == '\0' && *out >= 0 && *out <= most;
}

static bool load_settings(struct bert_source *s, struct bert *b) {
  const size_t usual_heads = b->hidden == 384 ? 12 : b->hidden / 64;
  double heads, eps;
  if (!load_setting(s, "num_attention_heads", (double)usual_heads,
                    (double)b->hidden, &heads) ||
      heads < 1 || heads != floor(heads) || b->hidden % (size_t)heads != 0) {
    snprintf(s->error, BERT_ERROR,
             "its heads do not divide a hidden size of %zu", b->hidden);
    return false;
  }
  if (!load_setting(s, "layer_norm_eps", 1e-12, 1, &eps)) {
    snprintf(s->error, BERT_ERROR, "its layer_norm_eps is not in [0, 1]");
    return false;
  }
  b->heads = (size_t)heads;
  b->eps = (float)eps;
  return true;
}

static bool load_qkv(struct bert_source *s, struct bert *b) {
  static const char *const names[] = {"query", "key", "value"};
  const size_t h = b->hidden;
  b->part[BERT_QKV_WEIGHT] = bert_array_of(3 * h, h);
  b->part[BERT_QKV_BIAS] = bert_array_of(1, 3 * h);
  for (size_t i = 0; i < TOOL_COUNT(names); i++) {
    char weight[64], bias[64];
    snprintf(weight, sizeof weight, LAYER "attention.self.%s.weight", names[i]);
    snprintf(bias, sizeof bias, LAYER "attention.self.%s.bias", names[i]);
    if (!bert_load_into(s, weight, h, h,
                        b->part[BERT_QKV_WEIGHT].v + i * h * h) ||
        !bert_load_into(s, bias, 1, h, b->part[BERT_QKV_BIAS].v + i * h))
      return false;
  }
  return true;
}

static bool load_parameters(struct bert_source *s, struct bert *b) {
  const size_t h = b->hidden, i = b->intermediate;
  const struct {
    enum bert_part part;
    const char *name;
    size_t rows, cols;
  } wanted[] = {
      {BERT_ATTENTION_WEIGHT, LAYER "attention.output.dense.weight", h, h},
      {BERT_ATTENTION_BIAS, LAYER "attention.output.dense.bias", 1, h},
      {BERT_ATTENTION_GAMMA, LAYER "attention.output.LayerNorm.weight", 1, h},
      {BERT_ATTENTION_BETA, LAYER "attention.output.LayerNorm.bias", 1, h},
      {BERT_INTERMEDIATE_WEIGHT, LAYER "intermediate.dense.weight", i, h},
      {BERT_INTERMEDIATE_BIAS, LAYER "intermediate.dense.bias", 1, i},
      {BERT_OUTPUT_WEIGHT, LAYER "output.dense.weight", h, i},
      {BERT_OUTPUT_BIAS, LAYER "output.dense.bias", 1, h},
      {BERT_OUTPUT_GAMMA, LAYER "output.LayerNorm.weight", 1, h},
      {BERT_OUTPUT_BETA, LAYER "output.LayerNorm.bias", 1, h}};
  for (size_t n = 0; n < TOOL_COUNT(wanted); n++) {
    if (!bert_load_array(s, wanted[n].name, wanted[n].rows, wanted[n].cols,
                         &b->part[wanted[n].part]))
      return false;
  }
  return load_qkv(s, b);
}

bool bert_load(const char *path, struct bert *bert, char error[BERT_ERROR]) {
  struct bert_source s = {.error = error};
  *bert = (struct bert){0};
  bool good = safetensors_open(&s.file, path);
  if (!good) snprintf(error, BERT_ERROR, "%s", s.file.error);
  good = good && load_sizes(&s, bert) && load_settings(&s, bert) &&
         load_parameters(&s, bert) && bert_load_input(&s, bert);
  safetensors_close(&s.file);
  return good;
}

void bert_free(struct bert *bert) {
  for (size_t i = 0; i < BERT_PARTS; i++) free(bert->part[i].v);
  for (size_t i = 0; i < BERT_EXPECTED; i++) free(bert->expected[i].v);
  free(bert->lengths);
  *bert = (struct bert){0};
}
