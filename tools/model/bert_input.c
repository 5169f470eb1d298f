/* bert_input.c - the sentences that run through the layer: stored in the file,
 * or else embedded with its tables. */

#include "model/bert_source.h"

#include <math.h>
#include <stdlib.h>

#include "lib/tool.h"
#include "oracle/oracle.h"

#define EMBEDDINGS "embeddings."

/* ---- An input that the file holds, and its results */

static bool load_lengths(struct bert_source *s, struct bert *b) {
  static const char name[] = "clinfer.lengths";
  const struct safetensor *t = bert_find(s, name);
  if (t == NULL) return bert_refuse(s, name, "missing");
  if (t->rank != 1 || t->count == 0 || t->count > b->tokens)
    return bert_refuse(s, name, "not a vector of a sensible size");

  double *lengths = tool_alloc(t->count, sizeof *lengths);
  b->sentences = t->count;
  b->lengths = tool_alloc(t->count, sizeof *b->lengths);
  bool good = bert_read(s, t, 0, t->count, lengths);
  size_t left = b->tokens;
  for (size_t i = 0; good && i < t->count; i++) {
    if (lengths[i] < 1 || lengths[i] > (double)left ||
        lengths[i] != floor(lengths[i]))
      good = bert_refuse(s, name, "they do not add up to the input's tokens");
    else
      left -= b->lengths[i] = (size_t)lengths[i];
  }
  free(lengths);
  if (good && left != 0)
    return bert_refuse(s, name, "they do not add up to the input's tokens");
  return good;
}

static bool load_expected(struct bert_source *s, struct bert *b) {
  static const char *const names[BERT_EXPECTED] = {
      [BERT_EXPECTED_QKV] = "clinfer.expected.qkv",
      [BERT_EXPECTED_NORMALISED] = "clinfer.expected.normalised",
      [BERT_EXPECTED_OUTPUT] = "clinfer.expected.output"};
  for (size_t i = 0; i < BERT_EXPECTED; i++) {
    if (bert_find(s, names[i]) == NULL) continue;
    const size_t cols = i == BERT_EXPECTED_QKV ? 3 * b->hidden : b->hidden;
    if (!bert_load_array(s, names[i], b->tokens, cols, &b->expected[i]))
      return false;
  }
  return true;
}

static bool load_stored(struct bert_source *s, const struct safetensor *t,
                        struct bert *b) {
  if (t->rank != 2 || t->shape[0] == 0 || t->shape[0] > BERT_MOST)
    return bert_refuse(s, t->name, "not a matrix of a sensible size");
  b->tokens = t->shape[0];
  return bert_load_array(s, t->name, b->tokens, b->hidden,
                         &b->part[BERT_INPUT]) &&
         load_lengths(s, b) && load_expected(s, b);
}

/* ---- An input made of the file's embedding tables */

/* Those of tools/model/make_minilm_layer.py, with the ids that it
 * prints. */
static const struct {
  size_t length;
  unsigned short ids[24];
} sentences[] = {
    /* The ferry leaves the harbour at dawn, whatever the weather. */
    {14,
     {101, 1996, 7115, 3727, 1996, 7440, 2012, 6440, 1010, 3649, 1996, 4633,
      1012, 102}},
    /* Any invertible matrix multiplied by its inverse gives the identity. */
    {15,
     {101, 2151, 1999, 16874, 7028, 8185, 28608, 2011, 2049, 19262, 3957, 1996,
      4767, 1012, 102}},
    /* Nobody remembers who planted the pear tree behind the old station, yet
     * it still bears fruit every autumn. */
    {22, {101,  6343, 17749, 2040, 8461, 1996, 28253, 3392, 2369, 1996, 2214,
          2276, 1010, 2664,  2009, 2145, 6468, 5909,  2296, 7114, 1012, 102}}};

static bool add_row(struct bert_source *s, const char *name, size_t row,
                    size_t hidden, double *sum) {
  const struct safetensor *table = bert_find(s, name);
  if (table == NULL) return bert_refuse(s, name, "missing");
  if (table->rank != 2 || table->shape[0] <= row || table->shape[1] != hidden)
    return bert_refuse(s, name, "its shape does not fit the sentences' ids");
  double *v = tool_alloc(hidden, sizeof *v);
  const bool good = bert_read(s, table, row * hidden, hidden, v);
  for (size_t i = 0; good && i < hidden; i++) sum[i] += v[i];
  free(v);
  return good;
}

static bool normalise_embeddings(struct bert_source *s, struct bert *b) {
  struct bert_array *x = &b->part[BERT_INPUT];
  const size_t h = b->hidden, count = x->rows * h;
  double *gamma = tool_alloc(h, sizeof *gamma);
  double *beta = tool_alloc(h, sizeof *beta);
  struct oracle_value *y = tool_alloc(count, sizeof *y);
  const bool good = bert_load_into(s, EMBEDDINGS "LayerNorm.weight", 1, h,
                                   gamma) &&
                    bert_load_into(s, EMBEDDINGS "LayerNorm.bias", 1, h, beta);
  if (good) {
    const struct oracle_norm norm = {gamma, beta, (double)b->eps, false};
    oracle_normalise(x->rows, h, x->v, NULL, NULL, &norm, CLINFER_F32, y,
                     CLINFER_F32, NULL);
    for (size_t i = 0; i < count; i++) x->v[i] = y[i].value;
  }
  free(gamma), free(beta), free(y);
  return good;
}

static bool embed_sentences(struct bert_source *s, struct bert *b) {
  const size_t h = b->hidden;
  b->sentences = TOOL_COUNT(sentences);
  b->lengths = tool_alloc(b->sentences, sizeof *b->lengths);
  for (size_t i = 0; i < b->sentences; i++)
    b->tokens += b->lengths[i] = sentences[i].length;

  b->part[BERT_INPUT] = bert_array_of(b->tokens, h);
  double *row = b->part[BERT_INPUT].v;
  for (size_t i = 0; i < b->sentences; i++)
    for (size_t t = 0; t < b->lengths[i]; t++, row += h)
      if (!add_row(s, EMBEDDINGS "word_embeddings.weight", sentences[i].ids[t],
                   h, row) ||
          !add_row(s, EMBEDDINGS "position_embeddings.weight", t, h, row) ||
          !add_row(s, EMBEDDINGS "token_type_embeddings.weight", 0, h, row))
        return false;
  return normalise_embeddings(s, b);
}

bool bert_load_input(struct bert_source *s, struct bert *b) {
  const struct safetensor *stored = bert_find(s, "clinfer.input");
  return stored != NULL ? load_stored(s, stored, b) : embed_sentences(s, b);
}
