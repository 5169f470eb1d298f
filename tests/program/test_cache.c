/* test_cache.c - kernels on disk: a second start compiles nothing, and whatever
 * is wrong with a file or the folder, the kernel is compiled and right. */

#define _XOPEN_SOURCE 700

#include "calls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program/cache.h"
#include "cached_call.h"
#include "files.h"
#include "base/hash.h"

static const struct call_sizes sizes = {17, 33, 65, 33};
static const struct t_store stores[] = {{CLINFER_F32, 0, 0},
                                        {CLINFER_F16, 1, 3}};
static const char *self; /* this program */

/* ---- A second start */

static uint64_t hash_outputs(const struct call *c, uint64_t h) {
  for (size_t i = 0; i < c->op->count; i++)
    if (c->op->operands[i].kind == CALL_OUTPUT) {
      T_READ(c->made[i]);
      h = ci_hash(c->made[i]->seen, c->made[i]->bytes, h);
    }
  return h;
}

/* Run every operator with that cache folder; print what was logged, and a hash
 * of the results. Unless the run is wide, the stores take turns. */
static int be_child(const char *folder) {
  struct cached_call log = {0};
  uint64_t h = CI_HASH_START;
  t_open(NULL);
  clinfer_context *ctx = cached_call_open(folder, &log);
  for (size_t i = 0; i < call_operator_count(); i++)
    for (size_t s = 0; s < T_COUNT(stores); s++) {
      if (!t_is_wide() && s != i % T_COUNT(stores)) continue;
      const struct call c = call_make(call_operator_at(i), ctx, &sizes,
                                      stores[s]);
      T_OK(call_run(&c));
      h = hash_outputs(&c, h);
      t_release();
    }
  clinfer_context_destroy(ctx);
  printf("RESULT %zu %zu %llx\n", log.built, log.loaded, (unsigned long long)h);
  t_close(NULL);
  return 0;
}

struct result {
  size_t built, loaded;
  unsigned long long hash;
};

/* In a process of its own, with what the driver caches hidden from it. */
static struct result run_child(const char *folder) {
  struct result r = {0, 0, 0};
  char drivers[FILES_PATH], command[1024], line[256];
  bool found = false;
  files_make_folder(drivers);
  snprintf(command, sizeof command, "POCL_CACHE_DIR='%s' '%s' --run '%s'",
           drivers, self, folder);
  FILE *child = popen(command, "r");
  assert_non_null(child);
  while (fgets(line, sizeof line, child) != NULL)
    found |= sscanf(line, "RESULT %zu %zu %llx", &r.built, &r.loaded,
                    &r.hash) == 3;
  assert_int_equal(pclose(child), 0);
  assert_true(found);
  files_remove(drivers);
  return r;
}

static void second_start(void) {
  char folder[FILES_PATH];
  files_make_folder(folder);
  const struct result first = run_child(folder), second = run_child(folder);
  files_remove(folder);
  assert_true(first.built > 0);
  assert_int_equal(first.loaded, 0);
  assert_int_equal(second.built, 0);
  assert_int_equal(second.loaded, first.built);
  assert_true(second.hash == first.hash);
}

/* ---- One kernel's file */

struct file {
  char folder[FILES_PATH], path[FILES_PATH];
  unsigned char *bytes;
  size_t size;
};

static struct file make_file(void) {
  struct file f;
  files_make_folder(f.folder);
  assert_int_equal(cached_call_run(f.folder).built, 1);
  assert_true(files_only(f.folder, f.path));
  f.bytes = files_read(f.path, &f.size);
  assert_int_equal(cached_call_run(f.folder).loaded, 1);
  return f;
}

static void drop_file(struct file *f) {
  files_remove(f->folder);
  free(f->bytes);
}

/* How a file is stored: 8 bytes of magic, the sizes of key and binary, the
 * checksum; then key and binary. */
static uint64_t key_size(const struct file *f) {
  uint64_t size;
  memcpy(&size, f->bytes + 8, sizeof size);
  return size;
}

static void truncate_file(const struct file *f, size_t size) {
  files_write(f->path, f->bytes, size);
}

struct damage {
  const char *name;
  void (*harm)(const struct file *f); /* after it the file cannot be used */
};

static void emptied(const struct file *f) { truncate_file(f, 0); }
static void header_only(const struct file *f) { truncate_file(f, 32); }
static void key_only(const struct file *f) {
  truncate_file(f, 32 + key_size(f));
}
static void half(const struct file *f) { truncate_file(f, f->size / 2); }
static void byte_short(const struct file *f) { truncate_file(f, f->size - 1); }

static void longer(const struct file *f) {
  unsigned char *bytes = calloc(f->size + 10, 1);
  memcpy(bytes, f->bytes, f->size);
  files_write(f->path, bytes, f->size + 10);
  free(bytes);
}

static void garbage(const struct file *f) {
  unsigned char *bytes = malloc(f->size);
  memset(bytes, 0xa5, f->size);
  files_write(f->path, bytes, f->size);
  free(bytes);
}

/* All is well with the file, but the key is another device's. */
static void others_key(const struct file *f) {
  struct file other = *f;
  char *key = calloc(key_size(f) + 1, 1);
  memcpy(key, f->bytes + 32, key_size(f));
  char *device = strstr(key, "device ");
  assert_non_null(device);
  device[8] ^= 1;
  files_remove(f->path);
  const size_t at = 32 + key_size(f);
  assert_true(ci_cache_save(f->folder, key, f->bytes + at, f->size - at));
  assert_true(files_only(f->folder, other.path));
  assert_int_equal(rename(other.path, f->path), 0);
  free(key);
}

/* All is well with the file, but the driver makes nothing of the binary. */
static void driver_refuses(const struct file *f) {
  char *key = calloc(key_size(f) + 1, 1);
  memcpy(key, f->bytes + 32, key_size(f));
  assert_true(ci_cache_save(f->folder, key, "no binary", 9));
  free(key);
}

static void dangling_link(const struct file *f) {
  files_remove(f->path);
  assert_int_equal(symlink("/nonexistent/clinfer", f->path), 0);
}

static void fifo(const struct file *f) {
  files_remove(f->path);
  assert_int_equal(mkfifo(f->path, 0600), 0);
}

static void device_node(const struct file *f) {
  files_remove(f->path);
  assert_int_equal(symlink("/dev/zero", f->path), 0);
}

/* All is well with the file, but it need not be what this user has written. */
static void others_write(const struct file *f) {
  assert_int_equal(chmod(f->path, 0622), 0);
}

static const struct damage damages[] = {
    {"emptied", emptied},
    {"only the header", header_only},
    {"only header and key", key_only},
    {"half of it", half},
    {"a byte short", byte_short},
    {"longer", longer},
    {"garbage", garbage},
    {"another device's", others_key},
    {"refused by the driver", driver_refuses},
    {"a dangling link", dangling_link},
    {"a pipe", fifo},
    {"a device", device_node},
    {"open to others", others_write},
};

/* The kernel is compiled without a word in the last error, and the file is as
 * good as new. */
static void rebuilds(void **state) {
  const struct damage *damage = *state;
  if (damage->harm == driver_refuses && call_platform_is("rusticl"))
    skip(); /* it aborts on what is no binary of its own */
  struct file f = make_file();
  assert_int_equal(clinfer_context_create(NULL, NULL, NULL, NULL),
                   CLINFER_BAD_ARGUMENT);
  const clinfer_error before = *clinfer_last_error();
  damage->harm(&f);
  struct cached_call log = cached_call_run(f.folder);
  assert_int_equal(log.built, 1);
  assert_int_equal(log.loaded, 0);
  assert_string_equal(clinfer_last_error()->message, before.message);
  log = cached_call_run(f.folder);
  assert_int_equal(log.built, 0);
  assert_int_equal(log.loaded, 1);
  drop_file(&f);
}

/* A folder in the file's place stays; a link to a good file serves. */
static void folder_in_place(void) {
  struct file f = make_file();
  files_remove(f.path);
  assert_int_equal(mkdir(f.path, 0700), 0);
  const struct cached_call log = cached_call_run(f.folder);
  assert_int_equal(log.built, 1);
  assert_int_equal(log.unwritable, 1);
  drop_file(&f);
}

static void link_in_place(void) {
  struct file f = make_file();
  char elsewhere[FILES_PATH], target[FILES_PATH + 8];
  files_make_folder(elsewhere);
  snprintf(target, sizeof target, "%s/file", elsewhere);
  assert_int_equal(rename(f.path, target), 0);
  assert_int_equal(symlink(target, f.path), 0);
  assert_int_equal(cached_call_run(f.folder).loaded, 1);
  files_remove(elsewhere);
  drop_file(&f);
}

/* Another user's file is replaced, not written to. */
static void others_own(void) {
  enum { NOBODY = 65534 };
  if (geteuid() != 0) skip(); /* only root can give a file away */
  struct file f = make_file();
  char elsewhere[FILES_PATH], twin[FILES_PATH + 8];
  size_t size;
  files_make_folder(elsewhere);
  snprintf(twin, sizeof twin, "%s/file", elsewhere);
  assert_int_equal(link(f.path, twin), 0);
  assert_int_equal(chown(f.path, NOBODY, NOBODY), 0);
  assert_int_equal(cached_call_run(f.folder).built, 1);
  assert_int_equal(cached_call_run(f.folder).loaded, 1);
  unsigned char *bytes = files_read(twin, &size);
  assert_int_equal(size, f.size);
  assert_memory_equal(bytes, f.bytes, size);
  free(bytes);
  files_remove(elsewhere);
  drop_file(&f);
}

/* ---- The format by itself: no damage whatsoever is overlooked */

static bool loads(const char *folder, const char *key) {
  struct ci_binary binary;
  if (!ci_cache_load(folder, key, &binary)) return false;
  free(binary.file);
  return true;
}

static struct file make_small_file(void) {
  struct file f;
  files_make_folder(f.folder);
  assert_true(ci_cache_save(f.folder, "a key", "some bytes", 10));
  assert_true(files_only(f.folder, f.path));
  f.bytes = files_read(f.path, &f.size);
  return f;
}

static void every_truncation(void) {
  struct file f = make_small_file();
  for (size_t size = 0; size < f.size; size++) {
    truncate_file(&f, size);
    assert_false(loads(f.folder, "a key"));
  }
  truncate_file(&f, f.size);
  assert_true(loads(f.folder, "a key"));
  drop_file(&f);
}

static void every_flipped_bit(void) {
  struct file f = make_small_file();
  for (size_t bit = 0; bit < 8 * f.size; bit++) {
    const unsigned char mask = (unsigned char)(1u << bit % 8);
    f.bytes[bit / 8] ^= mask;
    files_write(f.path, f.bytes, f.size);
    assert_false(loads(f.folder, "a key"));
    f.bytes[bit / 8] ^= mask;
  }
  drop_file(&f);
}

/* Sizes that overflow when they are added up. */
static void huge_sizes(void) {
  static const uint64_t huge[] = {UINT64_MAX, UINT64_MAX - 31,
                                  UINT64_MAX - 32 - 5, (uint64_t)1 << 63,
                                  (uint64_t)1 << 32};
  struct file f = make_small_file();
  for (size_t i = 0; i < 2 * T_COUNT(huge); i++) {
    unsigned char *bytes = malloc(f.size);
    memcpy(bytes, f.bytes, f.size);
    memcpy(bytes + (i % 2 ? 8 : 16), &huge[i / 2], sizeof huge[0]);
    files_write(f.path, bytes, f.size);
    assert_false(loads(f.folder, "a key"));
    free(bytes);
  }
  drop_file(&f);
}

static const struct t_single singles[] = {
    {"a second start compiles nothing", second_start},
    {"a folder in the file's place", folder_in_place},
    {"a link in the file's place", link_in_place},
    {"another user's file", others_own},
    {"every truncation", every_truncation},
    {"every flipped bit", every_flipped_bit},
    {"huge sizes", huge_sizes},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(t_call, singles),
      T_TABLE(rebuilds, damages),
  };
  self = argv[0];
  if (argc == 3) return be_child(argv[2]);
  return t_main(argc, argv, "cache", tables, T_COUNT(tables));
}
