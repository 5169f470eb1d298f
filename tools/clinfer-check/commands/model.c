/* model.c - run the first layer of a model and say how it went. */

#include "commands/model.h"

#include <math.h>
#include <stdlib.h>

#include "model/layer.h"

/* How far the chain of stages may be from float64, in units of half an ulp of
 * the row's largest element: a stage spreads the rounding of one element over
 * a whole row of the next. In f16 storage sets the error, in f32 the length of
 * the sums. About three times the worst seen. */
static const struct result {
  const char *name;
  size_t which;
  double f32_units, f16_units;
} results[BERT_EXPECTED] = {
    [BERT_EXPECTED_QKV] = {"PyTorch: q|k|v", LAYER_QKV, 48, 3},
    [BERT_EXPECTED_NORMALISED] = {"PyTorch: normalised", LAYER_NORMALISED, 16,
                                  3},
    [BERT_EXPECTED_OUTPUT] = {"PyTorch: output", LAYER_OUTPUT, 48, 5}};

static void compare(struct layer *l, const struct result *result,
                    const struct bert_array *expected) {
  const size_t rows = expected->rows, cols = expected->cols;
  const double share = l->dtype == CLINFER_F16 ? result->f16_units * 0x1p-11
                                               : result->f32_units * 0x1p-24;
  struct oracle_value *want = tool_alloc(rows * cols, sizeof *want);
  for (size_t r = 0; r < rows; r++) {
    const double *v = expected->v + r * cols;
    double largest = 0;
    for (size_t c = 0; c < cols; c++) largest = fmax(largest, fabs(v[c]));
    const double error = share * largest;
    for (size_t c = 0; c < cols; c++)
      want[r * cols + c] = (struct oracle_value){v[c], error};
  }
  layer_judge(l, result->name, result->which, want);
  free(want);
}

static bool run_layer(struct layer l) {
  if (layer_prepare(&l) && layer_run(&l))
    for (size_t i = 0; i < BERT_EXPECTED; i++)
      if (l.bert->expected[i].v != NULL)
        compare(&l, &results[i], &l.bert->expected[i]);
  layer_release(&l);
  return !l.failed;
}

static void print_heading(const clinfer_context *ctx, const struct bert *b,
                          FILE *out) {
  char name[256] = "", driver[256] = "";
  cl_device_id device = clinfer_context_device(ctx);
  clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof name - 1, name, NULL);
  clGetDeviceInfo(device, CL_DRIVER_VERSION, sizeof driver - 1, driver, NULL);
  fprintf(out, "device: %s, driver %s\n", name, driver);
  fprintf(out, "layer: hidden %zu, intermediate %zu, heads %zu\n", b->hidden,
          b->intermediate, b->heads);
  fprintf(out, "input: %zu sentences, %zu tokens\n\n", b->sentences, b->tokens);
  fprintf(out, "%-28s type weights  of bound      error\n", "result");
}

static int run_layers(clinfer_context *ctx, const struct bert *b, FILE *out) {
  cl_int code;
  cl_command_queue queue = clCreateCommandQueue(clinfer_context_cl(ctx),
                                                clinfer_context_device(ctx), 0,
                                                &code);
  if (code != CL_SUCCESS) {
    fprintf(stderr, "clinfer-check: clCreateCommandQueue: OpenCL error %d\n",
            code);
    return TOOL_NO_DEVICE;
  }
  print_heading(ctx, b, out);
  bool good = true;
  for (int i = 0; i < 4; i++)
    good &= run_layer((struct layer){.bert = b,
                                     .ctx = ctx,
                                     .exec = {.queue = queue},
                                     .dtype = i < 2 ? CLINFER_F32 : CLINFER_F16,
                                     .packed = i % 2,
                                     .out = out});
  clReleaseCommandQueue(queue);
  return good ? TOOL_PASSED : TOOL_FAILED;
}

static int run_on_device(const char *selector, const struct bert *b,
                         FILE *out) {
  clinfer_context *ctx;
  if (clinfer_context_open(selector, NULL, &ctx) != CLINFER_OK) {
    fprintf(stderr, "clinfer-check: %s\n", clinfer_last_error()->message);
    return TOOL_NO_DEVICE;
  }
  const int result = run_layers(ctx, b, out);
  clinfer_context_destroy(ctx);
  return result;
}

int model_run(const char *selector, const char *path, FILE *out) {
  struct bert b;
  char error[BERT_ERROR];
  int result = TOOL_INTERNAL;
  if (bert_load(path, &b, error))
    result = run_on_device(selector, &b, out);
  else
    fprintf(stderr, "clinfer-check: %s: %s\n", path, error);
  bert_free(&b);
  return result;
}
