/* roof.c - measure copies and multiply-adds. */

#include "roof.h"

#include <stdio.h>
#include <string.h>

#include "json.h"

static const char source[] =
    "__kernel void copy(__global const float4 *x, __global float4 *y) {\n"
    "  y[get_global_id(0)] = x[get_global_id(0)];\n"
    "}\n"
    "/* Eight chains, so that the latency of one is hidden by the others. */\n"
    "__kernel void rate(__global V *y, float a, float b, int steps) {\n"
    "  const V m = (V)(a), c = (V)(b);\n"
    "  V s0 = (V)(get_global_id(0)), s1 = s0 + c, s2 = s1 + c, s3 = s2 + c;\n"
    "  V s4 = s3 + c, s5 = s4 + c, s6 = s5 + c, s7 = s6 + c;\n"
    "  for (int i = 0; i < steps; i++) {\n"
    "    s0 = fma(s0, m, c); s1 = fma(s1, m, c);\n"
    "    s2 = fma(s2, m, c); s3 = fma(s3, m, c);\n"
    "    s4 = fma(s4, m, c); s5 = fma(s5, m, c);\n"
    "    s6 = fma(s6, m, c); s7 = fma(s7, m, c);\n"
    "  }\n"
    "  y[get_global_id(0)] = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;\n"
    "}\n";

enum { CHAINS = 8, STEPS = 1 << 16, TRIES = 7 };

/* CPUs want a wide vector an item, GPUs many items; the best one counts. */
static const struct shape {
  const char *options;
  size_t width, group;
} shapes[] = {
    {"-DV=float16", 16, 1}, {"-DV=float4", 4, 64}, {"-DV=float", 1, 256}};

static cl_kernel build(const struct session *s, const char *options,
                       const char *name) {
  const char *text = source;
  cl_int code;
  cl_program program = clCreateProgramWithSource(s->context, 1, &text, NULL,
                                                 &code);
  cl_kernel kernel = NULL;
  if (code == CL_SUCCESS &&
      clBuildProgram(program, 1, &s->device, options, NULL, NULL) == CL_SUCCESS)
    kernel = clCreateKernel(program, name, &code);
  if (program != NULL) clReleaseProgram(program);
  return kernel;
}

/* Seconds of one of `calls` launches back to back, at best; 0 if one failed.
 * Without a kernel it copies x to y. */
struct launch {
  cl_kernel kernel;
  size_t global, local;
  cl_mem x, y;
  size_t bytes;
};

static double best_time(const struct session *s, const struct launch *l,
                        size_t calls) {
  double best = 0;
  for (int attempt = 0; attempt < TRIES; attempt++) {
    const double start = tool_now();
    for (size_t i = 0; i < calls; i++) {
      const cl_int code = l->kernel != NULL
                              ? clEnqueueNDRangeKernel(s->queue, l->kernel, 1,
                                                       NULL, &l->global,
                                                       &l->local, 0, NULL, NULL)
                              : clEnqueueCopyBuffer(s->queue, l->x, l->y, 0, 0,
                                                    l->bytes, 0, NULL, NULL);
      if (code != CL_SUCCESS) return 0;
    }
    if (clFinish(s->queue) != CL_SUCCESS) return 0;
    const double seconds = (tool_now() - start) / (double)calls;
    if (attempt > 0 && (best == 0 || seconds < best)) best = seconds;
  }
  return best;
}

static double flops_of_shape(const struct session *s, const struct shape *shape,
                             size_t units) {
  const size_t items = units * 16 * shape->group;
  cl_int code;
  struct launch l = {.kernel = build(s, shape->options, "rate"),
                     .global = items,
                     .local = shape->group,
                     .bytes = items * shape->width * sizeof(float)};
  l.y = clCreateBuffer(s->context, CL_MEM_WRITE_ONLY, l.bytes, NULL, &code);
  double rate = 0;
  if (l.kernel != NULL && code == CL_SUCCESS) {
    const float a = 0.999f, b = 0.001f;
    const cl_int steps = STEPS;
    clSetKernelArg(l.kernel, 0, sizeof l.y, &l.y);
    clSetKernelArg(l.kernel, 1, sizeof a, &a);
    clSetKernelArg(l.kernel, 2, sizeof b, &b);
    clSetKernelArg(l.kernel, 3, sizeof steps, &steps);
    const double seconds = best_time(s, &l, 1);
    const double flops = 2.0 * CHAINS * STEPS * (double)(items * shape->width);
    if (seconds > 0) rate = flops / seconds;
  }
  if (l.kernel != NULL) clReleaseKernel(l.kernel);
  if (l.y != NULL) clReleaseMemObject(l.y);
  return rate;
}

static double best_flops(const struct session *s) {
  cl_uint units = 1;
  clGetDeviceInfo(s->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units,
                  NULL);
  double best = 0;
  for (size_t i = 0; i < TOOL_COUNT(shapes); i++) {
    const double rate = flops_of_shape(s, &shapes[i], units);
    if (rate > best) best = rate;
  }
  return best;
}

/* Reads half of `touched` bytes and writes the other half. */
static double copy_rate(const struct session *s, cl_kernel kernel,
                        size_t touched) {
  enum { GROUP = 64, SMALL = 1 << 20 };
  cl_int x_code, y_code;
  struct launch l = {.local = GROUP, .bytes = touched / 2};
  l.global = l.bytes / (4 * sizeof(float));
  l.x = clCreateBuffer(s->context, CL_MEM_READ_WRITE, l.bytes, NULL, &x_code);
  l.y = clCreateBuffer(s->context, CL_MEM_READ_WRITE, l.bytes, NULL, &y_code);
  double seconds = 0;
  if (x_code == CL_SUCCESS && y_code == CL_SUCCESS) {
    const size_t calls = touched <= 16 * SMALL ? 16 : 2;
    const float zero = 0;
    clEnqueueFillBuffer(s->queue, l.x, &zero, sizeof zero, 0, l.bytes, 0, NULL,
                        NULL);
    seconds = best_time(s, &l, calls);
    if ((l.kernel = kernel) != NULL) {
      clSetKernelArg(kernel, 0, sizeof l.x, &l.x);
      clSetKernelArg(kernel, 1, sizeof l.y, &l.y);
      const double by_kernel = best_time(s, &l, calls);
      if (by_kernel > 0 && (seconds == 0 || by_kernel < seconds))
        seconds = by_kernel;
    }
  }
  if (l.x != NULL) clReleaseMemObject(l.x);
  if (l.y != NULL) clReleaseMemObject(l.y);
  return seconds > 0 ? (double)touched / seconds : 0;
}

cJSON *roof_measure(const struct session *s) {
  cJSON *line = cJSON_CreateObject();
  cJSON_AddStringToObject(line, "type", "roof");
  cJSON_AddNumberToObject(line, "flops", best_flops(s));
  cJSON *copies = cJSON_AddArrayToObject(line, "copies");
  cl_kernel kernel = build(s, shapes[0].options, "copy");
  size_t bytes = 1 << 20;
  for (int i = 0; i < ROOF_SIZES && bytes / 2 <= s->largest; i++, bytes *= 4) {
    cJSON *copy = cJSON_CreateObject();
    cJSON_AddNumberToObject(copy, "bytes", (double)bytes);
    cJSON_AddNumberToObject(copy, "bytes_per_s", copy_rate(s, kernel, bytes));
    cJSON_AddItemToArray(copies, copy);
  }
  if (kernel != NULL) clReleaseKernel(kernel);
  return line;
}

void roof_from_json(const cJSON *line, struct roof *roof) {
  *roof = (struct roof){0};
  roof->flops_f32 = roof->flops_f16 = json_number(line, "flops", 0);
  const cJSON *copies = cJSON_GetObjectItem(line, "copies"), *copy;
  size_t i = 0;
  cJSON_ArrayForEach(copy, copies) {
    if (i == ROOF_SIZES) break;
    roof->bytes[i] = json_number(copy, "bytes", 0);
    roof->bytes_per_s[i++] = json_number(copy, "bytes_per_s", 0);
  }
}

double roof_seconds(const struct roof *roof, double flops, double bytes,
                    clinfer_dtype dtype, bool *memory) {
  /* What is touched at a rate in a large piece is so in a small one. */
  double rate = 0;
  for (int i = 0; i < ROOF_SIZES; i++)
    if ((roof->bytes[i] >= bytes || i == ROOF_SIZES - 1) &&
        roof->bytes_per_s[i] > rate)
      rate = roof->bytes_per_s[i];
  const double moving = rate > 0 ? bytes / rate : 0;
  const double most = dtype == CLINFER_F16 ? roof->flops_f16 : roof->flops_f32;
  const double computing = most > 0 ? flops / most : 0;
  *memory = moving >= computing;
  return *memory ? moving : computing;
}
