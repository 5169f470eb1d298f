/* file.c - the little that the library does with files and folders. */

#define _POSIX_C_SOURCE 200809L

#include "file.h"

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

static void make_folders(const char *path) {
  char part[CI_LONGEST_PATH];
  const size_t length = strlen(path);
  if (length >= sizeof part) return;
  memcpy(part, path, length + 1);
  for (size_t i = 1; i < length; i++) {
    if (part[i] != '/') continue;
    part[i] = '\0';
    mkdir(part, 0700);
    part[i] = '/';
  }
  mkdir(part, 0700);
}

bool ci_private_folder(const char *path) {
  struct stat st;
  make_folders(path);
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && is_private(&st);
}
