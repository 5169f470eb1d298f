/* test_faults_context.c - finding a device and making a context, while the
 * calls that this takes fail. */

#define _POSIX_C_SOURCE 200809L

#include "faults.h"
#include "files.h"
#include "known_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct call_sizes sizes = {3, 6, 10, 5};
static const struct t_store f32 = {CLINFER_F32, 0, 0};

static clinfer_context *chooser(void) { return t_next(NULL, "")->ctx; }

/* ---- Finding a device */

struct finding {
  cl_device_id want, got;
};

static clinfer_status find(void *state) {
  struct finding *f = state;
  f->got = NULL;
  return clinfer_find_device(getenv("CLINFER_DEVICE") ? NULL : "pocl", &f->got);
}

static const char *judge_finding(void *state, clinfer_status status) {
  const struct finding *f = state;
  if (status == CLINFER_OK)
    return f->got == f->want ? NULL : "another device is found";
  if (status != CLINFER_NO_DEVICE) return clinfer_status_text(status);
  return f->got == NULL ? NULL : "a device is given";
}

/* Other platforms' faults, and names that need not fit, do not matter. */
static void finds(void) {
  struct finding f = {clinfer_context_device(chooser()), NULL};
  const struct faults_work work = {
      .name = "find",
      .state = &f,
      .run = find,
      .judge = judge_finding,
      .ways = {{SHIM_clGetDeviceInfo, FAULTS_EITHER},
               {SHIM_clGetPlatformInfo, FAULTS_EITHER},
               {SHIM_clGetDeviceIDs, FAULTS_EITHER}},
      .also = CLINFER_NO_DEVICE};
  faults_sweep(&work);
}

/* ---- Making a context */

struct making {
  struct known_call k;
  clinfer_options options;
  clinfer_context *ctx;
};

static clinfer_status create(void *state) {
  struct making *m = state;
  return clinfer_context_create(clinfer_context_cl(chooser()),
                                clinfer_context_device(chooser()), &m->options,
                                &m->ctx);
}

static clinfer_status open_selected(void *state) {
  struct making *m = state;
  return clinfer_context_open(getenv("CLINFER_DEVICE") ? NULL : "pocl",
                              &m->options, &m->ctx);
}

static void prepare(void *state) {
  struct making *m = state;
  m->ctx = chooser(); /* to be overwritten, come what may */
}

/* A context that was made works, whatever was got around. */
static const char *judge(void *state, clinfer_status status) {
  struct making *m = state;
  if (status != CLINFER_OK)
    return m->ctx == NULL ? NULL : "there is a context all the same";
  const char *wrong = NULL;
  if (clinfer_context_cl(m->ctx) == clinfer_context_cl(chooser())) {
    m->k.c.ctx = m->ctx;
    known_call_prepare(&m->k);
    wrong = known_call_judge(&m->k, call_run(&m->k.c));
  }
  clinfer_context_destroy(m->ctx);
  return wrong;
}

/* Lines of both kinds that a table may hold. */
static void write_table(const char *folder) {
  char device[1024], path[FILES_PATH + 32], text[2048];
  clGetDeviceInfo(clinfer_context_device(chooser()), CL_DEVICE_NAME,
                  sizeof device, device, NULL);
  snprintf(path, sizeof path, "%s/gemm.tuning", folder);
  snprintf(text, sizeof text,
           "clinfer any\ndevice %s\ndriver any\n"
           "gemm f32 in_out 3 5 6: gemm_tiled\n"
           "clblast Copy: COPY_DIMX=16 COPY_DIMY=8 COPY_VW=8 COPY_WPT=4\n",
           device);
  files_write(path, text, strlen(text));
}

/* Without a cache, a tuning table or parameters a context is as good. */
static void make(const char *name, clinfer_status (*run)(void *state),
                 bool one_error) {
  char folder[FILES_PATH];
  struct making m;
  files_make_folder(folder);
  write_table(folder);
  known_call_learn(&m.k, call_make(call_operator_named("bias_activation"),
                                   chooser(), &sizes, f32));
  m.options = (clinfer_options){.struct_size = sizeof m.options,
                                .cache_dir = folder,
                                .tuning_dir = folder};
  const struct faults_work work = {
      .name = name,
      .state = &m,
      .prepare = prepare,
      .run = run,
      .judge = judge,
      .ways = {{SHIM_clGetDeviceInfo, FAULTS_EITHER},
               {SHIM_clGetPlatformInfo, FAULTS_EITHER},
               {SHIM_clGetDeviceIDs, FAULTS_EITHER},
               {SHIM_malloc, FAULTS_EITHER},
               {SHIM_strdup, FAULTS_EITHER}},
      .one_error = one_error,
      .also = run == open_selected ? CLINFER_NO_DEVICE : CLINFER_OK};
  faults_sweep(&work);
  known_call_free(&m.k);
  files_remove(folder);
}

static void creates(void) { make("create", create, false); }

static void creates_with_folder(void) {
  setenv("CLINFER_CL_DIR", TEST_CL_DIR, 1);
  make("create with CLINFER_CL_DIR", create, true); /* all else is as above */
  unsetenv("CLINFER_CL_DIR");
}

static void opens(void) { make("open", open_selected, false); }

static const struct t_single singles[] = {
    {"finding a device", finds},
    {"making a context", creates},
    {"making one with kernels from a folder", creates_with_folder},
    {"opening a context", opens},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  const int failures = t_main(argc, argv, "faults_context", tables,
                              T_COUNT(tables));
  faults_print();
  return failures;
}
