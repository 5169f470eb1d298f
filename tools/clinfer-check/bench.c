/* bench.c - time the operators against the device's roof. */

#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "bench_case.h"
#include "device_run.h"
#include "host_blas.h"
#include "json.h"
#include "roof.h"
#include "worker.h"

/* The GEMM of each type comes first: it may raise the roof of the others. */
static const char *const texts[] = {
    "vector_matmul:f32:m=2048,k=2048,n=2048,pack=1",
    "vector_matmul:f16:m=2048,k=2048,n=2048,pack=1",
    "bias_activation:f32:m=512,k=3072,act=gelu_erf",
    "bias_activation:f16:m=512,k=3072,act=gelu_erf",
    "layer_norm:f32:m=128,k=768",
    "layer_norm:f32:m=4096,k=1024",
    "layer_norm:f16:m=128,k=768",
    "layer_norm:f16:m=4096,k=1024",
    "layer_norm_residual:f32:m=4096,k=1024",
    "layer_norm_residual:f16:m=4096,k=1024",
    "rms_norm:f32:m=4096,k=1024",
    "rms_norm:f16:m=4096,k=1024",
    "residual_add:f32:m=4096,k=1024",
    "residual_add:f16:m=4096,k=1024",
    "linear:f32:m=1,k=768,n=3072,pack=1",
    "linear:f32:m=128,k=768,n=768,pack=1",
    "linear:f32:m=128,k=768,n=3072,pack=1",
    "linear:f32:m=128,k=768,n=3072,act=gelu_erf,pack=1",
    "linear:f32:m=128,k=3072,n=768,pack=1",
    "linear:f32:m=512,k=1024,n=1024,pack=1",
    "linear:f32:m=512,k=1024,n=4096,pack=1",
    "linear:f32:m=512,k=1024,n=4096,act=gelu_erf,pack=1",
    "linear:f16:m=1,k=768,n=3072,pack=1",
    "linear:f16:m=128,k=768,n=3072,act=gelu_erf,pack=1",
    "linear:f16:m=512,k=1024,n=4096,act=gelu_erf,pack=1",
    "fused_gemm_gelu:f32:m=128,k=768,n=3072,pack=1",
    "fused_gemm_gelu:f16:m=128,k=768,n=3072,pack=1",
    "qkv_gemm:f32:m=128,k=768,n=2304,pack=1",
    "qkv_gemm:f16:m=128,k=768,n=2304,pack=1",
    "mlp_gemm:f32:m=128,k=768,n=3072,act=gelu_erf,pack=1",
    "mlp_gemm:f16:m=128,k=768,n=3072,act=gelu_erf,pack=1",
    "mlp_gemm:f32:m=512,k=1024,n=4096,act=gelu_erf,pack=1",
    "mlp_gemm:f16:m=512,k=1024,n=4096,act=gelu_erf,pack=1",
};

struct bench {
  struct device_run run;
  struct case_list cases;
  struct roof roof;           /* in the parent, from here on */
  double first_ms, steady_ms; /* of all cases: their first calls and others */
  double *seconds;            /* of each case, a call */
};

/* In the worker: item 0 is the roof. */
static cJSON *item(void *user, size_t index) {
  const struct bench *bench = user;
  if (index == 0) return roof_measure(&bench->run.session);
  return bench_case(&bench->run.session, &bench->cases.items[index - 1]);
}

/* ---- In the parent */

static void case_text(const struct bench *bench, size_t index,
                      char text[CASE_TEXT]) {
  if (index == 0)
    snprintf(text, CASE_TEXT, "the roof");
  else
    case_print(&bench->cases.items[index - 1], text);
}

static void show_progress(const struct bench *bench, size_t index) {
  char text[CASE_TEXT] = "";
  if (index <= bench->cases.count) case_text(bench, index, text);
  output_progress(bench->run.out, index, bench->cases.count + 1, text);
}

static void print_roof(struct bench *bench, const cJSON *line) {
  FILE *out = bench->run.out->text;
  roof_from_json(line, &bench->roof);
  fprintf(out, "copy     ");
  for (int i = 0; i < ROOF_SIZES; i++)
    if (bench->roof.bytes_per_s[i] > 0)
      fprintf(out, "%s %.0f GB/s (%.0f MiB)", i ? "," : "",
              bench->roof.bytes_per_s[i] / 1e9,
              bench->roof.bytes[i] / (1 << 20));
  fprintf(out,
          "\nfma       %.0f GFLOP/s; a faster GEMM below replaces it as roof\n"
          "\n%9s %9s %9s %8s %8s  %-13s %s\n",
          bench->roof.flops_f32 / 1e9, "first ms", "wall us", "event us",
          "GFLOP/s", "GB/s", "of roof", "case");
}

/* Adds what only the parent knows, for the file and for the text. */
static void print_case(struct bench *bench, const struct test_case *c,
                       cJSON *line) {
  const double seconds = json_number(line, "wall_us", 0) * 1e-6,
               flops = json_number(line, "flops", 0),
               bytes = json_number(line, "bytes", 0);
  double *most = c->x == CLINFER_F16 ? &bench->roof.flops_f16
                                     : &bench->roof.flops_f32;
  if (flops / seconds > *most) *most = flops / seconds;
  bool memory;
  const double share = roof_seconds(&bench->roof, flops, bytes, c->x, &memory) /
                       seconds;
  bench->first_ms += json_number(line, "first_ms", 0);
  bench->steady_ms += seconds * 1e3;
  cJSON_AddNumberToObject(line, "roof_share", share);
  cJSON_AddStringToObject(line, "roof", memory ? "memory" : "compute");

  char text[CASE_TEXT];
  case_print(c, text);
  char gflops[16] = "-"; /* only GEMMs' are counted */
  if (flops > 0) snprintf(gflops, sizeof gflops, "%.1f", flops / seconds / 1e9);
  fprintf(bench->run.out->text,
          "%9.1f %9.1f %9.1f %8s %8.1f  %4.0f%% %-7s %s\n",
          json_number(line, "first_ms", 0), seconds * 1e6,
          json_number(line, "event_us", 0), gflops, bytes / seconds / 1e9,
          share * 100, memory ? "memory" : "compute", text);
}

static void print_loss(struct bench *bench, size_t index, const char *verdict,
                       const char *why) {
  char text[CASE_TEXT];
  case_text(bench, index, text);
  fprintf(bench->run.out->text, "%9s %s: %s\n", verdict, text, why);
}

static void done(void *user, size_t index, const cJSON *read_only) {
  struct bench *bench = user;
  cJSON *line = cJSON_Duplicate(read_only, true);
  const char *message = json_text(line, "message");
  output_progress(bench->run.out, 0, 0, "");
  if (*message != '\0') {
    print_loss(bench, index, "FAIL", message);
    bench->run.exit_code = tool_worse(bench->run.exit_code, TOOL_FAILED);
  } else if (index == 0) {
    print_roof(bench, line);
  } else {
    print_case(bench, &bench->cases.items[index - 1], line);
    bench->seconds[index - 1] = json_number(line, "wall_us", 0) * 1e-6;
    bench->run.exit_code = tool_worse(bench->run.exit_code, TOOL_PASSED);
  }
  fflush(bench->run.out->text);
  output_json(bench->run.out, line);
  cJSON_Delete(line);
  show_progress(bench, index + 1);
}

static void lost(void *user, size_t index, bool hung, const char *how) {
  struct bench *bench = user;
  if (!device_run_lost(&bench->run, index, how))
    print_loss(bench, index, hung ? "TIMEOUT" : "CRASH", how);
}

static bool is_cpu(const cJSON *opened) {
  const char *type = cJSON_GetStringValue(
      cJSON_GetObjectItem(cJSON_GetObjectItem(opened, "device"), "type"));
  return type != NULL && !strcmp(type, "CPU");
}

int bench_device(const struct options *options, const struct output *out,
                 const char *selector) {
  struct bench bench = {
      .run = {.options = options,
              .out = out,
              .asked = selector,
              .exit_code = TOOL_SKIPPED},
      .cases = cases_select_from(options, texts, TOOL_COUNT(texts))};
  if (bench.cases.count == 0) return TOOL_USAGE;
  const struct worker_job job = {.count = bench.cases.count + 1,
                                 .timeout = options->timeout,
                                 .user = &bench,
                                 .start = device_run_start,
                                 .item = item,
                                 .stop = device_run_stop,
                                 .started = device_run_started,
                                 .done = done,
                                 .lost = lost};
  bench.seconds = tool_alloc(bench.cases.count, sizeof *bench.seconds);
  worker_run(&job);
  if (is_cpu(bench.run.opened))
    host_blas_compare(options, out, &bench.cases, bench.seconds);
  if (bench.run.opened != NULL)
    fprintf(out->text,
            "\nopening the device: %.0f ms; all first calls (kernels built or "
            "loaded): %.0f ms; the same calls later: %.0f ms\n",
            json_number(bench.run.opened, "open_ms", 0), bench.first_ms,
            bench.steady_ms);
  cJSON_Delete(bench.run.opened), free(bench.cases.items);
  free(bench.seconds);
  return bench.run.exit_code;
}
