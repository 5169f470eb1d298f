/* bench.c - the device, its queues, and its roof. */

#include "bench.h"

#include <math.h>
#include <stdio.h>

#include "lib/json.h"
#include "timing.h"

/* For CPUs a work-group is a loop, and for GPUs a warp or more. */
static const char source[] =
    "__attribute__((reqd_work_group_size(64, 1, 1)))\n"
    "__kernel void flush(__global float4 *y) {\n"
    "  y[get_global_id(0)] = (float4)(0);\n"
    "}\n"
    "__attribute__((reqd_work_group_size(64, 1, 1)))\n"
    "__kernel void copy(__global float4 *y, __global const float4 *x) {\n"
    "  y[get_global_id(0)] = x[get_global_id(0)];\n"
    "}\n"
    "__attribute__((reqd_work_group_size(64, 1, 1)))\n"
    "__kernel void empty(void) {}\n";

cl_kernel bench_kernel(const struct bench *b, const char *name) {
  const char *text = source;
  cl_int code;
  cl_program program = clCreateProgramWithSource(b->s.context, 1, &text, NULL,
                                                 &code);
  cl_kernel kernel = NULL;
  if (code == CL_SUCCESS &&
      clBuildProgram(program, 1, &b->s.device, NULL, NULL, NULL) == CL_SUCCESS)
    kernel = clCreateKernel(program, name, &code);
  if (program != NULL) clReleaseProgram(program);
  return kernel;
}

clinfer_status bench_launch(cl_command_queue queue, cl_kernel kernel,
                            size_t items, cl_event *event) {
  const size_t group = 64;
  return clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &items, &group, 0, NULL,
                                event) == CL_SUCCESS
             ? CLINFER_OK
             : CLINFER_OPENCL_ERROR;
}

/* ---- The roof */

struct copy {
  const struct bench *b;
  cl_mem to;
  cl_kernel kernel; /* NULL: the driver's own copy */
};

static clinfer_status copy(const void *user, const clinfer_exec *exec) {
  const struct copy *c = user;
  const size_t bytes = c->b->flush.bytes;
  if (c->kernel != NULL)
    return bench_launch(exec->queue, c->kernel, bytes / sizeof(cl_float4),
                        NULL);
  return clEnqueueCopyBuffer(exec->queue, c->b->flush.buffer, c->to, 0, 0,
                             bytes, 0, NULL, NULL) == CL_SUCCESS
             ? CLINFER_OK
             : CLINFER_OPENCL_ERROR;
}

static double copy_rate(struct copy c) {
  double seconds;
  const struct timed_call call = {copy, &c};
  return timing_warm(c.b, call, &seconds) == CLINFER_OK
             ? 2 * (double)c.b->flush.bytes / seconds
             : 0;
}

/* The better of two copies of a buffer that no cache holds. It was written to:
 * the pages of a new one may all be the same. */
static double measure_copies(const struct bench *b) {
  cl_int code;
  struct copy c = {.b = b};
  c.to = clCreateBuffer(b->s.context, CL_MEM_READ_WRITE, b->flush.bytes, NULL,
                        &code);
  cl_kernel kernel = bench_kernel(b, "copy");
  double best = 0;
  if (c.to != NULL && kernel != NULL) {
    bench_launch(b->plain, b->flush.kernel, b->flush.bytes / sizeof(cl_float4),
                 NULL);
    clSetKernelArg(kernel, 0, sizeof c.to, &c.to);
    clSetKernelArg(kernel, 1, sizeof b->flush.buffer, &b->flush.buffer);
    const double driver = copy_rate(c);
    c.kernel = kernel;
    best = fmax(driver, copy_rate(c));
  }
  if (kernel != NULL) clReleaseKernel(kernel);
  if (c.to != NULL) clReleaseMemObject(c.to);
  return best;
}

/* ---- Opening and closing */

static void print_heading(const struct bench *b, const cJSON *opened) {
  const cJSON *device = cJSON_GetObjectItem(opened, "device");
  const int v = clinfer_version();
  printf(
      "clinfer   %d.%d.%d%s\n"
      "device    %s  %s (%s)\n"
      "platform  %s, %s, driver %s\n"
      "copy      %.0f GB/s, read and written, of %zu MiB each\n\n",
      v / 10000, v / 100 % 100, v % 100,
      b->arguments->session.reference ? ", reference kernels" : "",
      json_text(device, "selector"), json_text(device, "name"),
      json_text(device, "vendor"), json_text(device, "platform"),
      json_text(device, "version"), json_text(device, "driver"),
      b->copy_rate / 1e9, b->flush.bytes >> 20);
}

static const char *open_flush(struct bench *b) {
  cl_int code;
  b->flush.bytes = (size_t)256 << 20;
  while (b->flush.bytes > b->s.largest) b->flush.bytes /= 2;
  b->flush.buffer = clCreateBuffer(b->s.context, CL_MEM_READ_WRITE,
                                   b->flush.bytes, NULL, &code);
  b->flush.kernel = bench_kernel(b, "flush");
  if (b->flush.buffer == NULL) return "no memory to flush caches with";
  if (b->flush.kernel == NULL) return "a kernel cannot be built";
  clSetKernelArg(b->flush.kernel, 0, sizeof b->flush.buffer, &b->flush.buffer);
  return NULL;
}

const char *bench_open(struct bench *b, const struct arguments *arguments) {
  static char why[700];
  *b = (struct bench){.arguments = arguments};
  cJSON *opened = session_open(&b->s, arguments->device, &arguments->session);
  snprintf(why, sizeof why, "%s", json_text(opened, "error"));
  const char *failed = *why != '\0' ? why : NULL;
  cl_int code;
  if (failed == NULL) {
    b->plain = clCreateCommandQueue(b->s.context, b->s.device, 0, &code);
    failed = b->plain == NULL ? "clCreateCommandQueue" : open_flush(b);
  }
  if (failed == NULL) {
    b->copy_rate = measure_copies(b);
    print_heading(b, opened);
  }
  cJSON_Delete(opened);
  return failed;
}

bool bench_is_cpu(const struct bench *b) {
  cl_device_type type = 0;
  clGetDeviceInfo(b->s.device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
  return type & CL_DEVICE_TYPE_CPU;
}

void bench_close(struct bench *b) {
  if (b->flush.kernel != NULL) clReleaseKernel(b->flush.kernel);
  if (b->flush.buffer != NULL) clReleaseMemObject(b->flush.buffer);
  if (b->plain != NULL) clReleaseCommandQueue(b->plain);
  session_close(&b->s);
}
