/* build.c - the program of one kernel: from the cache folder, else compiled. */

#include "program/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/cache.h"
#include "program/retarget.h"
#include "program/source.h"

/* Whatever the driver says about the build; the caller frees it. NULL if there
 * is no memory for it. */
static char *read_log(struct ci_programs *programs, const struct ci_kernel *k) {
  size_t length = 0;
  clGetProgramBuildInfo(k->program, programs->device->id, CL_PROGRAM_BUILD_LOG,
                        0, NULL, &length);
  char *log = calloc(1, length + 1); /* a buffer too small gets nothing */
  if (log != NULL)
    clGetProgramBuildInfo(k->program, programs->device->id,
                          CL_PROGRAM_BUILD_LOG, length, log, NULL);
  return log;
}

static clinfer_status refuse(struct ci_programs *programs,
                             const struct ci_kernel *k, cl_int code) {
  char *log = read_log(programs, k);
  const bool is_silent = log == NULL || strstr(log, "error") == NULL,
             is_pocl = ci_is_pocl(programs->device->platform);
  ci_fail(CLINFER_BUILD_FAILED, code,
          "%s.cl does not build (clBuildProgram gave %d%s) with %s",
          ci_kernel_name(k), code, is_pocl && is_silent ? ci_pocl_hint : "",
          k->options);
  if (log != NULL) {
    size_t size;
    char *last = ci_build_log(&size);
    snprintf(last, size, "%s", log);
  }
  free(log);
  return CLINFER_BUILD_FAILED;
}

static clinfer_status build(struct ci_programs *programs,
                            const struct ci_kernel *k) {
  const cl_int code = clBuildProgram(k->program, 1, &programs->device->id,
                                     k->options, NULL, NULL);
  switch (code) {
    case CL_BUILD_PROGRAM_FAILURE:
    case CL_INVALID_BUILD_OPTIONS:
    case CL_COMPILER_NOT_AVAILABLE:
      return refuse(programs, k, code);
    default: /* what does not lie in the kernel may pass */
      return ci_cl_for(code, "clBuildProgram", ci_kernel_name(k));
  }
}

void ci_build_release(struct ci_kernel *k) {
  if (k->kernel) clReleaseKernel(k->kernel);
  if (k->program) clReleaseProgram(k->program);
  k->kernel = NULL;
  k->program = NULL;
}

/* A kernel has the path of its file for a name. */
cl_kernel ci_build_kernel(const struct ci_kernel *k, cl_int *code) {
  char name[64];
  snprintf(name, sizeof name, "%s", ci_kernel_name(k));
  for (char *c = name; *c; c++)
    if (*c == '/') *c = '_';
  return clCreateKernel(k->program, name, code);
}

/* Build k->program and make its kernel; on failure both are gone again. */
static clinfer_status finish(struct ci_programs *programs,
                             struct ci_kernel *k) {
  cl_int code;
  clinfer_status status = build(programs, k);
  if (status == CLINFER_OK) {
    k->kernel = ci_build_kernel(k, &code);
    if (k->kernel == NULL) status = ci_cl(code, "clCreateKernel");
  }
  if (status != CLINFER_OK) ci_build_release(k);
  return status;
}

/* What a driver tells of a program: a program from source has a binary for each
 * device of its cl_context. */
struct listed {
  cl_device_id *devices;
  size_t *sizes;
  unsigned char **binaries; /* NULL: not wanted */
};

static clinfer_status ask(cl_program program, cl_program_info what, size_t size,
                          void *answer) {
  return ci_cl(clGetProgramInfo(program, what, size, answer, NULL),
               "clGetProgramInfo");
}

static clinfer_status read_listed(cl_program program, cl_device_id device,
                                  cl_uint count, struct listed in,
                                  unsigned char **binary, size_t *size) {
  size_t i;
  CI_TRY(ask(program, CL_PROGRAM_DEVICES, count * sizeof *in.devices,
             in.devices));
  CI_TRY(ask(program, CL_PROGRAM_BINARY_SIZES, count * sizeof *in.sizes,
             in.sizes));
  CI_TRY(ci_device_index(device, in.devices, count, &i));
  if (i == count || in.sizes[i] == 0)
    return ci_fail(CLINFER_UNSUPPORTED, 0, "the driver gives no binary");
  in.binaries[i] = malloc(in.sizes[i]);
  if (in.binaries[i] == NULL)
    return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  const clinfer_status status = ask(program, CL_PROGRAM_BINARIES,
                                    count * sizeof *in.binaries, in.binaries);
  if (status != CLINFER_OK) {
    free(in.binaries[i]);
    return status;
  }
  *binary = in.binaries[i];
  *size = in.sizes[i];
  return CLINFER_OK;
}

/* The binary for one device; the caller frees it. */
static clinfer_status read_binary(cl_program program, cl_device_id device,
                                  unsigned char **binary, size_t *size) {
  cl_uint count;
  struct listed in;
  CI_TRY(ask(program, CL_PROGRAM_NUM_DEVICES, sizeof count, &count));
  void *memory = calloc(count, sizeof *in.devices + sizeof *in.sizes +
                                   sizeof *in.binaries);
  if (memory == NULL)
    return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  in.devices = memory;
  in.sizes = (size_t *)(void *)(in.devices + count);
  in.binaries = (unsigned char **)(void *)(in.sizes + count);
  const clinfer_status status = read_listed(program, device, count, in, binary,
                                            size);
  free(memory);
  return status;
}

/* k->program from what a driver handed out, in place of any other. */
static clinfer_status from_bytes(struct ci_programs *programs,
                                 struct ci_kernel *k, const void *bytes,
                                 size_t size) {
  const unsigned char *binary = bytes;
  cl_int code;
  ci_build_release(k);
  k->program = clCreateProgramWithBinary(programs->cl, 1, &programs->device->id,
                                         &size, &binary, NULL, &code);
  return k->program ? CLINFER_OK : ci_cl(code, "clCreateProgramWithBinary");
}

/* The program with the instructions that its source hides from the compiler. */
static clinfer_status retarget(struct ci_programs *programs,
                               struct ci_kernel *k) {
  unsigned char *ptx;
  size_t size;
  CI_TRY(build(programs, k));
  CI_TRY(read_binary(k->program, programs->device->id, &ptx, &size));
  char *text = ci_retarget((const char *)ptx, size, &size);
  free(ptx);
  if (text == NULL) return clinfer_last_error()->status;
  const clinfer_status status = from_bytes(programs, k, text, size);
  free(text);
  return status;
}

static clinfer_status from_source(struct ci_programs *programs,
                                  struct ci_kernel *k, const char *source) {
  cl_int code;
  k->program = clCreateProgramWithSource(programs->cl, 1, &source, NULL, &code);
  if (k->program == NULL) return ci_cl(code, "clCreateProgramWithSource");
  if (strstr(source, CI_RETARGET_MARK)) CI_TRY(retarget(programs, k));
  CI_TRY(finish(programs, k));
  ci_log(&programs->log, "built %s %s", ci_kernel_name(k), k->options);
  return CLINFER_OK;
}

/* Whatever is wrong with a cached binary, the answer is to compile. */
static bool from_cache(struct ci_programs *programs, struct ci_kernel *k) {
  struct ci_binary binary;
  if (!ci_cache_load(programs->cache_dir, k->key, &binary)) return false;
  const clinfer_error before = *clinfer_last_error();
  clinfer_status status = from_bytes(programs, k, binary.bytes, binary.size);
  free(binary.file);
  if (status == CLINFER_OK) status = finish(programs, k);
  if (status != CLINFER_OK) {
    ci_log(&programs->log, "the driver refused the cached %s",
           ci_kernel_name(k));
    ci_restore_error(&before);
    return false;
  }
  ci_log(&programs->log, "loaded %s %s", ci_kernel_name(k), k->options);
  k->is_loaded = true;
  return true;
}

static clinfer_status compile(struct ci_programs *programs, struct ci_kernel *k,
                              const char *source) {
  CI_TRY(from_source(programs, k, source));
  if (k->key && !programs->device->binary_after_run) ci_build_save(programs, k);
  return CLINFER_OK;
}

static clinfer_status source_of(const struct ci_programs *programs,
                                const struct ci_kernel *k, char **source) {
  char file[64];
  snprintf(file, sizeof file, "%s.cl", ci_kernel_name(k));
  return ci_source(programs->cl_dir, file, source);
}

clinfer_status ci_build(struct ci_programs *programs, struct ci_kernel *k) {
  char *source = NULL;
  CI_TRY(source_of(programs, k, &source));
  if (programs->cache_dir && !programs->kept_by_platform)
    k->key = ci_cache_key(programs->device, ci_kernel_name(k), k->options,
                          source);
  clinfer_status status = CLINFER_OK;
  if (k->key == NULL || !from_cache(programs, k))
    status = compile(programs, k, source);
  free(source);
  return status;
}

bool ci_build_again(struct ci_programs *programs, struct ci_kernel *k) {
  struct ci_kernel fresh = {.id = k->id, .options = k->options};
  char *source = NULL;
  clinfer_status status = source_of(programs, k, &source);
  if (status == CLINFER_OK) status = from_source(programs, &fresh, source);
  free(source);
  if (status != CLINFER_OK) {
    ci_build_release(&fresh);
    return false;
  }
  ci_build_release(k);
  k->program = fresh.program;
  k->kernel = fresh.kernel;
  ci_cache_remove(programs->cache_dir, k->key);
  if (!programs->device->binary_after_run) ci_build_save(programs, k);
  return true;
}

void ci_build_save(struct ci_programs *programs, struct ci_kernel *k) {
  const clinfer_error before = *clinfer_last_error();
  unsigned char *binary = NULL;
  size_t size;
  if (read_binary(k->program, programs->device->id, &binary, &size) !=
          CLINFER_OK ||
      !ci_cache_save(programs->cache_dir, k->key, binary, size))
    ci_log(&programs->log, "cannot write %s to the cache in %s",
           ci_kernel_name(k), programs->cache_dir);
  ci_restore_error(&before);
  free(binary);
  free(k->key);
  k->key = NULL;
}
