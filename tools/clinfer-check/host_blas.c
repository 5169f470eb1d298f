/* host_blas.c - OpenBLAS beside a CPU device, for the same GEMMs. */

#include "host_blas.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "ops.h"
#include "worker.h"

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111 }; /* CBLAS's numbers */
enum { WARM_UP = 3, RUNS = 25 };

typedef void sgemm(int order, int trans_a, int trans_b, int m, int n, int k,
                   float alpha, const float *a, int lda, const float *b,
                   int ldb, float beta, float *c, int ldc);

struct comparison {
  const struct output *out;
  const struct case_list *cases;
  const double *seconds;
  size_t *index; /* of the cases that are compared */
  sgemm *gemm;   /* in the worker */
};

static bool is_comparable(const struct test_case *c) {
  return (!strcmp(c->op->name, "linear") ||
          !strcmp(c->op->name, "vector_matmul")) &&
         c->x == CLINFER_F32 && c->p == CLINFER_F32 && c->y == CLINFER_F32;
}

/* OpenBLAS picks its kernels when it is loaded; it is to pick its best. */
static cJSON *start(void *user) {
  struct comparison *comparison = user;
  cJSON *line = cJSON_CreateObject();
  unsetenv("OPENBLAS_CORETYPE");
  void *library = dlopen("libopenblas.so.0", RTLD_NOW);
  if (library == NULL) library = dlopen("libopenblas.so", RTLD_NOW);
  if (library != NULL) {
    void *symbol = dlsym(library, "cblas_sgemm");
    memcpy(&comparison->gemm, &symbol, sizeof symbol);
  }
  if (comparison->gemm == NULL)
    cJSON_AddStringToObject(line, "error", "no OpenBLAS");
  return line;
}

static float *noise(size_t count) {
  float *v = tool_alloc(count, sizeof *v);
  for (size_t i = 0; i < count; i++)
    v[i] = (float)(i * 7919 % 2003) / 1001.5f - 1.0f;
  return v;
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median_seconds(sgemm *gemm, size_t M, size_t N, size_t K) {
  const int m = (int)M, n = (int)N, k = (int)K;
  float *a = noise(M * K), *b = noise(K * N), *c = noise(M * N);
  double runs[RUNS];
  for (int i = -WARM_UP; i < RUNS; i++) {
    const double before = tool_now();
    gemm(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, m, n, k, 1, a, k, b, n, 0, c,
         n);
    if (i >= 0) runs[i] = tool_now() - before;
  }
  free(a), free(b), free(c);
  qsort(runs, RUNS, sizeof *runs, by_value);
  return runs[RUNS / 2];
}

static cJSON *item(void *user, size_t index) {
  const struct comparison *comparison = user;
  const struct test_case *c = &comparison->cases
                                   ->items[comparison->index[index]];
  cJSON *line = cJSON_CreateObject();
  cJSON_AddNumberToObject(line, "seconds",
                          median_seconds(comparison->gemm, c->m, c->n, c->k));
  return line;
}

static void stop(void *user) { (void)user; }

/* ---- In the parent */

static bool started(void *user, const cJSON *line) {
  const struct comparison *comparison = user;
  if (cJSON_HasObjectItem(line, "error")) return false;
  fprintf(comparison->out->text, "\n%9s %9s %8s  %s\n", "GFLOP/s", "OpenBLAS",
          "ratio", "case");
  return true;
}

static void done(void *user, size_t index, const cJSON *line) {
  const struct comparison *comparison = user;
  const size_t i = comparison->index[index];
  const struct test_case *c = &comparison->cases->items[i];
  const double host = cJSON_GetNumberValue(cJSON_GetObjectItem(line,
                                                               "seconds"));
  const double flops = case_flops(c) / 1e9, device = comparison->seconds[i];
  char text[CASE_TEXT];
  case_print(c, text);
  fprintf(comparison->out->text, "%9.1f %9.1f %8.2f  %s\n", flops / device,
          flops / host, host / device, text);
}

static void lost(void *user, size_t index, bool hung, const char *how) {
  const struct comparison *comparison = user;
  (void)index;
  fprintf(comparison->out->text, "OpenBLAS %s: %s\n", hung ? "hung" : "crashed",
          how);
}

void host_blas_compare(const struct options *options, const struct output *out,
                       const struct case_list *cases, const double *seconds) {
  struct comparison comparison = {
      .out = out,
      .cases = cases,
      .seconds = seconds,
      .index = tool_alloc(cases->count + 1, sizeof(size_t))};
  struct worker_job job = {.timeout = options->timeout,
                           .user = &comparison,
                           .start = start,
                           .item = item,
                           .stop = stop,
                           .started = started,
                           .done = done,
                           .lost = lost};
  for (size_t i = 0; i < cases->count; i++)
    if (seconds[i] > 0 && is_comparable(&cases->items[i]))
      comparison.index[job.count++] = i;
  if (job.count > 0) worker_run(&job);
  free(comparison.index);
}
