/* test_faults_cache.c - a call in a new context, from the first kernel to the
 * saved binary, while all that this takes fails. */

#define _POSIX_C_SOURCE 200809L

#include "context/context.h"
#include "faults.h"
#include "files.h"
#include "known_call.h"
#include "base/status.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct call_sizes sizes = {3, 6, 10, 5};
static const struct t_store f32 = {CLINFER_F32, 0, 0};

static clinfer_context *chooser(void) { return t_next(NULL, "")->ctx; }

static clinfer_context *reference(void) {
  const struct t_provider *p = t_next(NULL, "");
  for (const struct t_provider *next = p; next; next = t_next(p, "")) p = next;
  return p->ctx;
}

struct life {
  struct known_call k;
  char folder[FILES_PATH];
  bool filled;       /* the folder, before the context is made */
  bool after_run;    /* the device's binary_after_run */
  size_t unwritable; /* lines of the last context's log that say so */
};

static void count_unwritable(void *user, const char *line) {
  struct life *l = user;
  l->unwritable += strncmp(line, "cannot write ", 13) == 0;
}

/* How a context starts, and what comes of a program that is not made, and of a
 * launch that fails: the first one of what was loaded is done again. */
static const struct start {
  const char *name;
  bool filled, after_run;
  enum faults_outcome built, launched;
  enum shim_function program; /* what makes it */
} starts[] = {
    {"with an empty folder", false, true, FAULTS_REFUSED, FAULTS_REFUSED,
     SHIM_clCreateProgramWithSource},
    {"saved at once", false, false, FAULTS_REFUSED, FAULTS_REFUSED,
     SHIM_clCreateProgramWithSource},
    {"with the kernel in the folder", true, true, FAULTS_AROUND, FAULTS_EITHER,
     SHIM_clCreateProgramWithBinary},
};

/* Names of files left half-written have six more letters. */
static size_t count_files(const char *folder, bool whole) {
  size_t count = 0;
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
    const size_t length = strlen(e->d_name);
    if (e->d_name[0] == '.') continue;
    count += whole == (length > 4 && !strcmp(e->d_name + length - 4, ".bin"));
  }
  closedir(dir);
  return count;
}

static void prepare(void *state) {
  struct life *l = state;
  if (!l->filled) {
    files_remove(l->folder);
    assert_int_equal(mkdir(l->folder, 0700), 0);
  }
  known_call_prepare(&l->k);
  l->unwritable = 0;
}

/* Twice, since the second run of a kernel is what saves it. */
static clinfer_status run_twice(struct life *l) {
  struct call first = l->k.c;
  first.exec.event = first.exec.first = NULL;
  CI_TRY(call_run(&first));
  call_poison(&first); /* waits for it */
  return call_run(&l->k.c);
}

static clinfer_status live(void *state) {
  struct life *l = state;
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = l->folder,
                                   .reference = 1,
                                   .log = count_unwritable,
                                   .log_user = l};
  CI_TRY(clinfer_context_create(clinfer_context_cl(chooser()),
                                clinfer_context_device(chooser()), &options,
                                &l->k.c.ctx));
  l->k.c.ctx->target.device.binary_after_run = l->after_run;
  const clinfer_status status = run_twice(l);
  clinfer_context_destroy(l->k.c.ctx);
  return status;
}

static const char *judge(void *state, clinfer_status status) {
  struct life *l = state;
  const char *wrong = known_call_judge(&l->k, status);
  if (count_files(l->folder, false) > 0) return "a file is left half-written";
  if (l->filled && count_files(l->folder, true) == 0) return "a file is gone";
  return wrong;
}

/* Rusticl may say of a run that is over that it is not; then the kernel is not
 * saved, since a binary is read while none runs. */
static void begin(struct life *l) {
  if (call_platform_is("rusticl")) skip();
  files_make_folder(l->folder);
  known_call_learn(&l->k, call_make(call_operator_named("layer_norm"),
                                    reference(), &sizes, f32));
}

static void finish(struct life *l) {
  known_call_free(&l->k);
  files_remove(l->folder);
}

/* Without memory for it, and whatever a file or a driver does with it, there is
 * no cache; events that cannot be kept or asked are not. */
static void survives(void **state) {
  const struct start *start = *state;
  struct life l;
  struct faults_work work = {
      .name = start->name,
      .state = &l,
      .prepare = prepare,
      .run = live,
      .judge = judge,
      .ways = {{SHIM_clGetDeviceInfo, FAULTS_SKIPPED},
               {SHIM_clGetMemObjectInfo, FAULTS_SKIPPED},
               {SHIM_clGetCommandQueueInfo, FAULTS_SKIPPED},
               {SHIM_clSetKernelArg, FAULTS_SKIPPED},
               {SHIM_clFinish, FAULTS_SKIPPED}, /* the test's own */
               {SHIM_clGetEventInfo, FAULTS_EITHER},
               {SHIM_clRetainEvent, FAULTS_EITHER},
               {SHIM_clGetProgramInfo, FAULTS_AROUND},
               {SHIM_clCreateProgramWithBinary, FAULTS_AROUND},
               {SHIM_clBuildProgram, start->built},
               {SHIM_clCreateKernel, start->built},
               {SHIM_clEnqueueNDRangeKernel, start->launched},
               {SHIM_malloc, FAULTS_EITHER},
               {SHIM_calloc, FAULTS_EITHER},
               {SHIM_realloc, FAULTS_EITHER},
               {SHIM_strdup, FAULTS_EITHER}}};
  begin(&l);
  l.filled = false;
  l.after_run = start->after_run;
  prepare(&l);
  assert_null(judge(&l, live(&l)));
  assert_int_equal(count_files(l.folder, true), 1);
  l.filled = start->filled;
  prepare(&l);
  const size_t before = shim_calls(start->program);
  assert_null(judge(&l, live(&l)));
  assert_int_equal(shim_calls(start->program), before + 1);
  faults_sweep(&work);
  finish(&l);
}

/* ---- What is left of a file that is not written to its end */

static const struct end {
  const char *name;
  enum shim_function fails;
  bool blocked;             /* by a folder in the file's place */
  size_t whole, unfinished; /* entries of the folder */
} ends[] = {
    {"a file that cannot be closed", SHIM_close, false, 0, 0},
    {"one that cannot be removed either", SHIM_unlink, true, 1, 1},
};

static void block(struct life *l) {
  char path[FILES_PATH];
  prepare(l);
  assert_null(judge(l, live(l)));
  assert_true(files_only(l->folder, path));
  files_remove(path);
  assert_int_equal(mkdir(path, 0700), 0);
}

static void try_end(struct life *l, const struct end *end, int error) {
  l->filled = false;
  if (end->blocked) block(l);
  l->filled = end->blocked;
  prepare(l);
  shim_fail(end->fails, 1, error);
  const clinfer_status status = live(l);
  assert_true(shim_has_failed());
  assert_int_equal(status, CLINFER_OK);
  assert_null(known_call_judge(&l->k, status));
  assert_int_equal(l->unwritable, 1);
  assert_int_equal(count_files(l->folder, true), end->whole);
  assert_int_equal(count_files(l->folder, false), end->unfinished);
}

static void ends_well(void **state) {
  const struct end *end = *state;
  const struct shim_entry *fails = &shim_table[end->fails];
  struct life l;
  begin(&l);
  l.after_run = true;
  for (size_t e = 0; e < fails->error_count; e++)
    try_end(&l, end, fails->errors[e]);
  finish(&l);
}

/* ---- A kernel that does not build, and a log that cannot be had */

static clinfer_status build_broken(struct known_call *k) {
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = ""};
  CI_TRY(clinfer_context_create(clinfer_context_cl(chooser()),
                                clinfer_context_device(chooser()), &options,
                                &k->c.ctx));
  t_take_as_proven(k->c.ctx);
  const clinfer_status status = call_run(&k->c);
  clinfer_context_destroy(k->c.ctx);
  return status;
}

static void try_log(struct known_call *k, enum shim_function f, size_t n,
                    int error) {
  known_call_prepare(k);
  const struct faults_census before = faults_take_census();
  shim_fail(f, n, error);
  assert_int_equal(build_broken(k), CLINFER_BUILD_FAILED);
  assert_int_equal(!shim_has_failed(), *clinfer_last_error()->build_log != 0);
  assert_int_equal(clinfer_last_error()->code, CL_BUILD_PROGRAM_FAILURE);
  assert_null(known_call_judge(k, CLINFER_BUILD_FAILED));
  assert_null(faults_compare(&before));
}

static void no_log(void **state) {
  const struct shim_entry *info = &shim_table[SHIM_clGetProgramBuildInfo];
  char folder[FILES_PATH], path[FILES_PATH + 32];
  struct known_call k;
  (void)state;
  known_call_learn(&k, call_make(call_operator_named("bias_activation"),
                                 reference(), &sizes, f32));
  files_make_folder(folder);
  snprintf(path, sizeof path, "%s/row", folder);
  assert_int_equal(mkdir(path, 0700), 0);
  snprintf(path, sizeof path, "%s/row/bias_activation.cl", folder);
  files_write(path, "#error broken", 13);
  setenv("CLINFER_CL_DIR", folder, 1);
  try_log(&k, SHIM_clGetProgramBuildInfo, 0, 0);
  for (size_t e = 0; e < info->error_count; e++)
    for (size_t n = 1; n <= 2; n++)
      try_log(&k, SHIM_clGetProgramBuildInfo, n, info->errors[e]);
  /* The log: after the context, its device's extensions and the kernel. */
  try_log(&k, SHIM_calloc, 4, ENOMEM);
  unsetenv("CLINFER_CL_DIR");
  known_call_free(&k);
  files_remove(folder);
}

int main(int argc, char **argv) {
  static const char *const names[] = {"without the compiler's log"};
  static const struct t_table tables[] = {T_TABLE(survives, starts),
                                          T_TABLE(ends_well, ends),
                                          T_TABLE(no_log, names)};
  const int failures = t_main(argc, argv, "faults_cache", tables,
                              T_COUNT(tables));
  faults_print();
  return failures;
}
