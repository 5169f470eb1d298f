/* test_cache_crash.c - the cache when its process is killed, its disk is full
 * or may not be written. */

#define _GNU_SOURCE /* mount */

#include "cached_call.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/cache.h"
#include "files.h"

static char folder[FILES_PATH];

static size_t count_files(void) {
  size_t count = 0;
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  for (const struct dirent *e; (e = readdir(dir)) != NULL;)
    count += e->d_name[0] != '.';
  closedir(dir);
  return count;
}

/* ---- Killed */

enum { KEYS = 4, BINARY = 1 << 20, MOST_KILLS = 500, LEFTOVERS = 5 };
static unsigned char binary[BINARY];

static _Noreturn void write_for_ever(void) {
  static const char *const keys[KEYS] = {"a", "b", "c", "d"};
  for (unsigned char i = 1;; i++) {
    memset(binary, i, sizeof binary);
    ci_cache_save(folder, keys[i % KEYS], binary, sizeof binary);
  }
}

/* One round's bytes, all of them, or no file. */
static void require_whole(const char *key) {
  struct ci_binary b;
  if (!ci_cache_load(folder, key, &b)) {
    /* It was never there, not there and damaged. */
    char name[CI_CACHE_NAME], path[FILES_PATH + CI_CACHE_NAME];
    ci_cache_name(key, strlen(key), name);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(access(path, F_OK), -1);
    return;
  }
  assert_int_equal(b.size, BINARY);
  assert_int_equal(memcmp(b.bytes, b.bytes + 1, b.size - 1), 0);
  free(b.file);
}

static void kill_one(useconds_t after) {
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) write_for_ever();
  usleep(after);
  kill(child, SIGKILL);
  assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Until several were killed in the middle of a file, as what they left shows;
 * and then the folder serves as before. */
static void killed(void) {
  useconds_t kills = 0;
  while (count_files() < KEYS + LEFTOVERS && kills < MOST_KILLS) {
    kill_one(1000 + kills++ * 97 % 5000);
    require_whole("a"), require_whole("b");
    require_whole("c"), require_whole("d");
  }
  assert_true(count_files() >= KEYS + LEFTOVERS);
  assert_int_equal(cached_call_run(folder).built, 1);
  assert_int_equal(cached_call_run(folder).loaded, 1);
}

/* ---- No room */

/* What is too long for the file system's limit, in a process of its own. */
static void past_the_limit(void) {
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    const struct rlimit limit = {BINARY / 2, BINARY / 2};
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, SIG_IGN);
    _exit(ci_cache_save(folder, "key", binary, sizeof binary) ? 1 : 0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  assert_int_equal(count_files(), 0);
}

/* Only root may mount; elsewhere the case is skipped. */
static void mount_disk(unsigned long flags, const char *options) {
  if (mount("tmpfs", folder, "tmpfs", flags, options) == 0) return;
  assert_true(errno == EPERM || errno == ENODEV);
  files_remove(folder);
  skip();
}

static void require_unwritable(void) {
  const struct cached_call log = cached_call_run(folder);
  const size_t files = count_files();
  umount(folder);
  assert_int_equal(log.built, 1);
  assert_int_equal(log.uncached, 0);
  assert_int_equal(log.unwritable, 1);
  assert_int_equal(files, 0);
}

static void full_disk(void) {
  mount_disk(0, "size=8k,mode=0700");
  require_unwritable();
}

static void read_only_disk(void) {
  mount_disk(MS_RDONLY, "mode=0700");
  require_unwritable();
}

static void read_only_kernels(void) {
  mount_disk(0, "mode=0700");
  const size_t built = cached_call_run(folder).built;
  const int remounted = mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY, NULL);
  const struct cached_call log = cached_call_run(folder);
  umount(folder);
  assert_int_equal(built, 1);
  assert_int_equal(remounted, 0);
  assert_int_equal(log.loaded, 1);
  assert_int_equal(log.unwritable, 0);
}

static const struct t_single singles[] = {
    {"killed while it writes", killed},
    {"a file past the limit", past_the_limit},
    {"a full disk", full_disk},
    {"a disk that is read only", read_only_disk},
    {"one that has the kernel", read_only_kernels},
};

static void in_folder(void **state) {
  files_make_folder(folder);
  t_call(state);
  files_remove(folder);
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(in_folder, singles)};
  return t_main(argc, argv, "cache_crash", tables, T_COUNT(tables));
}
