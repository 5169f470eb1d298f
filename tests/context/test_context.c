/* test_context.c - finding a device, making a context, and what both refuse. */

#define _POSIX_C_SOURCE 200809L

#include "calls.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "shim.h"

static const struct call_sizes sizes = {3, 6, 10, 5};
static const struct t_store f32 = {CLINFER_F32, 0, 0};

static cl_device_id tested_device(void) {
  return clinfer_context_device(t_next(NULL, "")->ctx);
}
static cl_context tested_cl(void) {
  return clinfer_context_cl(t_next(NULL, "")->ctx);
}

/* ---- Selectors */

static cl_device_id find(const char *selector) {
  cl_device_id device = NULL;
  if (clinfer_find_device(selector, &device) != CLINFER_OK)
    fail_msg("\"%s\": %s", selector ? selector : "",
             clinfer_last_error()->message);
  return device;
}

static cl_device_type type_of(cl_device_id device) {
  cl_device_type type = 0;
  clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
  return type;
}

/* Run `body` for each device that there is, with its indices. */
static void for_each_device(void (*body)(cl_device_id device, cl_uint p,
                                         cl_uint d)) {
  cl_platform_id platforms[16];
  cl_device_id devices[16];
  cl_uint platform_count = 0, device_count;
  clGetPlatformIDs(T_COUNT(platforms), platforms, &platform_count);
  for (cl_uint p = 0; p < platform_count && p < T_COUNT(platforms); p++) {
    device_count = 0;
    clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, T_COUNT(devices), devices,
                   &device_count);
    for (cl_uint d = 0; d < device_count && d < T_COUNT(devices); d++)
      body(devices[d], p, d);
  }
}

static void found_by_indices(cl_device_id device, cl_uint p, cl_uint d) {
  char selector[64];
  snprintf(selector, sizeof selector, "%u:%u", p, d);
  assert_ptr_equal(find(selector), device);
  snprintf(selector, sizeof selector, "%u", p);
  find(selector);
}
static void by_indices(void) { for_each_device(found_by_indices); }

/* The device found may be another one, but it has the name. */
static void found_by_name(cl_device_id device, cl_uint p, cl_uint d) {
  char name[256], upper[256], found[256];
  (void)p, (void)d;
  clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof name, name, NULL);
  for (size_t i = 0; i <= strlen(name); i++)
    upper[i] = (char)toupper((unsigned char)name[i]);
  clGetDeviceInfo(find(upper), CL_DEVICE_NAME, sizeof found, found, NULL);
  assert_string_equal(found, name);
}
static void by_name(void) { for_each_device(found_by_name); }

static void found_by_type(cl_device_id device, cl_uint p, cl_uint d) {
  (void)p, (void)d;
  if (type_of(device) & CL_DEVICE_TYPE_CPU)
    assert_true(type_of(find("CPU")) & CL_DEVICE_TYPE_CPU);
  if (type_of(device) & CL_DEVICE_TYPE_GPU)
    assert_true(type_of(find("gpu")) & CL_DEVICE_TYPE_GPU);
}
static void by_type(void) { for_each_device(found_by_type); }

static void by_variable(void) {
  const char *was = getenv("CLINFER_DEVICE");
  char *saved = was ? strdup(was) : NULL;
  cl_device_id device = NULL;
  unsetenv("CLINFER_DEVICE");
  cl_device_id best = find(NULL);
  assert_ptr_equal(find(""), best);
  setenv("CLINFER_DEVICE", "", 1);
  assert_ptr_equal(find(NULL), best);
  setenv("CLINFER_DEVICE", "no such device", 1);
  assert_int_equal(clinfer_find_device(NULL, &device), CLINFER_NO_DEVICE);
  assert_int_equal(clinfer_find_device("", &device), CLINFER_NO_DEVICE);
  find("0");
  setenv("CLINFER_DEVICE", "0", 1);
  assert_ptr_equal(find(NULL), find("0"));
  if (saved)
    setenv("CLINFER_DEVICE", saved, 1);
  else
    unsetenv("CLINFER_DEVICE");
  free(saved);
}

struct selector {
  const char *name;
};
static const struct selector unfit[] = {
    {"99"},
    {"99:0"},
    {"0:99"},
    {"0:x"},
    {"1:"},
    {"0:0:0"},
    {"-1:0"},
    {"0: 0"},
    {"0:-1"},
    {"no such device"},
    {"99999999999999999999:0"},
    {"0:99999999999999999999"},
};

static void fits_nothing(void **state) {
  const struct selector *s = *state;
  cl_device_id device = NULL;
  clinfer_context *ctx = (clinfer_context *)&device;
  assert_int_equal(clinfer_find_device(s->name, &device), CLINFER_NO_DEVICE);
  assert_null(device);
  assert_non_null(strstr(clinfer_last_error()->message, s->name));
  assert_int_equal(clinfer_context_open(s->name, NULL, &ctx),
                   CLINFER_NO_DEVICE);
  assert_null(ctx);
}

static void very_long_selector(void) {
  char selector[10000];
  cl_device_id device;
  memset(selector, 'x', sizeof selector);
  selector[sizeof selector - 1] = '\0';
  assert_int_equal(clinfer_find_device(selector, &device), CLINFER_NO_DEVICE);
}

static void opened(void) {
  clinfer_context *ctx = NULL;
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = ""};
  assert_int_equal(clinfer_context_open("0", &options, &ctx), CLINFER_OK);
  assert_ptr_equal(clinfer_context_device(ctx), find("0"));
  assert_non_null(clinfer_context_cl(ctx));
  clinfer_context_destroy(ctx);
  assert_int_equal(clinfer_context_open("0", NULL, NULL), CLINFER_BAD_ARGUMENT);
  assert_int_equal(clinfer_find_device("0", NULL), CLINFER_BAD_ARGUMENT);
}

/* ---- Options */

static size_t lines;
static void count_lines(void *user, const char *message) {
  (void)user, (void)message;
  lines++;
}

static clinfer_status create(const clinfer_options *options) {
  clinfer_context *ctx = (clinfer_context *)&lines;
  const clinfer_status status = clinfer_context_create(tested_cl(),
                                                       tested_device(), options,
                                                       &ctx);
  assert_true((ctx != NULL) == (status == CLINFER_OK));
  clinfer_context_destroy(ctx);
  return status;
}

static void option_sizes(void) {
  clinfer_options options = {.cache_dir = "", .log = count_lines};
  assert_int_equal(create(&options), CLINFER_BAD_ARGUMENT);
  assert_non_null(strstr(clinfer_last_error()->message, "struct_size"));
  options.struct_size = sizeof options.struct_size - 1;
  assert_int_equal(create(&options), CLINFER_BAD_ARGUMENT);

  lines = 0;
  options.struct_size = offsetof(clinfer_options, log);
  assert_int_equal(create(&options), CLINFER_OK);
  assert_int_equal(lines, 0); /* an older caller's struct ends before it */

  struct {
    clinfer_options known;
    char more[64];
  } newer = {.known = options};
  newer.known.struct_size = sizeof newer;
  memset(newer.more, 0xff, sizeof newer.more);
  assert_int_equal(create(&newer.known), CLINFER_OK);
  assert_true(lines > 0);
  assert_int_equal(create(NULL), CLINFER_OK);
}

/* ---- A caller's objects */

static void missing_objects(void) {
  clinfer_context *ctx = (clinfer_context *)&lines;
  assert_int_equal(clinfer_context_create(NULL, tested_device(), NULL, &ctx),
                   CLINFER_BAD_ARGUMENT);
  assert_int_equal(clinfer_context_create(tested_cl(), NULL, NULL, &ctx),
                   CLINFER_BAD_ARGUMENT);
  assert_int_equal(clinfer_context_create(tested_cl(), tested_device(), NULL,
                                          NULL),
                   CLINFER_BAD_ARGUMENT);
  clinfer_context_destroy(NULL);
  assert_null(clinfer_context_cl(NULL));
  assert_null(clinfer_context_device(NULL));
}

/* A device that no context here has; NULL where there is no such thing. */
static cl_device_id make_sub_device(void) {
  const cl_device_partition_property one[] = {
      CL_DEVICE_PARTITION_BY_COUNTS, 1, CL_DEVICE_PARTITION_BY_COUNTS_LIST_END,
      0};
  cl_device_id sub = NULL;
  cl_uint most = 0;
  /* Not every driver survives the question where the answer is no. */
  clGetDeviceInfo(tested_device(), CL_DEVICE_PARTITION_MAX_SUB_DEVICES,
                  sizeof most, &most, NULL);
  if (most < 2) return NULL;
  if (clCreateSubDevices(tested_device(), one, 1, &sub, NULL) != CL_SUCCESS)
    return NULL;
  return sub;
}

/* A device that is no part of any that the context has. */
static void foreign_device(void) {
  clinfer_context *ctx = (clinfer_context *)&lines;
  cl_device_id sub = make_sub_device();
  if (sub == NULL) skip();
  shim_device.is_whole = true;
  assert_int_equal(clinfer_context_create(tested_cl(), sub, NULL, &ctx),
                   CLINFER_BAD_ARGUMENT);
  shim_device.is_whole = false;
  assert_non_null(strstr(clinfer_last_error()->message, "not the context's"));
  assert_null(ctx);
  clReleaseDevice(sub);
}

struct kernels {
  size_t built, loaded;
};
static void count_kernels(void *user, const char *message) {
  struct kernels *kernels = user;
  kernels->built += strncmp(message, "built ", 6) == 0;
  kernels->loaded += strncmp(message, "loaded ", 7) == 0;
}

/* max(x, 0) on the device, in a cl_context made from it. */
static struct kernels rectify(cl_device_id device, const char *cache_dir) {
  struct kernels kernels = {0};
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = cache_dir,
                                   .log = count_kernels,
                                   .log_user = &kernels};
  cl_context cl = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
  clinfer_context *ctx = NULL;
  if (clinfer_context_create(cl, device, &options, &ctx) != CLINFER_OK)
    fail_msg("%s", clinfer_last_error()->message);
  assert_ptr_equal(clinfer_context_device(ctx), device);
  cl_command_queue queue = clCreateCommandQueue(cl, device, 0, NULL);
  float x[4] = {-1, 2, -3, 4};
  cl_mem mem = clCreateBuffer(cl, CL_MEM_COPY_HOST_PTR, sizeof x, x, NULL);
  const clinfer_matrix m = clinfer_matrix_of(mem, 2, 2, CLINFER_F32);
  const clinfer_exec exec = {.queue = queue};
  if (clinfer_bias_activation(ctx, &exec, m, clinfer_no_vector(), CLINFER_RELU,
                              m) != CLINFER_OK)
    fail_msg("%s", clinfer_last_error()->message);
  clEnqueueReadBuffer(queue, mem, CL_TRUE, 0, sizeof x, x, 0, NULL, NULL);
  assert_true(x[0] == 0 && x[1] == 2 && x[2] == 0 && x[3] == 4);
  clReleaseMemObject(mem);
  clReleaseCommandQueue(queue);
  clinfer_context_destroy(ctx);
  clReleaseContext(cl);
  return kernels;
}

/* Its kernels are kept as those of a whole device are. PoCL lists that whole
 * device in place of the part. */
static void sub_device(void) {
  char folder[FILES_PATH];
  cl_device_id sub = make_sub_device();
  if (sub == NULL) skip();
  files_make_folder(folder);
  assert_int_equal(rectify(sub, folder).built, 1);
  assert_int_equal(rectify(sub, folder).loaded, 1);
  files_remove(folder);
  clReleaseDevice(sub);
}

static cl_uint references(cl_context cl) {
  cl_uint count = 0;
  assert_int_equal(clGetContextInfo(cl, CL_CONTEXT_REFERENCE_COUNT,
                                    sizeof count, &count, NULL),
                   CL_SUCCESS);
  return count;
}

static void retained(void) {
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = ""};
  cl_device_id device = tested_device();
  cl_context cl = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
  const cl_uint before = references(cl);
  clinfer_context *ctx = NULL;
  assert_int_equal(clinfer_context_create(cl, device, &options, &ctx),
                   CLINFER_OK);
  assert_ptr_equal(clinfer_context_cl(ctx), cl);
  assert_ptr_equal(clinfer_context_device(ctx), device);
  assert_true(references(cl) > before);
  clinfer_context_destroy(ctx);
  assert_int_equal(references(cl), before);
  clReleaseContext(cl);
}

/* The caller lets go of everything that it has given. */
static void outlives_callers_context(void) {
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = ""};
  cl_device_id device = tested_device();
  cl_context cl = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
  clinfer_context *ctx = NULL;
  assert_int_equal(clinfer_context_create(cl, device, &options, &ctx),
                   CLINFER_OK);
  clReleaseContext(cl);
  cl = clinfer_context_cl(ctx);
  cl_command_queue queue = clCreateCommandQueue(cl, device, 0, NULL);
  const float in[4] = {-1, 2, -3, 4};
  float out[4] = {0};
  cl_mem mem = clCreateBuffer(cl, CL_MEM_COPY_HOST_PTR, sizeof in, (void *)in,
                              NULL);
  const clinfer_matrix x = clinfer_matrix_of(mem, 2, 2, CLINFER_F32);
  const clinfer_exec exec = {.queue = queue};
  assert_int_equal(clinfer_bias_activation(ctx, &exec, x, clinfer_no_vector(),
                                           CLINFER_RELU, x),
                   CLINFER_OK);
  clEnqueueReadBuffer(queue, mem, CL_TRUE, 0, sizeof out, out, 0, NULL, NULL);
  for (size_t i = 0; i < T_COUNT(out); i++)
    assert_true(out[i] == (in[i] < 0 ? 0 : in[i]));
  clReleaseMemObject(mem);
  clReleaseCommandQueue(queue);
  clinfer_context_destroy(ctx);
}

/* Two devices in one context: the queue has to be of the right one. */
static void queue_of_the_other_device(void) {
  cl_device_id devices[2] = {tested_device(), make_sub_device()};
  if (devices[1] == NULL) skip();
  cl_context cl = clCreateContext(NULL, 2, devices, NULL, NULL, NULL);
  cl_command_queue queue = clCreateCommandQueue(cl, devices[1], 0, NULL);
  clinfer_context *ctx = NULL;
  if (queue == NULL) skip();
  assert_int_equal(clinfer_context_create(cl, devices[0], NULL, &ctx),
                   CLINFER_OK);
  struct call c = call_make(call_operator_named("bias_activation"), ctx, &sizes,
                            f32);
  c.exec.queue = queue;
  assert_int_equal(call_run(&c), CLINFER_BAD_QUEUE);
  clinfer_context_destroy(ctx);
  clReleaseCommandQueue(queue);
  clReleaseContext(cl);
  clReleaseDevice(devices[1]);
}

static const struct t_single singles[] = {
    {"by indices", by_indices},
    {"by name", by_name},
    {"by type", by_type},
    {"by CLINFER_DEVICE", by_variable},
    {"a very long selector", very_long_selector},
    {"opened by selector", opened},
    {"sizes of options", option_sizes},
    {"missing objects", missing_objects},
    {"device of another context", foreign_device},
    {"a sub-device", sub_device},
    {"queue of the other device", queue_of_the_other_device},
    {"cl_context is retained", retained},
    {"cl_context outlives its caller's reference", outlives_callers_context},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(t_call, singles),
      T_TABLE(fits_nothing, unfit),
  };
  return t_main(argc, argv, "context", tables, T_COUNT(tables));
}
