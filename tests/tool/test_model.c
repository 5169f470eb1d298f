/* test_model.c - a layer of real weights gives what PyTorch gave, and damage
 * to the file is seen: what cannot be used is refused, what is wrong fails. */

#include "commands/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/bert.h"
#include "model/safetensors.h"
#include "oracle.h"
#include "weight_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char layer0[] = CLINFER_TEST_DATA "/minilm-layer0.safetensors";

enum { PASSED = 0, FAILED = 1, NO_DEVICE = 3, BAD_FILE = 5 };

static int run(const char *path, FILE *out) {
  return model_run(getenv("CLINFER_DEVICE") ? NULL : "pocl", path, out);
}

/* ---- The layer as it is */

static size_t count_of(const char *text, const char *part) {
  size_t count = 0;
  for (; (text = strstr(text, part)) != NULL; text++) count++;
  return count;
}

/* In f32 and f16, with weights as they lie and packed. */
static void stored_layer_passes(void **state) {
  (void)state;
  char text[16384];
  FILE *out = tmpfile();
  assert_non_null(out);
  const int result = run(layer0, out);
  rewind(out);
  text[fread(text, 1, sizeof text - 1, out)] = '\0';
  fclose(out);
  fputs(text, stderr);
  assert_int_equal(result, PASSED);
  assert_int_equal(count_of(text, "  ok\n"), 10 * 4);
  assert_int_equal(count_of(text, "PyTorch: output"), 4);
}

static void needs_a_device(void **state) {
  (void)state;
  assert_int_equal(model_run("no device has this name", layer0, stderr),
                   NO_DEVICE);
}

/* ---- Copies with one place changed */

static struct header_edit {
  const char *name, *from, *to; /* of one length */
  int want;
} header_edits[] = {
    {"no query", "self.query.weight", "self.quack.weight", BAD_FILE},
    {"no key bias", "self.key.bias", "self.kex.bias", BAD_FILE},
    {"no norm", "attention.output.LayerNorm.bias",
     "attention.output.Layernorm.bias", BAD_FILE},
    {"no lengths", "clinfer.lengths", "clinfer.weights", BAD_FILE},
    {"neither input nor embeddings", "clinfer.input", "clinfer.onput",
     BAD_FILE},
    {"query not square", "[384,384]},\"encoder.layer.0.attention.self.value.b",
     "[192,768]},\"encoder.layer.0.attention.self.value.b", BAD_FILE},
    {"key not square", "[384,384]},\"encoder.layer.0.attention.self.query.b",
     "[192,768]},\"encoder.layer.0.attention.self.query.b", BAD_FILE},
    {"output turned", "[384,1536]", "[1536,384]", BAD_FILE},
    {"input turned", "[51,384]},\"clinfer.lengths",
     "[384,51]},\"clinfer.lengths", BAD_FILE},
    {"results turned", "[51,1152]", "[1152,51]", BAD_FILE},
    {"heads that do not divide", "heads\":\"12\"", "heads\":\"13\"", BAD_FILE},
    {"no heads", "heads\":\"12\"", "heads\":\"00\"", BAD_FILE},
    {"heads no number", "heads\":\"12\"", "heads\":\"1x\"", BAD_FILE},
    {"epsilon negative", "1e-12", "-1e12", BAD_FILE},
    {"epsilon no number", "1e-12", "1e-xy", BAD_FILE},
    {"other heads", "heads\":\"12\"", "heads\":\"06\"", FAILED},
};

static void edits_header(void **state) {
  const struct header_edit *edit = *state;
  size_t size;
  unsigned char *bytes = weight_file_read(layer0, &size);
  const size_t length = strlen(edit->from);
  assert_int_equal(length, strlen(edit->to));
  char *at = strstr((char *)bytes + 8, edit->from);
  assert_non_null(at);
  memcpy(at, edit->to, length);
  assert_int_equal(run(weight_file_write(bytes, size), stderr), edit->want);
  free(bytes);
}

static struct byte_edit {
  const char *name, *tensor;
  size_t at; /* bytes from the tensor's first */
  unsigned char byte;
  int want;
} byte_edits[] = {
    {"NaN or infinite weight", "encoder.layer.0.output.dense.weight", 2001,
     0x7c, BAD_FILE},
    {"NaN or infinite bias", "encoder.layer.0.output.dense.bias", 1, 0xfe,
     BAD_FILE},
    {"NaN or infinite input", "clinfer.input", 383, 0x7f, BAD_FILE},
    {"too few tokens", "clinfer.lengths", 0, 13, BAD_FILE},
    {"too many tokens", "clinfer.lengths", 16, 23, BAD_FILE},
    {"far too many tokens", "clinfer.lengths", 8, 200, BAD_FILE},
    {"an empty sentence", "clinfer.lengths", 8, 0, BAD_FILE},
    {"a negative sentence", "clinfer.lengths", 7, 0x80, BAD_FILE},
    {"other query|key|value", "clinfer.expected.qkv", 807, 0x41, FAILED},
    {"other normalised", "clinfer.expected.normalised", 407, 0xc1, FAILED},
    {"other output", "clinfer.expected.output", 51 * 384 * 8 - 1, 0x41, FAILED},
    /* Each stage still agrees with the oracle: only PyTorch's results tell. */
    {"other weight", "encoder.layer.0.attention.self.value.weight", 771, 0x44,
     FAILED},
};

static void edits_byte(void **state) {
  const struct byte_edit *edit = *state;
  struct safetensors file;
  assert_true(safetensors_open(&file, layer0));
  const struct safetensor *t = safetensors_find(&file, edit->tensor);
  assert_non_null(t);
  const size_t at = 8 + file.header_size + t->begin + edit->at;
  assert_true(t->begin + edit->at < t->end);
  safetensors_close(&file);

  size_t size;
  unsigned char *bytes = weight_file_read(layer0, &size);
  assert_int_not_equal(bytes[at], edit->byte);
  bytes[at] = edit->byte;
  assert_int_equal(run(weight_file_write(bytes, size), stderr), edit->want);
  free(bytes);
}

/* ---- A small model of random weights, under the names of old checkpoints */

enum { HIDDEN = 8, INTERMEDIATE = 24, WORDS = 28609, POSITIONS = 22 };

struct tensor {
  const char *name;
  size_t rows, cols; /* a vector has no rows */
} small_model[] = {
    {"embeddings.word_embeddings.weight", WORDS, HIDDEN},
    {"embeddings.position_embeddings.weight", POSITIONS, HIDDEN},
    {"embeddings.token_type_embeddings.weight", 1, HIDDEN},
    {"embeddings.LayerNorm.gamma", 0, HIDDEN},
    {"embeddings.LayerNorm.beta", 0, HIDDEN},
    {"encoder.layer.0.attention.self.query.weight", HIDDEN, HIDDEN},
    {"encoder.layer.0.attention.self.query.bias", 0, HIDDEN},
    {"encoder.layer.0.attention.self.key.weight", HIDDEN, HIDDEN},
    {"encoder.layer.0.attention.self.key.bias", 0, HIDDEN},
    {"encoder.layer.0.attention.self.value.weight", HIDDEN, HIDDEN},
    {"encoder.layer.0.attention.self.value.bias", 0, HIDDEN},
    {"encoder.layer.0.attention.output.dense.weight", HIDDEN, HIDDEN},
    {"encoder.layer.0.attention.output.dense.bias", 0, HIDDEN},
    {"encoder.layer.0.attention.output.LayerNorm.gamma", 0, HIDDEN},
    {"encoder.layer.0.attention.output.LayerNorm.beta", 0, HIDDEN},
    {"encoder.layer.0.intermediate.dense.weight", INTERMEDIATE, HIDDEN},
    {"encoder.layer.0.intermediate.dense.bias", 0, INTERMEDIATE},
    {"encoder.layer.0.output.dense.weight", HIDDEN, INTERMEDIATE},
    {"encoder.layer.0.output.dense.bias", 0, HIDDEN},
    {"encoder.layer.0.output.LayerNorm.gamma", 0, HIDDEN},
    {"encoder.layer.0.output.LayerNorm.beta", 0, HIDDEN},
};

static size_t elements(size_t i) {
  return (small_model[i].rows ? small_model[i].rows : 1) * small_model[i].cols;
}

/* The same numbers at every call; the caller frees them. */
static double *values(size_t i) {
  double *v = calloc(elements(i), sizeof *v);
  assert_non_null(v);
  oracle_random(100 + i, -1, 1, elements(i), CLINFER_F16, v);
  return v;
}

static const char *small_model_write(const char *metadata) {
  static char header[COUNT(small_model) * 160];
  static uint16_t data[(WORDS + POSITIONS) * HIDDEN + 1000];
  size_t at = 0;
  int used = sprintf(header, "{\"__metadata__\":{%s}", metadata);
  for (size_t i = 0; i < COUNT(small_model); i++) {
    const struct tensor *t = &small_model[i];
    char rows[32] = "";
    if (t->rows > 0) sprintf(rows, "%zu,", t->rows);
    used += sprintf(header + used,
                    ",\"bert.%s\":{\"dtype\":\"F16\",\"shape\":[%s%zu],"
                    "\"data_offsets\":[%zu,%zu]}",
                    t->name, rows, t->cols, 2 * at, 2 * (at + elements(i)));
    double *v = values(i);
    for (size_t k = 0; k < elements(i); k++) {
      const uint16_t bits = oracle_to_bits(v[k], CLINFER_F16);
      unsigned char *byte = (unsigned char *)&data[at++];
      byte[0] = (unsigned char)(bits & 0xff),
      byte[1] = (unsigned char)(bits >> 8);
    }
    free(v);
  }
  sprintf(header + used, "}");
  return weight_file_of(header, data, 2 * at);
}

static void embeds_sentences(void **state) {
  (void)state;
  static const struct {
    size_t token, id, position;
  } places[] = {{0, 101, 0}, {16, 1999, 2}, {50, 102, 21}};
  struct bert b;
  char error[BERT_ERROR] = "";
  if (!bert_load(small_model_write("\"num_attention_heads\":\"2\""), &b, error))
    fail_msg("%s", error);
  assert_int_equal(b.tokens, 51);
  assert_int_equal(b.heads, 2);
  assert_int_equal(b.intermediate, INTERMEDIATE);

  double *word = values(0), *position = values(1), *type = values(2);
  double *gamma = values(3), *beta = values(4);
  for (size_t i = 0; i < COUNT(places); i++) {
    double s[HIDDEN], mean = 0, spread = 0;
    for (size_t c = 0; c < HIDDEN; c++) {
      s[c] = word[places[i].id * HIDDEN + c] +
             position[places[i].position * HIDDEN + c] + type[c];
      mean += s[c] / HIDDEN;
    }
    for (size_t c = 0; c < HIDDEN; c++)
      spread += (s[c] - mean) * (s[c] - mean) / HIDDEN;
    for (size_t c = 0; c < HIDDEN; c++) {
      const double got = b.part[BERT_INPUT].v[places[i].token * HIDDEN + c];
      const double want = (s[c] - mean) / sqrt(spread + 1e-12) * gamma[c];
      assert_true(fabs(got - want - beta[c]) < 1e-12);
    }
  }
  free(word), free(position), free(type), free(gamma), free(beta);
  bert_free(&b);
}

static void small_model_passes(void **state) {
  (void)state;
  assert_int_equal(run(small_model_write("\"num_attention_heads\":\"2\""),
                       stderr),
                   PASSED);
}

/* hidden / 64 is 0. */
static void small_model_needs_heads(void **state) {
  (void)state;
  assert_int_equal(run(small_model_write(""), stderr), BAD_FILE);
}

int main(void) {
  enum { HEADER = COUNT(header_edits), BYTE = COUNT(byte_edits), OTHERS = 5 };
  struct CMUnitTest tests[HEADER + BYTE + OTHERS] = {
      cmocka_unit_test(stored_layer_passes), cmocka_unit_test(needs_a_device),
      cmocka_unit_test(embeds_sentences), cmocka_unit_test(small_model_passes),
      cmocka_unit_test(small_model_needs_heads)};
  for (size_t i = 0; i < HEADER; i++)
    tests[OTHERS + i] = (struct CMUnitTest){.name = header_edits[i].name,
                                            .test_func = edits_header,
                                            .initial_state = &header_edits[i]};
  for (size_t i = 0; i < BYTE; i++)
    tests[OTHERS + HEADER + i] = (struct CMUnitTest){
        .name = byte_edits[i].name,
        .test_func = edits_byte,
        .initial_state = &byte_edits[i]};
  return cmocka_run_group_tests_name("model", tests, weight_file_open,
                                     weight_file_close);
}
