/* test_environment.c - which variables the library reads, and that a program
 * with rights of its own reads none. Such a program is a copy of this one that
 * runs with another group's rights; only root can make it. */

#define _XOPEN_SOURCE 700

#include "tester.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "context/context.h"
#include "base/environment.h"
#include "files.h"

static const char *self; /* this program */

/* ---- A program with rights of its own */

static const char *const names[] = {"CLINFER_DEVICE",     "CLINFER_CACHE_DIR",
                                    "CLINFER_TUNING_DIR", "CLINFER_CL_DIR",
                                    "CLINFER_DISABLE",    "CLINFER_REFERENCE",
                                    "CLINFER_MATH",       "CLINFER_VERBOSE",
                                    "XDG_CACHE_HOME",     "HOME"};

static size_t count_read(const clinfer_options *options) {
  size_t count = 0;
  for (size_t i = 0; i < T_COUNT(names); i++) {
    const char *value = ci_environment(options, names[i]);
    count += value != NULL && strcmp(value, "/nonexistent") == 0;
  }
  return count;
}

/* What a child tells by its exit status: whether it has rights of its own, and
 * how many of the variables it reads, all of which are set. */
enum { TELLS = 100, PRIVILEGED = 50 };

static int be_child(void) {
  return TELLS + (getegid() != getgid() ? PRIVILEGED : 0) +
         (int)count_read(NULL);
}

static int run_copy(const char *path) {
  char command[1024];
  size_t used = 0;
  for (size_t i = 0; i < T_COUNT(names); i++)
    used += (size_t)snprintf(command + used, sizeof command - used,
                             "%s=/nonexistent ", names[i]);
  snprintf(command + used, sizeof command - used, "'%s' child", path);
  const int status = system(command);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) >= TELLS);
  return WEXITSTATUS(status) - TELLS;
}

static void ordinary(void) { assert_int_equal(run_copy(self), T_COUNT(names)); }

static void privileged(void) {
  enum { NOGROUP = 65534 };
  char folder[FILES_PATH], path[2 * FILES_PATH];
  size_t size;
  if (geteuid() != 0) {
    print_message("only root can give a program rights\n");
    skip();
  }
  files_make_folder(folder);
  snprintf(path, sizeof path, "%s/copy", folder);
  unsigned char *bytes = files_read(self, &size);
  files_write(path, bytes, size);
  free(bytes);
  assert_int_equal(chmod(path, 0700), 0);
  assert_int_equal(run_copy(path), T_COUNT(names));
  assert_int_equal(chown(path, geteuid(), NOGROUP), 0);
  assert_int_equal(chmod(path, 02755), 0);
  const int told = run_copy(path);
  files_remove(folder);
  if (told < PRIVILEGED) {
    print_message("no program gets rights in %s\n", folder);
    skip();
  }
  assert_int_equal(told, PRIVILEGED);
}

/* ---- options.ignore_environment */

/* A context over the tested device. */
static clinfer_context *create(clinfer_options options) {
  clinfer_context *tested = t_next(NULL, "")->ctx, *ctx = NULL;
  options.struct_size = sizeof options;
  assert_int_equal(clinfer_context_create(clinfer_context_cl(tested),
                                          clinfer_context_device(tested),
                                          &options, &ctx),
                   CLINFER_OK);
  return ctx;
}

static const char *const values[] = {"no such device",
                                     "/dev/null/cache",
                                     "/dev/null/tuning",
                                     "/dev/null/cl",
                                     "elementwise",
                                     "1",
                                     "tf32"};

static void heeded(void) {
  clinfer_context *ctx = create((clinfer_options){0});
  assert_int_equal(ctx->target.math, CLINFER_MATH_TF32);
  assert_false(ctx->target.enabled[CI_ROW_GROUP]); /* by CLINFER_REFERENCE */
  assert_string_equal(ctx->tuning_dir, "/dev/null/tuning");
  assert_string_equal(ctx->runtime.programs.cl_dir, "/dev/null/cl");
  clinfer_context_destroy(ctx);
  assert_int_equal(clinfer_context_open(NULL, NULL, &ctx), CLINFER_NO_DEVICE);
}

/* As if none were set, though every field but one is zero. HOME is not the
 * library's own, and says where the kernels are. */
static void ignored(void) {
  char home[FILES_PATH], cache[2 * FILES_PATH];
  files_make_folder(home);
  snprintf(cache, sizeof cache, "%s/.cache/clinfer", home);
  unsetenv("XDG_CACHE_HOME");
  setenv("HOME", home, 1);
  clinfer_options options = {.ignore_environment = 1};
  clinfer_context *ctx = create(options);
  assert_int_equal(ctx->target.math, CLINFER_MATH_F32);
  assert_true(ctx->target.enabled[CI_ROW_GROUP] &&
              ctx->target.enabled[CI_ELEMENTWISE]);
  assert_null(ctx->tuning_dir);
  assert_null(ctx->runtime.programs.cl_dir);
  assert_string_equal(ctx->runtime.programs.cache_dir, cache);
  clinfer_context_destroy(ctx);
  files_remove(home);

  options.struct_size = sizeof options;
  options.cache_dir = "";
  assert_int_equal(clinfer_context_open(NULL, &options, &ctx), CLINFER_OK);
  clinfer_context_destroy(ctx);
}

static void with_variables(void (*body)(void)) {
  const char *was = getenv(names[0]);
  char *device = was ? strdup(was) : NULL;
  for (size_t i = 0; i < T_COUNT(values); i++) setenv(names[i], values[i], 1);
  body();
  for (size_t i = 0; i < T_COUNT(values); i++) unsetenv(names[i]);
  if (device != NULL) setenv(names[0], device, 1);
  free(device);
}

static void all_heeded(void) { with_variables(heeded); }
static void all_ignored(void) { with_variables(ignored); }

/* ---- Relative paths */

/* They count from where the program was, wherever it goes. */
static void relative(void) {
  char folder[FILES_PATH], here[4096], was[4096], path[4200];
  files_make_folder(folder);
  assert_non_null(getcwd(was, sizeof was));
  assert_int_equal(chdir(folder), 0);
  assert_non_null(getcwd(here, sizeof here));
  setenv("CLINFER_CL_DIR", "cl", 1);
  clinfer_context *ctx = create((clinfer_options){.tuning_dir = "tuning"});
  unsetenv("CLINFER_CL_DIR");
  assert_int_equal(chdir(was), 0);
  snprintf(path, sizeof path, "%s/cl", here);
  assert_string_equal(ctx->runtime.programs.cl_dir, path);
  snprintf(path, sizeof path, "%s/tuning", here);
  assert_string_equal(ctx->tuning_dir, path);
  clinfer_context_destroy(ctx);
  files_remove(folder);
}

static const struct t_single singles[] = {
    {"an ordinary program", ordinary},
    {"a program with rights of its own", privileged},
    {"variables that are heeded", all_heeded},
    {"options.ignore_environment", all_ignored},
    {"relative paths", relative},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  if (argc == 2 && strcmp(argv[1], "child") == 0) return be_child();
  self = argv[0];
  return t_main(argc, argv, "environment", tables, T_COUNT(tables));
}
