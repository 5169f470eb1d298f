/* program.c - kernels, compiled once: kept in memory and on disk. */

#define _POSIX_C_SOURCE 200809L

#include "program.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "context.h"
#include "hash.h"
#include "source.h"

enum { MOST_DEVICES = 64 }; /* of a cl_context */

static clinfer_status build(clinfer_context *ctx, cl_program program,
                            const char *name, const char *options) {
  const cl_int code = clBuildProgram(program, 1, &ctx->device.id, options, NULL,
                                     NULL);
  if (code == CL_SUCCESS) return CLINFER_OK;
  const clinfer_status status = ci_fail(CLINFER_BUILD_FAILED, code,
                                        "%s.cl does not build with %s (%d)",
                                        name, options, code);
  size_t size, length = 0;
  char *log = ci_build_log(&size);
  clGetProgramBuildInfo(program, ctx->device.id, CL_PROGRAM_BUILD_LOG, 0, NULL,
                        &length);
  char *whole = calloc(1, length + 1); /* a buffer too small gets nothing */
  if (whole != NULL &&
      clGetProgramBuildInfo(program, ctx->device.id, CL_PROGRAM_BUILD_LOG,
                            length, whole, NULL) == CL_SUCCESS)
    snprintf(log, size, "%s", whole);
  free(whole);
  return status;
}

static void release_program(struct ci_kernel *k) {
  if (k->kernel) clReleaseKernel(k->kernel);
  if (k->program) clReleaseProgram(k->program);
  k->kernel = NULL;
  k->program = NULL;
}

/* Build k->program and make its kernel; on failure both are gone again. */
static clinfer_status finish(clinfer_context *ctx, struct ci_kernel *k) {
  cl_int code;
  clinfer_status status = build(ctx, k->program, k->name, k->options);
  if (status == CLINFER_OK) {
    k->kernel = clCreateKernel(k->program, k->name, &code);
    if (k->kernel == NULL) status = ci_cl(code, "clCreateKernel");
  }
  if (status != CLINFER_OK) release_program(k);
  return status;
}

static clinfer_status from_source(clinfer_context *ctx, struct ci_kernel *k,
                                  const char *source) {
  cl_int code;
  k->program = clCreateProgramWithSource(ctx->cl, 1, &source, NULL, &code);
  if (k->program == NULL) return ci_cl(code, "clCreateProgramWithSource");
  CI_TRY(finish(ctx, k));
  ci_log(ctx, "built %s %s", k->name, k->options);
  return CLINFER_OK;
}

/* Whatever is wrong with a cached binary, the answer is to compile. */
static bool from_cache(clinfer_context *ctx, struct ci_kernel *k) {
  struct ci_binary binary;
  if (!ci_cache_load(ctx->cache_dir, k->key, &binary)) return false;
  const clinfer_error before = *clinfer_last_error();
  const unsigned char *bytes = binary.bytes;
  cl_int code;
  k->program = clCreateProgramWithBinary(ctx->cl, 1, &ctx->device.id,
                                         &binary.size, &bytes, NULL, &code);
  free(binary.file);
  if (k->program == NULL || finish(ctx, k) != CLINFER_OK) {
    ci_log(ctx, "the driver refused the cached %s", k->name);
    ci_restore_error(&before);
    return false;
  }
  ci_log(ctx, "loaded %s %s", k->name, k->options);
  free(k->key);
  k->key = NULL;
  return true;
}

static clinfer_status make(clinfer_context *ctx, struct ci_kernel *k) {
  char *source = NULL;
  char file[64];
  snprintf(file, sizeof file, "%s.cl", k->name);
  CI_TRY(ci_source(ctx->cl_dir, file, &source));
  if (ctx->cache_dir)
    k->key = ci_cache_key(&ctx->device, k->name, k->options, source);
  clinfer_status status = CLINFER_OK;
  if (k->key == NULL || !from_cache(ctx, k))
    status = from_source(ctx, k, source);
  free(source);
  return status;
}

static void forget_runs(struct ci_kernel *k) {
  while (k->run_count > 0) clReleaseEvent(k->runs[--k->run_count].event);
  free(k->runs);
  k->runs = NULL;
}

static void destroy_kernel(struct ci_kernel *k) {
  release_program(k);
  forget_runs(k);
  free(k->name);
  free(k->options);
  free(k->key);
  pthread_mutex_destroy(&k->lock);
  free(k);
}

static clinfer_status create_kernel(clinfer_context *ctx, const char *name,
                                    const char *options,
                                    struct ci_kernel **kernel) {
  struct ci_kernel *k = calloc(1, sizeof *k);
  if (k == NULL) return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  pthread_mutex_init(&k->lock, NULL);
  k->name = strdup(name);
  k->options = strdup(options);
  clinfer_status status = CLINFER_OK;
  if (k->name == NULL || k->options == NULL)
    status = ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  else
    status = make(ctx, k);
  if (status == CLINFER_OK)
    *kernel = k;
  else
    destroy_kernel(k);
  return status;
}

static struct ci_kernel **bucket(struct ci_programs *programs, const char *name,
                                 const char *options) {
  const uint64_t h = ci_hash(options, strlen(options),
                             ci_hash(name, strlen(name), CI_HASH_START));
  return &programs->buckets[h % CI_KERNEL_BUCKETS];
}

void ci_options_text(const struct ci_kernel_id *id,
                     char text[CI_LONGEST_OPTIONS]) {
  size_t used = (size_t)snprintf(text, CI_LONGEST_OPTIONS, "-cl-std=CL1.2");
  for (size_t i = 0; i < id->option_count; i++) {
    const struct ci_option *o = &id->options[i];
    const size_t room = CI_LONGEST_OPTIONS - used;
    char *end = text + used;
    int length;
    if (o->operand)
      length = snprintf(end, room, " -D%s_TYPE=%s -DHAS_%s=1", o->name, o->word,
                        o->name);
    else if (o->word)
      length = snprintf(end, room, " -D%s=%s", o->name, o->word);
    else
      length = snprintf(end, room, " -D%s=%zu", o->name, o->number);
    assert(length >= 0 && (size_t)length < room);
    used += (size_t)length;
  }
}

clinfer_status ci_kernel_get(clinfer_context *ctx,
                             const struct ci_kernel_id *id,
                             struct ci_kernel **kernel) {
  struct ci_programs *programs = &ctx->programs;
  const char *name = id->kernel;
  char options[CI_LONGEST_OPTIONS];
  ci_options_text(id, options);
  clinfer_status status = CLINFER_OK;
  /* Held while compiling as well, so that no kernel is compiled twice. */
  pthread_mutex_lock(&programs->lock);
  struct ci_kernel **head = bucket(programs, name, options);
  struct ci_kernel *k = *head;
  while (k && (strcmp(k->name, name) || strcmp(k->options, options)))
    k = k->next;
  if (k == NULL) {
    status = create_kernel(ctx, name, options, &k);
    if (status == CLINFER_OK) k->next = *head, *head = k;
  }
  pthread_mutex_unlock(&programs->lock);
  *kernel = k;
  return status;
}

/* The binary for one device: a program from source has one for each device of
 * its cl_context. The caller frees it; NULL if it cannot be had. */
static unsigned char *read_binary(cl_program program, cl_device_id device,
                                  size_t *size) {
  cl_device_id devices[MOST_DEVICES];
  size_t sizes[MOST_DEVICES] = {0}, bytes = 0, i = 0;
  unsigned char *binaries[MOST_DEVICES] = {NULL}; /* NULL: not wanted */
  if (clGetProgramInfo(program, CL_PROGRAM_DEVICES, sizeof devices, devices,
                       &bytes) != CL_SUCCESS ||
      clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof sizes, sizes,
                       NULL) != CL_SUCCESS)
    return NULL;
  const size_t count = bytes / sizeof *devices;
  while (i < count && devices[i] != device) i++;
  if (i == count || sizes[i] == 0) return NULL;
  *size = sizes[i];
  binaries[i] = malloc(sizes[i]);
  if (binaries[i] != NULL &&
      clGetProgramInfo(program, CL_PROGRAM_BINARIES, count * sizeof *binaries,
                       binaries, NULL) != CL_SUCCESS) {
    free(binaries[i]);
    return NULL;
  }
  return binaries[i];
}

static void save(clinfer_context *ctx, struct ci_kernel *k) {
  size_t size = 0;
  unsigned char *binary = read_binary(k->program, ctx->device.id, &size);
  if (binary == NULL || !ci_cache_save(ctx->cache_dir, k->key, binary, size))
    ci_log(ctx, "cannot write %s to the cache in %s", k->name, ctx->cache_dir);
  free(binary);
  free(k->key);
  k->key = NULL;
  forget_runs(k);
}

/* PoCL compiles for a work-group size in the first run, and leaves that code
 * out of a binary read before; so no binary is read earlier than that. Nor is
 * it read during a run: PoCL 3.1 counts the users of compiled code, confuses
 * the binary's code with the run's when that ends, and aborts. */
void ci_kernel_save_if_idle(clinfer_context *ctx, struct ci_kernel *k) {
  if (k->key == NULL || !k->has_run) return;
  size_t in_flight = 0;
  for (size_t i = 0; i < k->run_count; i++)
    if (ci_is_over(k->runs[i].event))
      clReleaseEvent(k->runs[i].event);
    else
      k->runs[in_flight++] = k->runs[i];
  k->run_count = in_flight;
  if (in_flight == 0) save(ctx, k);
}

void ci_kernel_runs(struct ci_kernel *k, cl_command_queue in_order,
                    cl_event event) {
  if (k->key == NULL) return;
  k->has_run = true;
  for (size_t i = 0; i < k->run_count && in_order != NULL; i++)
    if (k->runs[i].in_order == in_order) { /* the later run ends later */
      clReleaseEvent(k->runs[i].event);
      clRetainEvent(event);
      k->runs[i].event = event;
      return;
    }
  struct ci_kernel_run *runs = realloc(k->runs,
                                       (k->run_count + 1) * sizeof *runs);
  if (runs == NULL) { /* what cannot be watched is not saved */
    free(k->key);
    k->key = NULL;
    return;
  }
  clRetainEvent(event);
  runs[k->run_count++] = (struct ci_kernel_run){in_order, event};
  k->runs = runs;
}

void ci_programs_destroy(clinfer_context *ctx) {
  for (size_t b = 0; b < CI_KERNEL_BUCKETS; b++)
    for (struct ci_kernel *k = ctx->programs.buckets[b], *next; k; k = next) {
      next = k->next;
      ci_kernel_save_if_idle(ctx, k);
      destroy_kernel(k);
    }
  pthread_mutex_destroy(&ctx->programs.lock);
}
