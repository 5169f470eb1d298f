/* weight_file.c - one temporary file, for tests of what reads weights. */

#define _POSIX_C_SOURCE 200809L

#include "weight_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static char path[512];

int weight_file_open(void **state) {
  (void)state;
  const char *folder = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/clinfer-test-XXXXXX",
           folder != NULL ? folder : "/tmp");
  const int fd = mkstemp(path);
  return fd < 0 || close(fd) != 0;
}

int weight_file_close(void **state) {
  (void)state;
  return unlink(path);
}

const char *weight_file_write(const void *bytes, size_t size) {
  /* Some file systems flush a file that was cut to nothing and written anew. */
  assert_int_equal(unlink(path), 0);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
  return path;
}

const char *weight_file_of(const char *header, const void *data, size_t size) {
  const size_t length = strlen(header);
  unsigned char *bytes = calloc(8 + length + size, 1);
  assert_non_null(bytes);
  for (size_t i = 0; i < 8; i++)
    bytes[i] = (unsigned char)((uint64_t)length >> 8 * i & 0xff);
  memcpy(bytes + 8, header, length);
  if (size > 0) memcpy(bytes + 8 + length, data, size);
  weight_file_write(bytes, 8 + length + size);
  free(bytes);
  return path;
}

unsigned char *weight_file_read(const char *from, size_t *size) {
  FILE *file = fopen(from, "rb");
  assert_non_null(file);
  assert_int_equal(fseek(file, 0, SEEK_END), 0);
  *size = (size_t)ftell(file);
  rewind(file);
  unsigned char *bytes = malloc(*size + 1);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *size, file), *size);
  bytes[*size] = '\0';
  fclose(file);
  return bytes;
}
