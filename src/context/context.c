/* context.c - making and releasing a context; its settings. */

#define _POSIX_C_SOURCE 200809L

#include "context/context.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/cache.h"
#include "context/implementations.h"
#include "gemm/clblast_calls.h"
#include "run/recording.h"
#include "run/submit.h"
#include "base/environment.h"
#include "base/file.h"

static void log_to_stderr(void *user, const char *message) {
  (void)user;
  fprintf(stderr, "clinfer: %s\n", message);
}

clinfer_status ci_begin(struct ci_plan *plan, clinfer_context *ctx,
                        const clinfer_exec *exec) {
  if (ctx == NULL || exec == NULL)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "ctx or exec is NULL");
  CI_TRY(ci_plan_begin(plan, &ctx->runtime, &ctx->target, exec));
  plan->proofs = &ctx->proofs;
  return CLINFER_OK;
}

clinfer_status clinfer_recording_create(clinfer_context *ctx,
                                        clinfer_recording **out) {
  if (ctx == NULL || out == NULL)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "ctx or out is NULL");
  return ci_recording_create(&ctx->runtime, out);
}

int clinfer_version(void) { return CLINFER_VERSION; }

cl_context clinfer_context_cl(const clinfer_context *ctx) {
  return ctx ? ctx->runtime.programs.cl : NULL;
}

cl_device_id clinfer_context_device(const clinfer_context *ctx) {
  return ctx ? ctx->target.device.id : NULL;
}

/* A switch such as CLINFER_VERBOSE=1; unset, empty and 0 are off. */
static bool is_on(const clinfer_options *o, const char *variable) {
  const char *value = ci_environment(o, variable);
  return value != NULL && *value != '\0' && strcmp(value, "0") != 0;
}

/* Choose the cache folder; "" or no usable one leaves
 * ctx->runtime.programs.cache_dir NULL. */
static void set_cache_dir(clinfer_context *ctx, const clinfer_options *o) {
  char path[CI_LONGEST_PATH];
  char why[CI_LONGEST_WHY] = "the path is too long, or relative to nothing";
  const size_t length = ci_cache_folder(o, path);
  if (length == 0)
    ci_log(&ctx->runtime.programs.log,
           "no kernels are cached: no folder is named for them");
  else if (length < sizeof path && ci_private_folder(path, why))
    ctx->runtime.programs.cache_dir = strdup(path);
  else
    ci_log(&ctx->runtime.programs.log, "no kernels are cached in %.300s: %s",
           path, why);
}

/* PoCL keeps what it compiles, and compiles it once more to hand it out: that
 * would double a first call's time. */
static void leave_kernels(clinfer_context *ctx, const clinfer_options *o) {
  struct ci_programs *programs = &ctx->runtime.programs;
  if (programs->cache_dir == NULL || ci_cache_named(o) != NULL ||
      !ci_is_pocl(ctx->target.device.platform))
    return;
  programs->kept_by_platform = true;
  ci_log(&programs->log, "no kernels are cached in %.300s: PoCL keeps them",
         programs->cache_dir);
}

/* A folder as options or variables name it (NULL: none is named), for as long
 * as the context lives: so wherever the program goes in the meantime. A path
 * that cannot be made absolute stays as it is, and will not be found. */
static clinfer_status keep_folder(const char *named, char **kept) {
  char path[CI_LONGEST_PATH];
  if (named == NULL) return CLINFER_OK;
  if (*named && ci_absolute_path(named, path) < sizeof path) named = path;
  *kept = strdup(named);
  return *kept ? CLINFER_OK
               : ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
}

static void set_providers(clinfer_context *ctx, const clinfer_options *o) {
  const bool reference = o->reference || is_on(o, "CLINFER_REFERENCE");
  const char *disable = o->disable ? o->disable
                                   : ci_environment(o, "CLINFER_DISABLE");
  for (size_t p = 0; p < CI_PROVIDERS; p++)
    ctx->target.enabled[p] = !reference || p == CI_REFERENCE;
  if (disable) ci_disable_providers(disable, ctx->target.enabled);
}

static clinfer_status set_math(clinfer_context *ctx, const clinfer_options *o) {
  static const char *const names[] = {"f32", "tf32", "tf32x3"};
  enum { MODES = sizeof names / sizeof *names };
  const char *name = ci_environment(o, "CLINFER_MATH");
  if ((unsigned)o->math >= MODES)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "options.math is %d", (int)o->math);
  ctx->target.math = o->math;
  if (o->math != CLINFER_MATH_F32 || name == NULL || *name == '\0')
    return CLINFER_OK;
  size_t m = 0;
  while (m < MODES && strcmp(name, names[m]) != 0) m++;
  if (m < MODES)
    ctx->target.math = (clinfer_math)m;
  else
    ci_log(&ctx->runtime.programs.log, "CLINFER_MATH=%.100s names no mode",
           name);
  return CLINFER_OK;
}

static clinfer_status set_folders(clinfer_context *ctx,
                                  const clinfer_options *o) {
  const char *cl_dir = ci_environment(o, "CLINFER_CL_DIR");
  const char *tuning_dir = o->tuning_dir
                               ? o->tuning_dir
                               : ci_environment(o, "CLINFER_TUNING_DIR");
  if (cl_dir != NULL && *cl_dir)
    CI_TRY(keep_folder(cl_dir, &ctx->runtime.programs.cl_dir));
  CI_TRY(keep_folder(tuning_dir, &ctx->tuning_dir));
  set_cache_dir(ctx, o);
  leave_kernels(ctx, o);
  return CLINFER_OK;
}

static void set_tuning(clinfer_context *ctx) {
  struct ci_target *target = &ctx->target;
  const struct ci_log *log = &ctx->runtime.programs.log;
  const char *folder = ctx->tuning_dir ? ctx->tuning_dir
                                       : ctx->runtime.programs.cache_dir;
  ctx->clblast = (struct ci_clblast){
      .device = &target->device, .log = log, .tuned = &ctx->table.clblast};
  target->clblast = CI_WITH_CLBLAST ? &ctx->clblast : NULL;
  ci_list_implementations(target);
  target->table = &ctx->table;
  if (folder == NULL || *folder)
    ci_table_load(target, folder, ctx->tuning_dir != NULL, log, &ctx->table);
}

static clinfer_status set_up(clinfer_context *ctx, const clinfer_options *o) {
  struct ci_log *log = &ctx->runtime.programs.log;
  *log = (struct ci_log){o->log, o->log_user};
  if (log->write == NULL && is_on(o, "CLINFER_VERBOSE"))
    log->write = log_to_stderr;
  set_providers(ctx, o);
  CI_TRY(set_math(ctx, o));
  CI_TRY(ci_device_query(ctx->target.device.id, &ctx->target.device));
  ci_log(&ctx->runtime.programs.log, "device %s, driver %s",
         ctx->target.device.name, ctx->target.device.driver);
  CI_TRY(set_folders(ctx, o));
  set_tuning(ctx);
  return CLINFER_OK;
}

/* The caller frees the list. */
static clinfer_status list_devices(cl_context context, cl_device_id **devices,
                                   size_t *count) {
  size_t size = 0;
  CI_TRY(ci_cl(clGetContextInfo(context, CL_CONTEXT_DEVICES, 0, NULL, &size),
               "clGetContextInfo"));
  *devices = malloc(size);
  if (*devices == NULL)
    return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  *count = size / sizeof **devices;
  const clinfer_status status = ci_cl(clGetContextInfo(context,
                                                       CL_CONTEXT_DEVICES, size,
                                                       *devices, NULL),
                                      "clGetContextInfo");
  if (status != CLINFER_OK) free(*devices);
  return status;
}

static clinfer_status check_belongs(cl_context context, cl_device_id device) {
  cl_device_id *devices;
  size_t count = 0, index;
  CI_TRY(list_devices(context, &devices, &count));
  const clinfer_status status = ci_device_index(device, devices, count, &index);
  free(devices);
  if (status != CLINFER_OK || index < count) return status;
  return ci_fail(CLINFER_BAD_ARGUMENT, 0, "the device is not the context's");
}

/* The options that this version knows, of a caller built against another. */
static clinfer_status read_options(const clinfer_options *given,
                                   clinfer_options *options) {
  memset(options, 0, sizeof *options);
  if (given == NULL) return CLINFER_OK;
  if (given->struct_size < sizeof given->struct_size)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "options.struct_size is not set");
  memcpy(options, given,
         given->struct_size < sizeof *options ? given->struct_size
                                              : sizeof *options);
  return CLINFER_OK;
}

static clinfer_status make_locks(clinfer_context *ctx) {
  pthread_mutex_t *const locks[] = {&ctx->runtime.programs.lock,
                                    &ctx->runtime.pool.lock, &ctx->proofs.lock};
  for (size_t i = 0; i < sizeof locks / sizeof *locks; i++) {
    if (pthread_mutex_init(locks[i], NULL) == 0) continue;
    while (i > 0) pthread_mutex_destroy(locks[--i]);
    return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory for a lock");
  }
  return CLINFER_OK;
}

/* One that clinfer_context_destroy takes; it is not set up. */
static clinfer_status make_bare(cl_context context, cl_device_id device,
                                clinfer_context **out) {
  clinfer_context *ctx = calloc(1, sizeof *ctx);
  if (ctx == NULL) return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  ctx->runtime.programs.cl = context;
  ctx->runtime.programs.device = &ctx->target.device;
  ctx->proofs.runtime = &ctx->runtime;
  ctx->proofs.prove = ci_prove;
  ctx->target.device.id = device;
  clinfer_status status = ci_cl(clRetainContext(context), "clRetainContext");
  if (status == CLINFER_OK) {
    status = make_locks(ctx);
    if (status != CLINFER_OK) clReleaseContext(context);
  }
  if (status == CLINFER_OK)
    *out = ctx;
  else
    free(ctx);
  return status;
}

clinfer_status clinfer_context_create(cl_context context, cl_device_id device,
                                      const clinfer_options *options,
                                      clinfer_context **out) {
  if (context == NULL || device == NULL || out == NULL)
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "context, device or out is NULL");
  *out = NULL;
  clinfer_options o;
  CI_TRY(read_options(options, &o));
  CI_TRY(check_belongs(context, device));

  clinfer_context *ctx = NULL;
  CI_TRY(make_bare(context, device, &ctx));
  const clinfer_status status = set_up(ctx, &o);
  if (status == CLINFER_OK)
    *out = ctx;
  else
    clinfer_context_destroy(ctx);
  return status;
}

clinfer_status clinfer_context_open(const char *selector,
                                    const clinfer_options *options,
                                    clinfer_context **out) {
  if (out == NULL) return ci_fail(CLINFER_BAD_ARGUMENT, 0, "out is NULL");
  *out = NULL;
  cl_device_id device;
  cl_platform_id platform;
  clinfer_options o;
  CI_TRY(read_options(options, &o));
  CI_TRY(ci_find_device(selector, &o, &device));
  CI_TRY(ci_cl(clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform,
                               &platform, NULL),
               "clGetDeviceInfo"));
  const cl_context_properties properties[] = {
      CL_CONTEXT_PLATFORM, (cl_context_properties)platform, 0};
  cl_int code;
  cl_context cl = clCreateContext(properties, 1, &device, NULL, NULL, &code);
  if (cl == NULL) return ci_cl(code, "clCreateContext");
  const clinfer_status status = clinfer_context_create(cl, device, options,
                                                       out);
  clReleaseContext(cl); /* the clinfer_context holds its own reference */
  return status;
}

void clinfer_context_destroy(clinfer_context *ctx) {
  if (ctx == NULL) return;
  struct ci_programs *programs = &ctx->runtime.programs;
  ci_pool_destroy(&ctx->runtime.pool);
  ci_programs_destroy(programs);
  ci_clblast_tear_down(&ctx->clblast);
  ci_proofs_destroy(&ctx->proofs);
  ci_table_free(&ctx->table);
  clReleaseContext(programs->cl);
  free(programs->cl_dir);
  free(programs->cache_dir);
  free(ctx->tuning_dir);
  free(ctx);
}
