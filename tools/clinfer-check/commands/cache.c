/* cache.c - what lies in the folder of compiled kernels. It is read by
 * the library's own code (src/program/cache.c), but no device is asked. */

#include "commands/cache.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "program/cache.h"
#include "lib/json.h"

enum { HEX = 16, SUFFIX = 4, RANDOM = 7 }; /* "<hash>" ".bin" ".XXXXXX" */

struct folder {
  char path[CI_LONGEST_PATH];
  DIR *dir;
  bool verify, clear;
  size_t files, damaged, leftovers, removed, kept;
  double bytes;
  cJSON *makers; /* files of each library, device and driver */
};

/* ---- One file */

static bool is_ours(const char *name) {
  return strspn(name, "0123456789abcdef") == HEX &&
         strncmp(name + HEX, ".bin", SUFFIX) == 0;
}

/* Written to, when its process ended. */
static bool is_leftover(const char *name) {
  return is_ours(name) && name[HEX + SUFFIX] == '.' &&
         strlen(name) == HEX + SUFFIX + RANDOM;
}

/* The rest of the line of the key that starts with that word. */
static void add_line(const char *key, const char *word, char *to, size_t size) {
  const char *line = strstr(key, word);
  const size_t used = strlen(to);
  if (line == NULL) return;
  line += strlen(word);
  snprintf(to + used, size - used, "%.*s", (int)strcspn(line, "\n"), line);
}

static void count_maker(struct folder *f, const struct ci_binary *binary) {
  char *key = tool_alloc(binary->key_size + 1, 1), maker[512] = "clinfer ";
  memcpy(key, binary->key, binary->key_size);
  add_line(key, "clinfer ", maker, sizeof maker - 64);
  strcat(maker, ", ");
  add_line(key, "\ndevice ", maker, sizeof maker - 32);
  strcat(maker, ", driver ");
  add_line(key, "\ndriver ", maker, sizeof maker);
  const double files = json_number(f->makers, maker, 0);
  cJSON_DeleteItemFromObjectCaseSensitive(f->makers, maker);
  cJSON_AddNumberToObject(f->makers, maker, files + 1);
  free(key);
}

static bool is_whole(struct folder *f, const char *path, const char *name) {
  struct ci_binary binary;
  char right[CI_CACHE_NAME];
  if (!ci_cache_read(path, &binary)) return false;
  ci_cache_name(binary.key, binary.key_size, right);
  count_maker(f, &binary);
  free(binary.file);
  return strcmp(name, right) == 0;
}

static void look_at(struct folder *f, const char *name) {
  char path[CI_LONGEST_PATH + 256];
  struct stat st;
  const bool leftover = is_leftover(name);
  if (!leftover && (!is_ours(name) || name[HEX + SUFFIX] != '\0')) return;
  snprintf(path, sizeof path, "%s/%s", f->path, name);
  if (f->clear) {
    unlink(path) == 0 ? f->removed++ : f->kept++;
    return;
  }
  if (lstat(path, &st) == 0) f->bytes += (double)st.st_size;
  leftover ? f->leftovers++ : f->files++;
  if (leftover || is_whole(f, path, name)) return;
  f->damaged++;
  if (f->verify) printf("damaged   %s\n", name);
}

/* ---- All of them */

static void print_found(const struct folder *f) {
  const cJSON *maker;
  printf("kernels   %zu files, %.1f MiB\n", f->files, f->bytes / (1 << 20));
  cJSON_ArrayForEach(maker, f->makers)
      printf("          %5.0f of %s\n", maker->valuedouble, maker->string);
  printf("damaged   %zu: they will be compiled again\n", f->damaged);
  printf("leftover  %zu, of processes that ended while writing\n",
         f->leftovers);
}

static int complain(const char *path, const char *what) {
  fprintf(stderr, "clinfer-check: %s: %s\n", path, what);
  return TOOL_INTERNAL;
}

static int visit(struct folder *f) {
  f->makers = cJSON_CreateObject();
  for (const struct dirent *e; (e = readdir(f->dir)) != NULL;)
    look_at(f, e->d_name);
  if (f->clear)
    printf("removed   %zu files\n", f->removed);
  else
    print_found(f);
  cJSON_Delete(f->makers);
  if (f->kept > 0) return complain(f->path, "some files could not be removed");
  return f->verify && f->damaged > 0 ? TOOL_FAILED : TOOL_PASSED;
}

int cache_run(const struct options *options) {
  struct folder f = {.verify = options->cache == CACHE_VERIFY,
                     .clear = options->cache == CACHE_CLEAR};
  const size_t length = ci_cache_folder(NULL, f.path);
  if (length == 0) {
    printf("folder    none: no kernels are kept\n");
    return TOOL_PASSED;
  }
  if (length >= sizeof f.path) return complain("the folder", "too long a path");
  printf("folder    %s\n", f.path);
  f.dir = opendir(f.path);
  if (f.dir == NULL && errno == ENOENT) {
    printf("kernels   0 files; the folder is not there yet\n");
    return TOOL_PASSED;
  }
  if (f.dir == NULL) return complain(f.path, strerror(errno));
  char why[CI_LONGEST_WHY];
  const int code = ci_private_folder(f.path, why) ? visit(&f)
                                                  : complain(f.path, why);
  closedir(f.dir);
  return code;
}
