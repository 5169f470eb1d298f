/* fuzz.c - what the fuzzing targets share. */

#define _GNU_SOURCE /* memfd_create */

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void (*fuzz_describe)(void);

_Noreturn void fuzz_broken(const char *condition, const char *file, int line) {
  fprintf(stderr, "%s:%d: broken: %s\n", file, line, condition);
  if (fuzz_describe != NULL) fuzz_describe();
  abort();
}

char *fuzz_text(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  if (text == NULL) abort();
  if (size > 0) memcpy(text, data, size);
  text[size] = '\0';
  return text;
}

const char *fuzz_file(const uint8_t *data, size_t size) {
  static char path[64];
  static int fd = -1;
  if (fd < 0) {
    fd = memfd_create("fuzz", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  }
  FUZZ_REQUIRE(fd >= 0 && ftruncate(fd, 0) == 0);
  FUZZ_REQUIRE(pwrite(fd, data, size, 0) == (ssize_t)size);
  return path;
}

uint8_t fuzz_byte(struct fuzz_bytes *b) {
  return b->at < b->size ? b->data[b->at++] : 0;
}

uint64_t fuzz_word(struct fuzz_bytes *b) {
  uint64_t word = 0;
  for (int i = 0; i < 8; i++) word = word << 8 | fuzz_byte(b);
  return word;
}
