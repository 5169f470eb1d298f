/* files.c - temporary folders and the files in them. */

#define _XOPEN_SOURCE 700

#include "files.h"

#include "tester.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void files_make_folder(char folder[FILES_PATH]) {
  const char *parent = getenv("TMPDIR");
  snprintf(folder, FILES_PATH, "%s/clinfer-test-XXXXXX",
           parent && *parent ? parent : "/tmp");
  assert_non_null(mkdtemp(folder));
}

static int remove_one(const char *path, const struct stat *st, int flag,
                      struct FTW *ftw) {
  (void)st, (void)flag, (void)ftw;
  return remove(path);
}

void files_remove(const char *path) {
  nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void copy_one(const char *from, const char *to) {
  struct stat st;
  size_t size;
  assert_int_equal(stat(from, &st), 0);
  if (S_ISDIR(st.st_mode)) {
    assert_int_equal(mkdir(to, 0700), 0);
    files_copy(from, to);
    return;
  }
  unsigned char *bytes = files_read(from, &size);
  files_write(to, bytes, size);
  free(bytes);
}

void files_copy(const char *from, const char *to) {
  char source[2 * FILES_PATH], target[2 * FILES_PATH];
  DIR *dir = opendir(from);
  assert_non_null(dir);
  for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
    if (e->d_name[0] == '.') continue;
    snprintf(source, sizeof source, "%s/%s", from, e->d_name);
    snprintf(target, sizeof target, "%s/%s", to, e->d_name);
    copy_one(source, target);
  }
  closedir(dir);
}

bool files_only(const char *folder, char path[FILES_PATH]) {
  size_t count = 0;
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  for (const struct dirent *e; (e = readdir(dir)) != NULL;)
    if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) {
      count++;
      assert_true(snprintf(path, FILES_PATH, "%s/%s", folder, e->d_name) <
                  FILES_PATH);
    }
  closedir(dir);
  return count == 1;
}

unsigned char *files_read(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  unsigned char *bytes = malloc(*size + 1);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *size, file), *size);
  bytes[*size] = '\0';
  fclose(file);
  return bytes;
}

void files_write(const char *path, const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}
