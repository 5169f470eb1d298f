/* cache.c - compiled kernels on disk.
 *
 * A file holds a header, the whole key, and the binary. The key is compared
 * byte for byte, so a file of another driver, version or source, or with a
 * colliding name, is never taken for this one; the checksum over key and
 * binary catches truncation and flipped bits. */

#include "program/cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/environment.h"
#include "base/file.h"
#include "base/hash.h"

enum { LARGEST_CACHE_FILE = 256 << 20 };

struct header {
  char magic[8]; /* changes with the layout of this file */
  uint64_t key_size, binary_size, checksum;
};

static const char magic[8] = "clinfr1";

static int print_key(char *to, size_t size, const struct ci_device *d,
                     const char *name, const char *options,
                     const char *source) {
  return snprintf(to, size,
                  "clinfer %s\nhost %zu bits\nplatform %s\nvendor %s\n"
                  "device %s\nversion %s\ndriver %s\nkernel %s\n"
                  "options %s\n%s",
                  CLINFER_VERSION_STRING, 8 * sizeof(void *), d->platform,
                  d->vendor, d->name, d->version, d->driver, name, options,
                  source);
}

char *ci_cache_key(const struct ci_device *device, const char *name,
                   const char *options, const char *source) {
  const int length = print_key(NULL, 0, device, name, options, source);
  char *key = length < 0 ? NULL : malloc((size_t)length + 1);
  if (key != NULL)
    print_key(key, (size_t)length + 1, device, name, options, source);
  return key;
}

const char *ci_cache_named(const clinfer_options *options) {
  if (options != NULL && options->cache_dir != NULL) return options->cache_dir;
  return ci_environment(options, "CLINFER_CACHE_DIR");
}

size_t ci_cache_folder(const clinfer_options *options,
                       char path[CI_LONGEST_PATH]) {
  int length = 0;
  const char *xdg = ci_environment(options, "XDG_CACHE_HOME"),
             *home = ci_environment(options, "HOME"),
             *wanted = ci_cache_named(options);
  if (wanted != NULL) return *wanted ? ci_absolute_path(wanted, path) : 0;
  if (xdg != NULL && *xdg == '/')
    length = snprintf(path, CI_LONGEST_PATH, "%s/clinfer", xdg);
  else if (home != NULL && *home == '/')
    length = snprintf(path, CI_LONGEST_PATH, "%s/.cache/clinfer", home);
  return length > 0 ? (size_t)length : 0;
}

void ci_cache_name(const char *key, size_t key_size, char name[CI_CACHE_NAME]) {
  snprintf(name, CI_CACHE_NAME, "%016" PRIx64 ".bin",
           ci_hash(key, key_size, CI_HASH_START));
}

static bool path_of(const char *folder, const char *key,
                    char path[CI_LONGEST_PATH]) {
  char name[CI_CACHE_NAME];
  ci_cache_name(key, strlen(key), name);
  const int length = snprintf(path, CI_LONGEST_PATH, "%s/%s", folder, name);
  return length > 0 && length < CI_LONGEST_PATH;
}

static uint64_t checksum(const char *key, size_t key_size, const void *bytes,
                         size_t size) {
  return ci_hash(bytes, size, ci_hash(key, key_size, CI_HASH_START));
}

/* Key and binary within the file, if it is what its header says. */
static bool parse(size_t file_size, struct ci_binary *binary) {
  struct header h;
  if (file_size < sizeof h) return false;
  memcpy(&h, binary->file, sizeof h);
  const size_t body = file_size - sizeof h;
  if (memcmp(h.magic, magic, sizeof magic) != 0 || h.key_size > body)
    return false;
  binary->key = binary->file + sizeof h;
  binary->key_size = (size_t)h.key_size;
  binary->bytes = (const unsigned char *)binary->key + binary->key_size;
  binary->size = body - binary->key_size;
  if (h.binary_size != binary->size || binary->size == 0) return false;
  return checksum(binary->key, binary->key_size, binary->bytes, binary->size) ==
         h.checksum;
}

bool ci_cache_read(const char *path, struct ci_binary *binary) {
  size_t size;
  binary->file = ci_read_private_file(path, LARGEST_CACHE_FILE, &size);
  if (binary->file == NULL) return false;
  if (parse(size, binary)) return true;
  free(binary->file);
  return false;
}

bool ci_cache_load(const char *folder, const char *key,
                   struct ci_binary *binary) {
  char path[CI_LONGEST_PATH];
  if (!path_of(folder, key, path) || !ci_cache_read(path, binary)) return false;
  if (binary->key_size == strlen(key) &&
      memcmp(binary->key, key, binary->key_size) == 0)
    return true;
  free(binary->file);
  return false;
}

bool ci_cache_save(const char *folder, const char *key, const void *bytes,
                   size_t size) {
  char path[CI_LONGEST_PATH];
  if (!path_of(folder, key, path)) return false;
  const size_t key_size = strlen(key);
  struct header h = {.key_size = key_size, .binary_size = size};
  memcpy(h.magic, magic, sizeof magic);
  h.checksum = checksum(key, key_size, bytes, size);
  const struct ci_piece pieces[] = {
      {&h, sizeof h}, {key, key_size}, {bytes, size}};
  return ci_write_file(path, pieces, sizeof pieces / sizeof *pieces);
}

void ci_cache_remove(const char *folder, const char *key) {
  char path[CI_LONGEST_PATH];
  if (path_of(folder, key, path)) unlink(path);
}
