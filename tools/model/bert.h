/* bert.h - one encoder layer of a BERT-family model, and three sentences to
 * run through it, as doubles. */
#ifndef CLINFER_TOOLS_MODEL_BERT_H
#define CLINFER_TOOLS_MODEL_BERT_H

#include <stdbool.h>
#include <stddef.h>

/* The layer's arrays. Weights are [out, in], as torch stores them. */
enum bert_part {
  BERT_INPUT,      /* [tokens, hidden]: the embeddings' output */
  BERT_QKV_WEIGHT, /* query, key and value, one below the other */
  BERT_QKV_BIAS,   /* likewise */
  BERT_ATTENTION_WEIGHT,
  BERT_ATTENTION_BIAS,
  BERT_ATTENTION_GAMMA, /* of the normalisation after attention */
  BERT_ATTENTION_BETA,
  BERT_INTERMEDIATE_WEIGHT,
  BERT_INTERMEDIATE_BIAS,
  BERT_OUTPUT_WEIGHT,
  BERT_OUTPUT_BIAS,
  BERT_OUTPUT_GAMMA, /* of the normalisation that ends the layer */
  BERT_OUTPUT_BETA,
  BERT_PARTS
};

/* Results that a data file may hold, of its own input and parameters. */
enum bert_expected {
  BERT_EXPECTED_QKV,        /* [tokens, 3 hidden] */
  BERT_EXPECTED_NORMALISED, /* [tokens, hidden]: after attention */
  BERT_EXPECTED_OUTPUT,     /* [tokens, hidden] */
  BERT_EXPECTED
};

struct bert_array {
  size_t rows, cols; /* a vector has one row */
  double *v;         /* NULL where the file has no such result */
};

struct bert {
  size_t hidden, intermediate, heads, tokens;
  size_t *lengths; /* tokens of each sentence, in their order */
  size_t sentences;
  float eps;
  struct bert_array part[BERT_PARTS];
  struct bert_array expected[BERT_EXPECTED];
};

enum { BERT_ERROR = 512 };

/* Loads layer 0 of a safetensors file with the tensor names of Hugging Face's
 * BertModel, with or without "bert." before them. False: `error` says why.
 *
 * Sizes are those of the tensors. The number of heads is metadata entry
 * "num_attention_heads"; without it 12 where hidden is 384 (MiniLM), else
 * hidden / 64. Epsilon is entry "layer_norm_eps", without it 1e-12.
 *
 * The input is tensor "clinfer.input", of sentences as long as the elements of
 * "clinfer.lengths" say, and results are "clinfer.expected.*". Without an
 * input, three English sentences are embedded; this needs the file's embedding
 * tables, with the vocabulary of bert-base-uncased. */
bool bert_load(const char *path, struct bert *bert, char error[BERT_ERROR]);

/* Also after a failed bert_load. */
void bert_free(struct bert *bert);

#endif
