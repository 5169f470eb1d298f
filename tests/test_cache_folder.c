/* test_cache_folder.c - where kernels are kept, and where they are not. */

#define _XOPEN_SOURCE 700

#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cached_call.h"
#include "files.h"

static char root[FILES_PATH]; /* of the case under way */

static const char *below_root(const char *name) {
  static char path[2 * FILES_PATH];
  snprintf(path, sizeof path, "%s/%s", root, name);
  return path;
}

static void set(const char *variable, const char *value) {
  assert_int_equal(value ? setenv(variable, value, 1) : unsetenv(variable), 0);
}

static bool exists(const char *name) {
  struct stat st;
  return stat(below_root(name), &st) == 0;
}

/* One file is there after the first context, and the second one loads it. */
static void require_kept_in(const char *name, const char *option) {
  char file[FILES_PATH];
  assert_int_equal(cached_call_run(option).built, 1);
  assert_true(files_only(below_root(name), file));
  assert_int_equal(cached_call_run(option).loaded, 1);
}

static void require_kept_nowhere(const char *option) {
  assert_int_equal(cached_call_run(option).built, 1);
  assert_int_equal(cached_call_run(option).built, 1);
  char file[FILES_PATH];
  assert_false(files_only(root, file));
}

static void by_option(void) {
  set("CLINFER_CACHE_DIR", below_root("variable"));
  char option[2 * FILES_PATH];
  strcpy(option, below_root("option"));
  require_kept_in("option", option);
  assert_false(exists("variable"));
}

static void by_variable(void) {
  set("CLINFER_CACHE_DIR", below_root("variable"));
  require_kept_in("variable", NULL);
}

static void by_xdg(void) {
  set("XDG_CACHE_HOME", root);
  set("HOME", below_root("home"));
  require_kept_in("clinfer", NULL);
  assert_false(exists("home"));
}

/* The XDG specification has relative paths ignored. */
static void by_home(void) {
  set("XDG_CACHE_HOME", "relative");
  set("HOME", root);
  require_kept_in(".cache/clinfer", NULL);
}

static void off_by_option(void) {
  set("CLINFER_CACHE_DIR", below_root("variable"));
  require_kept_nowhere("");
}

static void off_by_variable(void) {
  set("CLINFER_CACHE_DIR", "");
  set("HOME", root);
  require_kept_nowhere(NULL);
}

static void homeless(void) { require_kept_nowhere(NULL); }

/* Folders that are missing are made for this user alone. */
static void made_private(void) {
  struct stat st;
  char option[2 * FILES_PATH];
  strcpy(option, below_root("a/b/c"));
  cached_call_run(option);
  assert_int_equal(stat(below_root("a"), &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
  assert_int_equal(stat(below_root("a/b/c"), &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
}

static void require_refused(const char *option) {
  const struct cached_call log = cached_call_run(option);
  assert_int_equal(log.uncached, 1);
  assert_int_equal(log.built, 1);
}

static void impossible(void) { require_refused("/dev/null/x"); }

static void no_folder(void) {
  char option[2 * FILES_PATH];
  strcpy(option, below_root("file"));
  files_write(option, "", 0);
  require_refused(option);
}

static void others_write(void) {
  static const mode_t modes[] = {0777, 0720, 0702, 01777};
  for (size_t i = 0; i < T_COUNT(modes); i++) {
    assert_int_equal(chmod(root, modes[i]), 0);
    require_refused(root);
  }
  assert_int_equal(chmod(root, 0755), 0);
  assert_int_equal(cached_call_run(root).uncached, 0);
}

/* Only root can give a folder away. */
static void others_own(void) {
  enum { NOBODY = 65534 };
  char file[FILES_PATH];
  if (geteuid() != 0) {
    files_remove(root);
    skip();
  }
  assert_int_equal(cached_call_run(root).built, 1);
  assert_int_equal(chown(root, NOBODY, NOBODY), 0);
  require_refused(root);
  assert_true(files_only(root, file));
  assert_int_equal(chown(root, geteuid(), getegid()), 0);
  assert_int_equal(cached_call_run(root).loaded, 1);
}

static void make_link(const char *to, char link[2 * FILES_PATH]) {
  strcpy(link, below_root("link"));
  assert_int_equal(symlink(to, link), 0);
}

/* What counts is the folder that it leads to. */
static void linked(void) {
  char link[2 * FILES_PATH];
  assert_int_equal(mkdir(below_root("folder"), 0700), 0);
  make_link("folder", link);
  require_kept_in("folder", link);
  assert_int_equal(chmod(below_root("folder"), 0777), 0);
  require_refused(link);
}

static void dangling(void) {
  char link[2 * FILES_PATH];
  make_link("nowhere", link);
  require_refused(link);
  assert_false(exists("nowhere"));
}

/* Not even the part of the path that would be possible is made. */
static void too_long(void) {
  char option[6000];
  const size_t start = strlen(below_root("long"));
  strcpy(option, below_root("long"));
  for (size_t i = start; i < sizeof option - 1; i++)
    option[i] = i % 100 ? 'x' : '/';
  option[sizeof option - 1] = '\0';
  require_refused(option);
  char file[FILES_PATH];
  assert_false(files_only(root, file));
}

static const struct t_single places[] = {
    {"by option", by_option},
    {"by CLINFER_CACHE_DIR", by_variable},
    {"by XDG_CACHE_HOME", by_xdg},
    {"by HOME", by_home},
    {"off by option", off_by_option},
    {"off by CLINFER_CACHE_DIR", off_by_variable},
    {"without HOME", homeless},
    {"missing folders are made", made_private},
    {"a path that cannot be", impossible},
    {"a file instead of a folder", no_folder},
    {"others may write", others_write},
    {"another user's", others_own},
    {"a link to a folder", linked},
    {"a link to nowhere", dangling},
    {"a path that is too long", too_long},
};

/* With no variable set that the case does not set. */
static void with_root(void **state) {
  static const char *const variables[] = {"CLINFER_CACHE_DIR", "XDG_CACHE_HOME",
                                          "HOME"};
  for (size_t i = 0; i < T_COUNT(variables); i++) set(variables[i], NULL);
  files_make_folder(root);
  t_call(state);
  files_remove(root);
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(with_root, places)};
  return t_main(argc, argv, "cache_folder", tables, T_COUNT(tables));
}
