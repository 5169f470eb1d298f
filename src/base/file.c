/* file.c - the little that the library does with files and folders. */

#define _XOPEN_SOURCE 700

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(int fd, char *to, size_t size) {
  while (size > 0) {
    const ssize_t got = read(fd, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    size -= (size_t)got;
  }
  return true;
}

static bool is_private(const struct stat *st) {
  return st->st_uid == geteuid() && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static char *read_open(int fd, bool private, size_t most, size_t *size) {
  struct stat st;
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
      (unsigned long long)st.st_size > most || (private && !is_private(&st)))
    return NULL;
  *size = (size_t)st.st_size;
  char *text = malloc(*size + 1);
  if (text == NULL) return NULL;
  text[*size] = '\0';
  if (read_all(fd, text, *size)) return text;
  free(text);
  return NULL;
}

static char *read_path(const char *path, bool private, size_t most,
                       size_t *size) {
  /* O_NONBLOCK: a FIFO in the file's place must not hang us. */
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return NULL;
  char *text = read_open(fd, private, most, size);
  close(fd);
  return text;
}

char *ci_read_file(const char *path, size_t most, size_t *size) {
  return read_path(path, false, most, size);
}

char *ci_read_private_file(const char *path, size_t most, size_t *size) {
  return read_path(path, true, most, size);
}

static bool write_all(int fd, const char *from, size_t size) {
  while (size > 0) {
    const ssize_t put = write(fd, from, size);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    from += put;
    size -= (size_t)put;
  }
  return true;
}

bool ci_write_file(const char *path, const struct ci_piece *pieces,
                   size_t count) {
  char temporary[CI_LONGEST_PATH];
  const int length = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
  if (length < 0 || (size_t)length >= sizeof temporary) return false;
  const int fd = mkstemp(temporary);
  if (fd < 0) return false;
  bool written = true;
  for (size_t i = 0; i < count && written; i++)
    written = write_all(fd, pieces[i].bytes, pieces[i].size);
  written = close(fd) == 0 && written;
  if (written && rename(temporary, path) == 0) return true;
  unlink(temporary);
  return false;
}

size_t ci_absolute_path(const char *path, char absolute[CI_LONGEST_PATH]) {
  char here[CI_LONGEST_PATH] = "";
  absolute[0] = '\0';
  const bool is_relative = *path != '/';
  if (is_relative && getcwd(here, sizeof here) == NULL) return CI_LONGEST_PATH;
  const int length = snprintf(absolute, CI_LONGEST_PATH, "%s%s%s", here,
                              is_relative ? "/" : "", path);
  return length < 0 ? CI_LONGEST_PATH : (size_t)length;
}

static bool refuse(char why[CI_LONGEST_WHY], const char *reason) {
  snprintf(why, CI_LONGEST_WHY, "%s", reason);
  return false;
}

static bool refuse_missing(char why[CI_LONGEST_WHY], int error) {
  char text[CI_LONGEST_WHY / 2] = "";
  strerror_r(error, text, sizeof text);
  snprintf(why, CI_LONGEST_WHY, "it is missing, and cannot be made (%s)", text);
  return false;
}

/* What root makes in a user's folder locks the user out. Other users make
 * something only where they may. */
static bool may_make_in(const struct stat *st) {
  return geteuid() != 0 || st->st_uid == 0;
}

/* Make those folders of an absolute path that are missing. */
static bool make_folders(const char *path, char why[CI_LONGEST_WHY]) {
  char part[CI_LONGEST_PATH];
  struct stat st;
  const size_t length = strlen(path);
  memcpy(part, path, length + 1);
  for (size_t i = 1; i <= length; i++) {
    if (path[i] != '/' && path[i] != '\0') continue;
    part[i] = '\0';
    const int error = mkdir(part, 0700) == 0 ? 0 : errno;
    if (stat(part, &st) != 0) return refuse_missing(why, error);
    if (path[i] == '/' && !may_make_in(&st))
      return refuse(why, "it lies in a folder of another user's");
    part[i] = path[i];
  }
  return true;
}

bool ci_private_folder(const char *path, char why[CI_LONGEST_WHY]) {
  struct stat st;
  if (!make_folders(path, why)) return false;
  if (stat(path, &st) != 0) return refuse_missing(why, errno);
  if (!S_ISDIR(st.st_mode)) return refuse(why, "it is no folder");
  if (st.st_uid != geteuid()) return refuse(why, "it belongs to another user");
  return is_private(&st) || refuse(why, "others may write in it");
}
