/* test_settings.c - what options and variables choose: providers, tuning, the
 * kernels' folder, and where the log goes. */

#define _POSIX_C_SOURCE 200809L

#include "calls.h"
#include "context/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"

static const struct call_sizes sizes = {3, 6, 10, 5};
static const struct t_store f32 = {CLINFER_F32, 0, 0};

static struct {
  char text[1 << 16];
  size_t used;
} heard;

static void keep_line(void *user, const char *line) {
  (void)user;
  heard.used += (size_t)snprintf(heard.text + heard.used,
                                 sizeof heard.text - heard.used, "%s\n", line);
  assert_true(heard.used < sizeof heard.text);
}

static bool logged(const char *words) {
  return strstr(heard.text, words) != NULL;
}

/* A context with these options, and a log that starts empty. */
static clinfer_context *open_with(clinfer_options options) {
  clinfer_context *chooser = t_next(NULL, "")->ctx, *ctx = NULL;
  options.struct_size = sizeof options;
  if (options.cache_dir == NULL) options.cache_dir = "";
  options.log = keep_line;
  heard.used = 0;
  heard.text[0] = '\0';
  assert_int_equal(clinfer_context_create(clinfer_context_cl(chooser),
                                          clinfer_context_device(chooser),
                                          &options, &ctx),
                   CLINFER_OK);
  t_take_as_proven(ctx);
  return ctx;
}

static void run_all(clinfer_context *ctx) {
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call c = call_make(call_operator_at(i), ctx, &sizes, f32);
    T_OK(call_run(&c));
    t_release();
  }
}

/* ---- Providers */

/* The names of all providers of GEMMs but that one, for options.disable. */
static const char *gemms_but(const char *kept) {
  static char list[1024];
  const char *name;
  size_t used = 0;
  for (size_t i = 0; (name = clinfer_provider_name(i)) != NULL; i++)
    if (strncmp(name, "gemm_", 5) == 0 && strcmp(name, kept) != 0)
      used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                               used > 0 ? ", " : "", name);
  assert_true(used < sizeof list);
  return list;
}

static void names(void) {
  size_t count = 0;
  while (clinfer_provider_name(count) != NULL) count++;
  assert_true(count > 1);
  assert_string_equal(clinfer_provider_name(count - 1), "reference");
  assert_null(clinfer_provider_name(count + 1));
  assert_null(clinfer_provider_name((size_t)-1));
}

/* Every kernel that is built is a reference kernel, or none of them is. */
static void require_reference(clinfer_options options, bool wanted) {
  clinfer_context *ctx = open_with(options);
  run_all(ctx);
  size_t built = 0, plain = 0;
  for (const char *at = heard.text; (at = strstr(at, "built ")) != NULL; at++) {
    const size_t length = strcspn(at + 6, " ");
    built++;
    plain += length > 9 && !strncmp(at + 6 + length - 9, "reference", 9);
  }
  assert_true(built > 0);
  assert_int_equal(plain, wanted ? built : 0);
  clinfer_context_destroy(ctx);
}

static void reference(void) {
  const clinfer_options none = {0}, wanted = {.reference = 1};
  require_reference(none, false);
  require_reference(wanted, true);
  setenv("CLINFER_REFERENCE", "1", 1);
  require_reference(none, true);
  setenv("CLINFER_REFERENCE", "0", 1);
  require_reference(none, false);
  require_reference(wanted, true);
  setenv("CLINFER_REFERENCE", "", 1);
  require_reference(none, false);
  unsetenv("CLINFER_REFERENCE");
}

static void run_and_close(clinfer_options options) {
  clinfer_context *ctx = open_with(options);
  run_all(ctx);
  clinfer_context_destroy(ctx);
}

static void disabled(void) {
  const clinfer_options none = {0}, gemms = {.disable = gemms_but("")};
  run_and_close(none);
  assert_false(logged("built gemm/reference "));
  assert_true(logged("built row/bias_activation "));
  run_and_close(gemms);
  assert_true(logged("built gemm/reference "));
  assert_false(logged("built gemm/cpu ") || logged("built gemm/tiled "));
  setenv("CLINFER_DISABLE", "elementwise,gemm", 1); /* no name is `gemm` */
  run_and_close(none);
  assert_true(logged("built row/bias_activation_reference "));
  assert_false(logged("built gemm/reference "));
  run_and_close((clinfer_options){.disable = ""}); /* the field wins */
  assert_true(logged("built row/bias_activation "));
  unsetenv("CLINFER_DISABLE");
  run_and_close((clinfer_options){.disable = "reference,,no such one, "});
  assert_false(logged("reference"));
  assert_true(logged("built row/bias_activation "));
}

/* ---- Tuning */

/* A table for any version and driver. */
static void write_tuning(const char *folder, const char *device,
                         const char *lines) {
  char path[2 * FILES_PATH], table[1024];
  snprintf(path, sizeof path, "%s/gemm.tuning", folder);
  const int length = snprintf(table, sizeof table,
                              "clinfer any\ndevice %s\ndriver any\n%s", device,
                              lines);
  files_write(path, table, (size_t)length);
}

static bool has_clblast(void) {
  clinfer_context *ctx = open_with((clinfer_options){
      .disable = gemms_but("gemm_clblast")});
  struct call c = call_make(call_operator_named("linear"), ctx, &sizes, f32);
  T_OK(call_run(&c));
  t_release();
  clinfer_context_destroy(ctx);
  return !logged("gemm/reference");
}

/* The parameters are not set: has_clblast has called CLBlast before, see
 * test_clblast.c. */
static void clblast_parameters(void) {
  static const char
      unused[] = "tuning table are not used",
      copy[] = "clblast Copy: COPY_DIMX=8 COPY_DIMY=8 COPY_VW=4 COPY_WPT=2\n";
  char folder[FILES_PATH], device[256];
  if (!has_clblast()) skip();
  clGetDeviceInfo(clinfer_context_device(t_next(NULL, "")->ctx), CL_DEVICE_NAME,
                  sizeof device, device, NULL);
  files_make_folder(folder);
  write_tuning(folder, device, copy);
  clinfer_context_destroy(open_with((clinfer_options){.tuning_dir = folder}));
  assert_true(logged("gemm.tuning: 0 rows"));
  assert_false(logged(unused));
  setenv("CLINFER_TUNING_DIR", folder, 1);
  clinfer_context *ctx = open_with((clinfer_options){
      .disable = gemms_but("gemm_clblast")});
  run_all(ctx);
  assert_true(logged(unused));
  clinfer_context_destroy(ctx);
  ctx = open_with((clinfer_options){.tuning_dir = "",
                                    .disable = gemms_but("gemm_clblast")});
  run_all(ctx);
  assert_false(logged(unused));
  clinfer_context_destroy(ctx);
  unsetenv("CLINFER_TUNING_DIR");
  files_remove(folder);
}

/* A table for another device is passed over, and so is a folder without one;
 * one with parameters of CLBlast alone leaves the built-in rows in force. */
static void other_tables(void) {
  char folder[FILES_PATH], device[256];
  clGetDeviceInfo(clinfer_context_device(t_next(NULL, "")->ctx), CL_DEVICE_NAME,
                  sizeof device, device, NULL);
  clinfer_context_destroy(open_with((clinfer_options){0}));
  const bool has_built_in = logged("built-in ");
  const clinfer_options named = {.tuning_dir = folder};
  files_make_folder(folder);
  write_tuning(folder, "another device", "");
  clinfer_context_destroy(open_with(named));
  assert_true(logged("gemm.tuning is not used: it is for device another"));
  assert_int_equal(logged("built-in "), has_built_in);
  write_tuning(folder, device, "clblast Pad: PAD_DIMX=8\n");
  clinfer_context_destroy(open_with(named));
  assert_true(logged("gemm.tuning: 0 rows"));
  assert_int_equal(logged("built-in "), has_built_in);
  write_tuning(folder, device, "");
  clinfer_context_destroy(open_with(named));
  assert_false(logged("built-in "));
  write_tuning(folder, device, "clblast Pad: PAD_DIMX\n");
  clinfer_context_destroy(open_with(named));
  assert_true(logged("gemm.tuning is not used: line 4: no kernel"));
  files_remove(folder);
  clinfer_context_destroy(open_with(named));
  assert_true(logged("no /"));
}

/* A table of one row, for this device and of that version. */
static void write_table(const char *path, const char *version,
                        const char *provider) {
  char table[2048], device[256], driver[256];
  cl_device_id id = clinfer_context_device(t_next(NULL, "")->ctx);
  clGetDeviceInfo(id, CL_DEVICE_NAME, sizeof device, device, NULL);
  clGetDeviceInfo(id, CL_DRIVER_VERSION, sizeof driver, driver, NULL);
  const int length = snprintf(table, sizeof table,
                              "clinfer %s\ndevice %s\ndriver %s\n"
                              "gemm f32 in_out 3 5 6: %s\n",
                              version, device, driver, provider);
  files_write(path, table, (size_t)length);
}

/* The kernel of a linear layer of 3 tokens, 6 features in and 5 out. */
static bool linear_is_by(clinfer_options options, const char *kernel) {
  char words[64];
  snprintf(words, sizeof words, "built %s ", kernel);
  clinfer_context *ctx = open_with(options);
  struct call c = call_make(call_operator_named("linear"), ctx, &sizes, f32);
  T_OK(call_run(&c));
  t_release();
  clinfer_context_destroy(ctx);
  return logged(words);
}

/* From tuning_dir, CLINFER_TUNING_DIR or cache_dir. */
static void tuning_table(void) {
  char folder[FILES_PATH], path[2 * FILES_PATH], other[FILES_PATH];
  const clinfer_options none = {0}, named = {.tuning_dir = folder},
                        cached = {.cache_dir = folder},
                        elsewhere = {.cache_dir = folder, .tuning_dir = other};
  files_make_folder(folder);
  files_make_folder(other);
  snprintf(path, sizeof path, "%s/gemm.tuning", folder);
  write_table(path, CLINFER_VERSION_STRING, "reference");
  assert_false(linear_is_by(none, "gemm/reference"));
  assert_true(linear_is_by(named, "gemm/reference"));
  assert_true(logged("gemm.tuning: 1 rows"));
  setenv("CLINFER_TUNING_DIR", folder, 1);
  assert_true(linear_is_by(none, "gemm/reference"));
  assert_false(linear_is_by((clinfer_options){.tuning_dir = ""},
                            "gemm_reference"));
  unsetenv("CLINFER_TUNING_DIR");
  assert_false(linear_is_by(elsewhere, "gemm/reference"));
  assert_true(linear_is_by(cached, "gemm/reference"));

  write_table(path, "0.0.0", "reference");
  assert_false(linear_is_by(named, "gemm/reference"));
  assert_true(logged("gemm.tuning is not used: it is for clinfer 0.0.0"));
  write_table(path, CLINFER_VERSION_STRING, "no_such_provider");
  assert_false(linear_is_by(named, "gemm/reference"));
  assert_true(logged("gemm.tuning is not used: line 4: "));
  files_remove(folder);
  files_remove(other);
}

/* ---- Kernels from a folder */

static char kernels[FILES_PATH]; /* a copy of the repository's */

static const char *kernel_path(const char *name) {
  static char path[2 * FILES_PATH];
  snprintf(path, sizeof path, "%s/%s", kernels, name);
  return path;
}

static void copy_kernels(void) {
  files_make_folder(kernels);
  files_copy(TEST_CL_DIR, kernels);
  setenv("CLINFER_CL_DIR", kernels, 1);
}

static void drop_kernels(void) {
  unsetenv("CLINFER_CL_DIR");
  files_remove(kernels);
}

static void kernels_from_folder(void) {
  copy_kernels();
  run_and_close((clinfer_options){0});
  drop_kernels();
}

/* A call with the kernel spoiled is refused so; when the file is whole again,
 * the same context builds it. */
static void spoiled_kernel(const char *name, const char *text,
                           clinfer_status want) {
  char cache[FILES_PATH], file[FILES_PATH];
  size_t size;
  copy_kernels();
  files_make_folder(cache);
  unsigned char *whole = files_read(kernel_path(name), &size);
  if (text)
    files_write(kernel_path(name), text, strlen(text));
  else
    files_remove(kernel_path(name));

  clinfer_context *ctx = open_with((clinfer_options){.cache_dir = cache});
  struct call c = call_make(call_operator_named("bias_activation"), ctx, &sizes,
                            f32);
  cl_event event = (cl_event)&heard;
  c.exec.event = &event;
  assert_int_equal(call_run(&c), want);
  assert_int_equal(clinfer_last_error()->status, want);
  assert_non_null(strstr(clinfer_last_error()->message, "bias_activation"));
  assert_true((want == CLINFER_BUILD_FAILED) ==
              (strstr(clinfer_last_error()->build_log, "no_such_function") !=
               NULL));
  assert_ptr_equal(event, &heard);
  call_require_untouched(&c);
  assert_false(files_only(cache, file));

  files_write(kernel_path(name), whole, size);
  c.exec.event = NULL;
  T_OK(call_run(&c));
  clinfer_context_destroy(ctx);
  assert_true(files_only(cache, file));
  free(whole);
  files_remove(cache);
  drop_kernels();
}

static void broken_kernel(void) {
  spoiled_kernel("row/bias_activation.cl",
                 "__kernel void bias_activation(__global float *x) {\n"
                 "  no_such_function(x) no_such_function;\n}\n",
                 CLINFER_BUILD_FAILED);
}
static void missing_kernel(void) {
  spoiled_kernel("row/bias_activation.cl", NULL, CLINFER_BAD_FILE);
}

static void missing_include(void) {
  copy_kernels();
  files_remove(kernel_path("lib/storage.cl"));
  clinfer_context *ctx = open_with((clinfer_options){0});
  const struct call c = call_make(call_operator_named("bias_activation"), ctx,
                                  &sizes, f32);
  assert_int_equal(call_run(&c), CLINFER_BAD_FILE);
  assert_non_null(strstr(clinfer_last_error()->message, "storage.cl"));
  clinfer_context_destroy(ctx);
  drop_kernels();
}

/* It builds, but the kernel isn't in it. */
static void empty_kernel(void) {
  copy_kernels();
  files_write(kernel_path("row/bias_activation.cl"), "", 0);
  clinfer_context *ctx = open_with((clinfer_options){0});
  const struct call c = call_make(call_operator_named("bias_activation"), ctx,
                                  &sizes, f32);
  const clinfer_status status = call_run(&c);
  assert_true(status == CLINFER_OPENCL_ERROR || status == CLINFER_BUILD_FAILED);
  call_require_untouched(&c);
  clinfer_context_destroy(ctx);
  drop_kernels();
}

/* ---- The log */

/* What opening a context without a callback writes to stderr. */
static size_t stderr_of_opening(char *text, size_t room) {
  clinfer_context *chooser = t_next(NULL, "")->ctx, *ctx = NULL;
  FILE *file = tmpfile();
  const int saved = dup(STDERR_FILENO);
  assert_true(file != NULL && saved >= 0);
  fflush(stderr);
  dup2(fileno(file), STDERR_FILENO);
  const clinfer_status
      status = clinfer_context_create(clinfer_context_cl(chooser),
                                      clinfer_context_device(chooser), NULL,
                                      &ctx);
  fflush(stderr);
  dup2(saved, STDERR_FILENO);
  close(saved);
  assert_int_equal(status, CLINFER_OK);
  clinfer_context_destroy(ctx);
  rewind(file);
  const size_t size = fread(text, 1, room - 1, file);
  text[size] = '\0';
  fclose(file);
  return size;
}

static void verbose(void) {
  char text[4096];
  unsetenv("CLINFER_VERBOSE"); /* portability.sh sets it */
  assert_int_equal(stderr_of_opening(text, sizeof text), 0);
  setenv("CLINFER_VERBOSE", "1", 1);
  stderr_of_opening(text, sizeof text);
  assert_int_equal(strncmp(text, "clinfer: device ", 16), 0);
  setenv("CLINFER_VERBOSE", "0", 1);
  assert_int_equal(stderr_of_opening(text, sizeof text), 0);
  unsetenv("CLINFER_VERBOSE");
}

/* A math mode that there is not is named in the log, and none is no mistake. */
static void math_modes(void) {
  static const struct {
    const char *value;
    clinfer_math math;
    bool logged;
  } values[] = {{"tf32", CLINFER_MATH_TF32, false},
                {"tf32x3", CLINFER_MATH_TF32X3, false},
                {"", CLINFER_MATH_F32, false},
                {"tf31", CLINFER_MATH_F32, true}};
  for (size_t i = 0; i < T_COUNT(values); i++) {
    setenv("CLINFER_MATH", values[i].value, 1);
    clinfer_context *ctx = open_with((clinfer_options){.math = 0});
    assert_int_equal(ctx->target.math, values[i].math);
    assert_int_equal(logged("CLINFER_MATH"), values[i].logged);
    clinfer_context_destroy(ctx);
  }
  unsetenv("CLINFER_MATH");
}

static const struct t_single singles[] = {
    {"names of providers", names},
    {"reference kernels alone", reference},
    {"disabled providers", disabled},
    {"CLBlast's parameters", clblast_parameters},
    {"tables that do not count", other_tables},
    {"a tuning table", tuning_table},
    {"kernels from a folder", kernels_from_folder},
    {"a kernel that does not build", broken_kernel},
    {"a missing kernel", missing_kernel},
    {"a missing include", missing_include},
    {"an empty kernel", empty_kernel},
    {"CLINFER_VERBOSE", verbose},
    {"CLINFER_MATH", math_modes},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  return t_main(argc, argv, "settings", tables, T_COUNT(tables));
}
