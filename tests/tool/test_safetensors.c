/* test_safetensors.c - the reader takes what is well formed, and refuses all
 * else with a message. */

#include "model/safetensors.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "weight_file.h"

/* Two tensors, a and b, and 12 bytes that they share. */
static const char good[] =
    "{\"__metadata__\":{\"heads\":\"12\"},"
    "\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[4,12]},"
    "\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}  ";
static const unsigned char data[12] = {0x00, 0x3c, 0x01, 0x80, 0,    0,
                                       0x80, 0xbf, 0,    0,    0x20, 0x41};

static void read_as(const char *dtype, const void *bytes, size_t size,
                    double want) {
  char header[128];
  snprintf(header, sizeof header,
           "{\"t\":{\"dtype\":\"%s\",\"shape\":[],\"data_offsets\":[0,%zu]}}",
           dtype, size);
  struct safetensors file;
  double got = 0;
  assert_true(safetensors_open(&file, weight_file_of(header, bytes, size)));
  assert_true(safetensors_read(&file, safetensors_find(&file, "t"), 0, 1,
                               &got));
  assert_true(got == want);
  safetensors_close(&file);
}

static void reads_every_type(void **state) {
  (void)state;
  read_as("F16", "\xff\x7b", 2, 65504);
  read_as("F16", "\x01\x80", 2, -0x1p-24);
  read_as("BF16", "\x20\xc1", 2, -10);
  read_as("F32", "\x00\x00\x20\x41", 4, 10);
  read_as("F32", "\xff\xff\x7f\x7f", 4, (double)FLT_MAX);
  read_as("F64", "\x18\x2d\x44\x54\xfb\x21\x09\x40", 8, 0x1.921fb54442d18p1);
  read_as("I64", "\xfe\xff\xff\xff\xff\xff\xff\xff", 8, -2);
  read_as("I64", "\x16\x00\x00\x00\x00\x00\x00\x00", 8, 22);
}

static void reads_what_is_there(void **state) {
  (void)state;
  struct safetensors file;
  assert_true(safetensors_open(&file, weight_file_of(good, data, 12)));
  assert_string_equal(safetensors_metadata(&file, "heads"), "12");
  assert_null(safetensors_metadata(&file, "tails"));
  assert_null(safetensors_find(&file, "c"));

  double v[2];
  const struct safetensor *b = safetensors_find(&file, "b");
  assert_non_null(b);
  assert_int_equal(b->rank, 2);
  assert_int_equal(b->shape[0], 2);
  assert_true(safetensors_read(&file, b, 0, 2, v));
  assert_true(v[0] == -1 && v[1] == 10);
  assert_true(safetensors_read(&file, b, 1, 1, v));
  assert_true(v[0] == 10);
  assert_true(safetensors_read(&file, b, 2, 0, v));
  assert_false(safetensors_read(&file, b, 1, 2, v));
  assert_false(safetensors_read(&file, b, SIZE_MAX, 2, v));
  assert_false(safetensors_read(&file, b, 2, SIZE_MAX, v));
  assert_string_equal(file.error, "tensor 'b': it has too few elements");
  safetensors_close(&file);
}

static void takes_empty_files(void **state) {
  (void)state;
  struct safetensors file;
  assert_true(safetensors_open(&file, weight_file_of("{}", NULL, 0)));
  assert_null(safetensors_find(&file, "a"));
  assert_null(safetensors_metadata(&file, "a"));
  safetensors_close(&file);

  static const char none[] =
      "{\"n\":{\"dtype\":\"U8\",\"shape\":[4,0],\"data_offsets\":[0,0]},"
      "\"t\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}";
  double v;
  assert_true(safetensors_open(&file, weight_file_of(none, data, 1)));
  assert_int_equal(safetensors_find(&file, "n")->count, 0);
  assert_false(safetensors_read(&file, safetensors_find(&file, "t"), 0, 1, &v));
  assert_string_equal(file.error, "tensor 't': its dtype is not supported");
  safetensors_close(&file);
}

#define TENSOR(name, dtype, shape, offsets)            \
  "\"" name "\":{\"dtype\":" dtype ",\"shape\":" shape \
  ",\"data_offsets\":" offsets "}"
#define ONE(dtype, shape, offsets) "{" TENSOR("a", dtype, shape, offsets) "}"
#define TWO(first, second) "{" first "," second "}"
#define F32 "\"F32\""

/* Headers in front of 8 bytes of data. */
static struct bad {
  const char *name, *header, *error; /* error: a part of it */
} bad_headers[] = {
    {"no JSON", "{\"a\":", "not JSON"},
    {"key without value, cut off", "{\"1\":1,", "not JSON"},
    {"empty header", "", "not JSON"},
    {"space before it", " {}", "not JSON"},
    {"an array", "[]", "not JSON"},
    {"text after it", "{} {}", "not JSON"},
    {"tensor no object", "{\"a\":7}", "dtype"},
    {"tensor an array", "{\"a\":[1,2]}", "dtype"},
    {"dtype unknown", ONE("\"F33\"", "[2]", "[0,8]"), "dtype"},
    {"dtype no text", ONE("32", "[2]", "[0,8]"), "dtype"},
    {"shape no array", ONE(F32, "2", "[0,8]"), "bad shape"},
    {"shape of texts", ONE(F32, "[\"2\"]", "[0,8]"), "bad shape"},
    {"shape negative", ONE(F32, "[-2]", "[0,8]"), "bad shape"},
    {"shape a fraction", ONE(F32, "[2.5]", "[0,8]"), "bad shape"},
    {"shape infinite", ONE(F32, "[1e999]", "[0,8]"), "bad shape"},
    {"shape beyond 2^53", ONE(F32, "[9007199254740994]", "[0,8]"), "bad shape"},
    {"shape overflows", ONE(F32, "[4294967296,4294967296]", "[0,8]"),
     "bad shape"},
    {"bytes overflow", ONE("\"F64\"", "[2147483648,1073741824]", "[0,8]"),
     "its bytes"},
    {"too many extents", ONE(F32, "[2,1,1,1,1,1,1,1,1]", "[0,8]"), "bad shape"},
    {"no offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "data_offsets"},
    {"one offset", ONE(F32, "[2]", "[0]"), "data_offsets"},
    {"three offsets", ONE(F32, "[2]", "[0,8,8]"), "data_offsets"},
    {"offsets an object", ONE(F32, "[2]", "{\"a\":0,\"b\":8}"), "data_offsets"},
    {"offsets reversed", ONE(F32, "[2]", "[8,0]"), "data_offsets"},
    {"offset negative", ONE(F32, "[2]", "[-8,0]"), "data_offsets"},
    {"beyond the file", ONE(F32, "[4]", "[0,16]"), "but the file has 8"},
    {"short of the file", ONE(F32, "[1]", "[0,4]"), "but the file has 8"},
    {"bytes of another type", ONE("\"F16\"", "[2]", "[0,8]"), "its bytes"},
    {"bytes of another shape", ONE(F32, "[3]", "[0,8]"), "its bytes"},
    {"overlap",
     TWO(TENSOR("a", F32, "[2]", "[0,8]"), TENSOR("b", F32, "[1]", "[4,8]")),
     "'b': overlaps"},
    {"the same bytes",
     TWO(TENSOR("a", F32, "[2]", "[0,8]"), TENSOR("b", F32, "[2]", "[0,8]")),
     "overlaps"},
    {"a gap before", ONE(F32, "[1]", "[4,8]"), "gap"},
    {"two of a name",
     TWO(TENSOR("a", F32, "[1]", "[0,4]"), TENSOR("a", F32, "[1]", "[4,8]")),
     "two of this name"},
    {"metadata no object", "{\"__metadata__\":1}", "__metadata__"},
    {"metadata no text", "{\"__metadata__\":{\"a\":1}}", "__metadata__"},
    {"metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}",
     "__metadata__"},
    {"control characters", "{\"\\u001b[2J\":1}", "tensor '?[2J'"},
};

static void refuses(const char *path, const char *error) {
  struct safetensors file;
  assert_false(safetensors_open(&file, path));
  if (strstr(file.error, error) == NULL)
    fail_msg("'%s' does not say '%s'", file.error, error);
  safetensors_close(&file);
}

static void refuses_header(void **state) {
  const struct bad *bad = *state;
  refuses(weight_file_of(bad->header, data, 8), bad->error);
}

static void refuses_lengths(void **state) {
  (void)state;
  static const unsigned char lengths[][8] = {
      {3}, /* one more than there are */
      {0, 0, 0, 0, 0, 0, 0, 0x80},
      {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
      {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
      {0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    unsigned char bytes[] = "........{}";
    memcpy(bytes, lengths[i], 8);
    refuses(weight_file_write(bytes, 10), "header");
  }
  refuses(weight_file_write("\x03\0\0\0\0\0\0\0{}\0", 11), "not JSON");
}

static void refuses_what_is_no_file(void **state) {
  (void)state;
  refuses("/nonexistent/file", "cannot be opened");
  refuses("/", "no regular file");
  refuses("/dev/null", "no regular file");
}

/* However short a file is cut, what is left of it is refused. */
static void refuses_truncated(void **state) {
  (void)state;
  size_t size;
  unsigned char *bytes = weight_file_read(weight_file_of(good, data, 12),
                                          &size);
  for (size_t length = 0; length < size; length++)
    refuses(weight_file_write(bytes, length), "");
  free(bytes);
}

/* Any one bit may be wrong: the file is refused, or what it says can be read.
 * The sanitizers tell whether that went well. */
static void survives_flipped_bits(void **state) {
  (void)state;
  size_t size;
  unsigned char *bytes = weight_file_read(weight_file_of(good, data, 12),
                                          &size);
  size_t refused = 0;
  for (size_t bit = 0; bit < 8 * size; bit++) {
    bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    struct safetensors file;
    const bool open = safetensors_open(&file, weight_file_write(bytes, size));
    for (size_t i = 0; open && i < file.count; i++) {
      double v[12];
      assert_true(file.tensors[i].count <= 12);
      safetensors_read(&file, &file.tensors[i], 0, file.tensors[i].count, v);
    }
    refused += !open;
    safetensors_close(&file);
    bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
  }
  assert_true(refused > 4 * size);
  free(bytes);
}

int main(void) {
  enum { BAD = sizeof bad_headers / sizeof bad_headers[0], OTHERS = 7 };
  struct CMUnitTest tests[BAD + OTHERS] = {
      cmocka_unit_test(reads_every_type),
      cmocka_unit_test(reads_what_is_there),
      cmocka_unit_test(takes_empty_files),
      cmocka_unit_test(refuses_lengths),
      cmocka_unit_test(refuses_what_is_no_file),
      cmocka_unit_test(refuses_truncated),
      cmocka_unit_test(survives_flipped_bits)};
  for (size_t i = 0; i < BAD; i++)
    tests[OTHERS + i] = (struct CMUnitTest){.name = bad_headers[i].name,
                                            .test_func = refuses_header,
                                            .initial_state = &bad_headers[i]};
  return cmocka_run_group_tests_name("safetensors", tests, weight_file_open,
                                     weight_file_close);
}
