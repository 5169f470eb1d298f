/* host_blas.c - OpenBLAS beside a CPU device, for the same GEMMs. */

#include "host_blas.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111 }; /* CBLAS's numbers */
enum { WARM_UP = 3, RUNS = 25 };

typedef void sgemm(int order, int trans_a, int trans_b, int m, int n, int k,
                   float alpha, const float *a, int lda, const float *b,
                   int ldb, float beta, float *c, int ldc);

void host_blas_add(struct host_blas *blas, const struct test_case *c,
                   double seconds) {
  const bool gemm = op_uses(c->op) & USES(WEIGHT) &&
                    !(op_uses(c->op) & (USES(WEIGHT_OUT) | USES(GAMMA)));
  if (!gemm || c->x != CLINFER_F32) return;
  struct host_gemm *gemms = realloc(blas->gemms,
                                    (blas->count + 1) * sizeof *gemms);
  if (gemms == NULL) return;
  blas->gemms = gemms;
  gemms[blas->count++] = (struct host_gemm){*c, seconds};
}

void host_blas_free(struct host_blas *blas) { free(blas->gemms); }

/* OpenBLAS picks its kernels when it is loaded; it is to pick its best. */
static sgemm *load(void) {
  sgemm *gemm = NULL;
  unsetenv("OPENBLAS_CORETYPE");
  void *library = dlopen("libopenblas.so.0", RTLD_NOW);
  if (library == NULL) library = dlopen("libopenblas.so", RTLD_NOW);
  if (library != NULL) {
    void *symbol = dlsym(library, "cblas_sgemm");
    memcpy(&gemm, &symbol, sizeof symbol);
  }
  return gemm;
}

static float *noise(size_t count) {
  float *v = tool_alloc(count, sizeof *v);
  for (size_t i = 0; i < count; i++)
    v[i] = (float)(i * 7919 % 2003) / 1001.5f - 1.0f;
  return v;
}

static double median_seconds(sgemm *gemm, const struct test_case *of) {
  const int m = (int)of->m, n = (int)of->n, k = (int)of->k;
  float *a = noise(of->m * of->k), *b = noise(of->k * of->n),
        *c = noise(of->m * of->n);
  double runs[RUNS];
  for (int i = -WARM_UP; i < RUNS; i++) {
    const double before = tool_now();
    gemm(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, m, n, k, 1, a, k, b, n, 0, c,
         n);
    if (i >= 0) runs[i] = tool_now() - before;
  }
  free(a), free(b), free(c);
  return tool_median(runs, RUNS);
}

void host_blas_compare(const struct host_blas *blas) {
  sgemm *gemm = blas->count > 0 ? load() : NULL;
  if (gemm == NULL) return;
  printf("\n%9s %9s %8s  %s\n", "GFLOP/s", "OpenBLAS", "ratio", "case, warm");
  for (size_t i = 0; i < blas->count; i++) {
    const struct test_case *c = &blas->gemms[i].c;
    const double flops = case_flops(c) / 1e9, ours = blas->gemms[i].seconds;
    const double theirs = median_seconds(gemm, c);
    char text[CASE_TEXT];
    case_print(c, text);
    printf("%9.1f %9.1f %8.2f  %s\n", flops / ours, flops / theirs,
           theirs / ours, text);
    fflush(stdout);
  }
}
