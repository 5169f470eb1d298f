/* test_clblast.c - CLBlast's parameters and kernels belong to the process, also
 * to an application that calls CLBlast itself: each case has a process of its
 * own. */

#define _XOPEN_SOURCE 700

#include "calls.h"

#include <clblast_c.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "shim.h"

static const char *self; /* this program */
static const struct call_sizes sizes = {17, 33, 65, 33};
static const struct t_store f32 = {CLINFER_F32, 0, 0};
static const struct t_store f16 = {CLINFER_F16, 0, 0};

/* ---- Contexts that listen */

static char lines[1 << 14];

static void keep_line(void *user, const char *line) {
  (void)user;
  const size_t used = strlen(lines);
  snprintf(lines + used, sizeof lines - used, "%s\n", line);
}

static bool logged(const char *text) { return strstr(lines, text) != NULL; }

/* One that computes f32 by CLBlast alone. */
static clinfer_context *open_with(const char *tuning_dir) {
  const clinfer_options options = {
      .struct_size = sizeof options,
      .cache_dir = "",
      .tuning_dir = tuning_dir,
      .disable =
          "gemm_cpu,gemm_skinny,gemm_wgmma,gemm_mma,gemm_units,"
          "gemm_local,gemm_tiled",
      .log = keep_line};
  clinfer_context *chooser = t_next(NULL, "")->ctx, *ctx = NULL;
  assert_int_equal(clinfer_context_create(clinfer_context_cl(chooser),
                                          clinfer_context_device(chooser),
                                          &options, &ctx),
                   CLINFER_OK);
  return ctx;
}

static struct call linear(clinfer_context *ctx, struct t_store store) {
  return call_make(call_operator_named("linear"), ctx, &sizes, store);
}

static void multiply(clinfer_context *ctx, struct t_store store) {
  const struct call c = linear(ctx, store);
  T_OK(call_run(&c));
}

/* With a width of USUAL a table's parameters are those that the library gives
 * CLBlast on PoCL, so that the other tests compile the same kernels. */
enum { USUAL = 8, OTHER = 2 };

/* A folder with a table: parameters of the kernel that copies. */
static void make_tuning(char folder[FILES_PATH], int width) {
  char device[256], path[2 * FILES_PATH], table[1024];
  clGetDeviceInfo(clinfer_context_device(t_next(NULL, "")->ctx), CL_DEVICE_NAME,
                  sizeof device, device, NULL);
  files_make_folder(folder);
  snprintf(path, sizeof path, "%s/gemm.tuning", folder);
  snprintf(table, sizeof table,
           "clinfer any\ndevice %s\ndriver any\n"
           "clblast Copy: COPY_DIMX=16 COPY_DIMY=8 COPY_VW=%d COPY_WPT=4\n",
           device, width);
  files_write(path, table, strlen(table));
}

/* ---- What is called when */

static void nothing_without_a_product(void) {
  char folder[FILES_PATH];
  make_tuning(folder, USUAL);
  for (int i = 0; i < 2; i++) {
    clinfer_context *ctx = open_with(folder);
    multiply(ctx, f16);
    clinfer_context_destroy(ctx);
  }
  files_remove(folder);
  assert_int_equal(shim_calls(SHIM_CLBlastOverrideParameters), 0);
  assert_int_equal(shim_calls(SHIM_CLBlastClearCache), 0);
  assert_int_equal(shim_calls(SHIM_CLBlastSGemmTempBufferSize), 0);
  assert_int_equal(shim_calls(SHIM_CLBlastSgemmWithTempBuffer), 0);
}

/* The second folder changes nothing under what was recorded before. */
static void parameters_once(void) {
  char first[FILES_PATH], second[FILES_PATH];
  make_tuning(first, USUAL);
  make_tuning(second, OTHER);
  clinfer_context *older = open_with(first), *newer = open_with(second);
  clinfer_recording *r = NULL;
  struct call c = linear(older, f32);
  assert_int_equal(clinfer_recording_create(older, &r), CLINFER_OK);
  c.exec = (clinfer_exec){.recording = r};
  assert_int_equal(call_run(&c), CLINFER_OK);
  c.exec = t_exec;
  const size_t calls = shim_calls(SHIM_CLBlastOverrideParameters);
  assert_true(calls > 0);
  assert_true(logged("CLBlast Copy: 4 parameters from the tuning table"));
  assert_false(logged("are not used"));
  multiply(newer, f32);
  assert_true(logged("tuning table are not used"));
  T_OK(clinfer_recording_run(r, &t_exec));
  const struct call twin = call_run_twin(&c);
  call_require_same(&c, &twin);
  assert_int_equal(shim_calls(SHIM_CLBlastOverrideParameters), calls);
  clinfer_recording_destroy(r);
  clinfer_context_destroy(older);
  clinfer_context_destroy(newer);
  files_remove(first);
  files_remove(second);
}

static void parameters_refused(void) {
  char folder[FILES_PATH];
  make_tuning(folder, USUAL);
  clinfer_context *ctx = open_with(folder);
  shim_fail(SHIM_CLBlastOverrideParameters, 1, CLBlastMissingOverrideParameter);
  multiply(ctx, f32);
  assert_true(shim_has_failed());
  assert_true(logged("CLBlast refused the parameters of "));
  clinfer_context_destroy(ctx);
  files_remove(folder);
}

/* Contexts that never called CLBlast do not count. */
static void cleared_with_the_last(void) {
  clinfer_context *a = open_with(""), *b = open_with(""), *none = open_with("");
  multiply(a, f32);
  multiply(b, f32);
  clinfer_context_destroy(a);
  assert_int_equal(shim_calls(SHIM_CLBlastClearCache), 0);
  clinfer_context_destroy(b);
  assert_int_equal(shim_calls(SHIM_CLBlastClearCache), 1);
  clinfer_context_destroy(none);
  assert_int_equal(shim_calls(SHIM_CLBlastClearCache), 1);
  a = open_with("");
  multiply(a, f32);
  clinfer_context_destroy(a);
  assert_int_equal(shim_calls(SHIM_CLBlastClearCache), 2);
}

/* ---- Beside an application that calls CLBlast from one thread */

static struct application {
  cl_context cl;
  cl_device_id device;
  cl_command_queue queue;
  cl_mem mem;
  atomic_bool go, stop;
  atomic_size_t products, failures;
} app;

static void *use_clblast(void *unused) {
  enum { N = 16 };
  (void)unused;
  while (!app.go) continue;
  while (!app.stop) {
    const CLBlastStatusCode code = CLBlastSgemm(CLBlastLayoutRowMajor,
                                                CLBlastTransposeNo,
                                                CLBlastTransposeNo, N, N, N, 1,
                                                app.mem, 0, N, app.mem, N * N,
                                                N, 0, app.mem, 2 * N * N, N,
                                                &app.queue, NULL);
    app.failures += code != CLBlastSuccess || clFinish(app.queue) != CL_SUCCESS;
    app.products++;
  }
  return NULL;
}

static void open_application(void) {
  const char *selector = getenv("CLINFER_DEVICE") ? NULL : "pocl";
  static float zeros[3 * 16 * 16];
  assert_int_equal(clinfer_find_device(selector, &app.device), CLINFER_OK);
  app.cl = clCreateContext(NULL, 1, &app.device, NULL, NULL, NULL);
  app.queue = clCreateCommandQueue(app.cl, app.device, 0, NULL);
  app.mem = clCreateBuffer(app.cl, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                           sizeof zeros, zeros, NULL);
  assert_true(app.queue != NULL && app.mem != NULL);
}

/* An f16 product, which is never CLBlast's. */
static clinfer_status multiply_halves(clinfer_context *ctx, cl_mem mem) {
  const clinfer_exec exec = {.queue = app.queue};
  clinfer_matrix x = clinfer_matrix_of(mem, 4, 4, CLINFER_F16), w = x, y = x;
  w.offset = 16;
  y.offset = 32;
  return clinfer_vector_matmul(ctx, &exec, x, clinfer_weight_of(w), y);
}

/* The first line of a context is about its device. */
static void start(void *user, const char *line) {
  (void)user, (void)line;
  app.go = true;
}

static void come_and_go(void) {
  const clinfer_options options = {
      .struct_size = sizeof options, .cache_dir = "", .log = start};
  cl_mem mem = clCreateBuffer(app.cl, CL_MEM_READ_WRITE, 256, NULL, NULL);
  for (int i = 0; i < 10; i++) {
    clinfer_context *ctx = NULL;
    assert_int_equal(clinfer_context_create(app.cl, app.device, &options, &ctx),
                     CLINFER_OK);
    if (i == 0) assert_int_equal(multiply_halves(ctx, mem), CLINFER_OK);
    clinfer_context_destroy(ctx);
  }
  clReleaseMemObject(mem);
}

/* Its first call comes while the first context is made. */
static void beside_an_application(void) {
  pthread_t thread;
  open_application();
  assert_int_equal(pthread_create(&thread, NULL, use_clblast, NULL), 0);
  come_and_go();
  while (app.products < 10) continue;
  app.stop = true;
  pthread_join(thread, NULL);
  assert_int_equal(app.failures, 0);
  clReleaseMemObject(app.mem);
  clReleaseCommandQueue(app.queue);
  clReleaseContext(app.cl);
}

/* ---- Each in a process of its own */

static const struct mode {
  const char *name;
  void (*body)(void);
  bool without_contexts; /* of the tester's */
  int times;
  bool
      widely; /* in the wide run alone: CLBlast's own parameters are compiled */
} modes[] = {
    {"nothing without a product", nothing_without_a_product, false, 1, false},
    {"parameters are set once", parameters_once, false, 1, false},
    {"parameters that are refused", parameters_refused, false, 1, false},
    {"cleared with the last context", cleared_with_the_last, false, 1, false},
    {"beside an application's thread", beside_an_application, true, 15, true},
};

static int be_child(const char *name) {
  const struct mode *mode = modes;
  while (strcmp(mode->name, name) != 0) mode++;
  if (!mode->without_contexts) t_open(NULL);
  mode->body();
  if (!mode->without_contexts) t_release(), t_close(NULL);
  return 0;
}

static void in_a_process(void **state) {
  const struct mode *mode = *state;
  char command[1024];
  snprintf(command, sizeof command, "'%s' --child \"%s\"", self, mode->name);
  if (mode->widely && !t_is_wide()) skip();
  for (int i = 0; i < mode->times; i++) assert_int_equal(system(command), 0);
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(in_a_process, modes)};
  self = argv[0];
  if (argc == 3) return be_child(argv[2]);
  return t_main(argc, argv, "clblast", tables, T_COUNT(tables));
}
