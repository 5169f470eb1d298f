/* test_cache_folder.c - where kernels are kept, and where they are not. */

#define _XOPEN_SOURCE 700

#include "calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cached_call.h"
#include "base/file.h"
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

/* In the usual folder, which is made all the same, there are none of PoCL's,
 * since it keeps them itself. */
static void require_usual(const char *name) {
  char file[FILES_PATH];
  if (!call_platform_is("Portable Computing Language")) {
    require_kept_in(name, NULL);
    return;
  }
  const struct cached_call log = cached_call_run(NULL);
  assert_int_equal(log.built, 1);
  assert_int_equal(log.uncached, 1);
  assert_non_null(strstr(log.why, "PoCL keeps them"));
  assert_non_null(strstr(log.why, below_root(name)));
  assert_true(exists(name));
  assert_false(files_only(below_root(name), file));
}

static void require_kept_nowhere(const char *option) {
  assert_int_equal(cached_call_run(option).built, 1);
  assert_int_equal(cached_call_run(option).built, 1);
  char file[FILES_PATH];
  assert_false(files_only(root, file));
}

/* The kernel is compiled all the same, and the log says why it is not kept. */
static void require_refused(const char *option, const char *why) {
  const struct cached_call log = cached_call_run(option);
  assert_int_equal(log.uncached, 1);
  assert_int_equal(log.built, 1);
  if (strstr(log.why, why) == NULL) fail_msg("%s: not \"%s\"", log.why, why);
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
  require_usual("clinfer");
  assert_false(exists("home"));
}

/* The XDG specification has relative paths ignored. */
static void by_home(void) {
  set("XDG_CACHE_HOME", "relative");
  set("HOME", root);
  require_usual(".cache/clinfer");
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

static void homeless(void) {
  require_kept_nowhere(NULL);
  require_refused(NULL, "no folder is named");
}

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

static void impossible(void) {
  require_refused("/dev/null/x", "it is missing, and cannot be made (");
}

static void no_folder(void) {
  char option[2 * FILES_PATH];
  strcpy(option, below_root("file"));
  files_write(option, "", 0);
  require_refused(option, "it is no folder");
}

static void others_write(void) {
  static const mode_t modes[] = {0777, 0720, 0702, 01777};
  for (size_t i = 0; i < T_COUNT(modes); i++) {
    assert_int_equal(chmod(root, modes[i]), 0);
    require_refused(root, "others may write in it");
  }
  assert_int_equal(chmod(root, 0755), 0);
  assert_int_equal(cached_call_run(root).uncached, 0);
}

static void need_root(void) {
  if (geteuid() == 0) return;
  print_message("only root can give a folder away\n");
  files_remove(root);
  skip();
}

enum { NOBODY = 65534 };

static void give_away(const char *path) {
  assert_int_equal(chown(path, NOBODY, NOBODY), 0);
}

static void others_own(void) {
  char file[FILES_PATH];
  need_root();
  assert_int_equal(cached_call_run(root).built, 1);
  give_away(root);
  require_refused(root, "it belongs to another user");
  assert_true(files_only(root, file));
  assert_int_equal(chown(root, geteuid(), getegid()), 0);
  assert_int_equal(cached_call_run(root).loaded, 1);
}

/* As with sudo, which may keep the user's HOME: what root made in there would
 * lock the user out. */
static void others_home(void) {
  need_root();
  char option[2 * FILES_PATH];
  strcpy(option, below_root("a/b"));
  give_away(root);
  set("HOME", root);
  require_refused(NULL, "it lies in a folder of another user's");
  require_refused(option, "it lies in a folder of another user's");
  assert_false(exists(".cache"));
  assert_false(exists("a"));
  /* PoCL may have made this one for root. */
  assert_int_equal(mkdir(below_root(".cache"), 0700), 0);
  require_refused(NULL, "it lies in a folder of another user's");
  assert_false(exists(".cache/clinfer"));
}

/* Another user's, within what is root's and for all, as /tmp is. */
static void for_all(void) {
  need_root();
  char path[2 * FILES_PATH], why[CI_LONGEST_WHY];
  strcpy(path, below_root("a/b"));
  assert_int_equal(chmod(root, 01777), 0);
  const pid_t child = fork();
  if (child == 0)
    _exit(setuid(NOBODY) == 0 && ci_private_folder(path, why) ? 0 : 1);
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_true(exists("a/b"));
}

/* ---- Relative paths */

/* A context that was made in that folder, used in another one. */
static struct cached_call make_and_leave(const char *folder,
                                         const char *option) {
  char was[4096];
  struct cached_call log = {0};
  assert_non_null(getcwd(was, sizeof was));
  assert_int_equal(chdir(folder), 0);
  clinfer_context *ctx = cached_call_open(option, &log);
  assert_int_equal(chdir(was), 0);
  cached_call_use(ctx);
  return log;
}

static void relative(void) {
  char file[FILES_PATH];
  assert_int_equal(make_and_leave(root, "kept/here").built, 1);
  assert_true(files_only(below_root("kept/here"), file));
  assert_int_equal(make_and_leave(root, "kept/here").loaded, 1);
  set("CLINFER_CACHE_DIR", "kept/here");
  assert_int_equal(make_and_leave(root, NULL).loaded, 1);
}

static void relative_to_nothing(void) {
  char folder[FILES_PATH], was[4096];
  struct cached_call log = {0};
  files_make_folder(folder);
  assert_non_null(getcwd(was, sizeof was));
  assert_int_equal(chdir(folder), 0);
  files_remove(folder);
  clinfer_context *ctx = cached_call_open("x", &log);
  assert_int_equal(chdir(was), 0);
  cached_call_use(ctx);
  assert_int_equal(log.uncached, 1);
  assert_non_null(strstr(log.why, "relative to nothing"));
}

/* ---- Links, and paths that are too long */

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
  require_refused(link, "others may write in it");
}

static void dangling(void) {
  char link[2 * FILES_PATH];
  make_link("nowhere", link);
  require_refused(link, "it is missing, and cannot be made (");
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
  require_refused(option, "the path is too long");
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
    {"within another user's", others_home},
    {"within a folder for all", for_all},
    {"relative", relative},
    {"relative to a folder that is gone", relative_to_nothing},
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
