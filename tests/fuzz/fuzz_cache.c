/* fuzz_cache.c - a cache file is taken if, and only if, it is whole and for
 * this key; what was written is read back. */

#define _POSIX_C_SOURCE 200809L

#include "fuzz.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/cache.h"
#include "base/file.h"
#include "base/hash.h"

#define KEY "clinfer\nkey"
enum { KEY_SIZE = sizeof KEY - 1, HEADER = 32 };

/* As src/program/cache.c lays it out. */
static uint64_t field(const uint8_t *file, size_t at) {
  uint64_t v;
  memcpy(&v, file + at, sizeof v);
  return v;
}

static uint64_t checksum_of(const uint8_t *file, size_t size) {
  return ci_hash(file + HEADER, size - HEADER, CI_HASH_START);
}

static bool is_whole(const uint8_t *file, size_t size) {
  return size > HEADER + KEY_SIZE && memcmp(file, "clinfr1", 8) == 0 &&
         field(file, 8) == KEY_SIZE &&
         field(file, 16) == size - HEADER - KEY_SIZE &&
         memcmp(file + HEADER, KEY, KEY_SIZE) == 0 &&
         field(file, 24) == checksum_of(file, size);
}

static char folder[200], path[256];

static void remove_folder(void) {
  unlink(path);
  rmdir(folder);
}

static void make_folder(void) {
  const char *parent = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/clinfer-fuzz-XXXXXX",
           parent != NULL ? parent : "/tmp");
  FUZZ_REQUIRE(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/%016" PRIx64 ".bin", folder,
           ci_hash(KEY, KEY_SIZE, CI_HASH_START));
  atexit(remove_folder);
}

/* The file as it is. */
static void load(const uint8_t *file, size_t size) {
  struct ci_binary binary;
  const struct ci_piece piece = {file, size};
  FUZZ_REQUIRE(ci_write_file(path, &piece, 1));
  const bool loaded = ci_cache_load(folder, KEY, &binary);
  FUZZ_REQUIRE(loaded == is_whole(file, size));
  if (!loaded) return;
  FUZZ_REQUIRE(binary.size == size - HEADER - KEY_SIZE);
  FUZZ_REQUIRE(memcmp(binary.bytes, file + HEADER + KEY_SIZE, binary.size) ==
               0);
  free(binary.file);
}

/* Its key and checksum made right, so that the sizes decide. */
static void load_repaired(const uint8_t *data, size_t size) {
  uint8_t *file = (uint8_t *)fuzz_text(data, size);
  if (size >= HEADER + KEY_SIZE) {
    memcpy(file, "clinfr1", 8);
    memcpy(file + HEADER, KEY, KEY_SIZE);
    const uint64_t sum = checksum_of(file, size);
    memcpy(file + 24, &sum, sizeof sum);
  }
  load(file, size);
  free(file);
}

static void save_and_load(const uint8_t *binary, size_t size) {
  struct ci_binary loaded;
  FUZZ_REQUIRE(ci_cache_save(folder, KEY, binary, size));
  FUZZ_REQUIRE(ci_cache_load(folder, KEY, &loaded) == (size > 0));
  if (size == 0) return;
  FUZZ_REQUIRE(loaded.size == size && memcmp(loaded.bytes, binary, size) == 0);
  free(loaded.file);
}

/* The first byte says which. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (*path == '\0') make_folder();
  if (size == 0) return 0;
  switch (data[0] % 3) {
    case 0:
      load(data + 1, size - 1);
      break;
    case 1:
      load_repaired(data + 1, size - 1);
      break;
    default:
      save_and_load(data + 1, size - 1);
  }
  return 0;
}
