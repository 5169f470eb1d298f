/* anchors.c - time the GEMMs of OpenBLAS or oneDNN on this CPU, in f32.
 *
 *   anchors openblas|onednn MxNxK...
 *
 * Prints "library gemm MxNxK microseconds" for each shape, the median of calls
 * in a row. oneDNN's weights are packed beforehand, as clinfer's are. OpenBLAS
 * and oneDNN run in processes of their own: their threads spin for a while
 * after each call, and would take the other's cores. */

#define _POSIX_C_SOURCE 200809L

#include <cblas.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_CALLS = 501, WARM_UP = 3 };

struct gemm {
  int m, n, k;
  float *a, *w, *c; /* row-major */
  dnnl_stream_t stream;
  dnnl_primitive_t matmul;
  dnnl_exec_arg_t args[3];
};

static void check(bool fine, const char *what) {
  if (fine) return;
  fprintf(stderr, "anchors: %s failed\n", what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static float *noise(size_t count) {
  float *v = malloc(count * sizeof *v);
  check(v != NULL, "malloc");
  for (size_t i = 0; i < count; i++)
    v[i] = (float)(i * 7919 % 2003) / 1001.5f - 1.0f;
  return v;
}

static void run_openblas(const struct gemm *g) {
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, g->m, g->n, g->k, 1,
              g->a, g->k, g->w, g->n, 0, g->c, g->n);
}

static void run_onednn(const struct gemm *g) {
  dnnl_primitive_execute(g->matmul, g->stream, 3, g->args);
  dnnl_stream_wait(g->stream);
}

static dnnl_memory_desc_t layout(int rows, int cols, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t desc;
  const dnnl_dims_t dims = {rows, cols};
  check(!dnnl_memory_desc_init_by_tag(&desc, 2, dims, dnnl_f32, tag),
        "dnnl_memory_desc_init_by_tag");
  return desc;
}

static dnnl_memory_t memory(const dnnl_memory_desc_t *desc, dnnl_engine_t e,
                            void *at) {
  dnnl_memory_t m;
  check(!dnnl_memory_create(&m, desc, e, at), "dnnl_memory_create");
  return m;
}

/* Pack the weight in the order that the matmul asks for. */
static void prepare_onednn(struct gemm *g, dnnl_engine_t e) {
  const dnnl_memory_desc_t a = layout(g->m, g->k, dnnl_ab);
  const dnnl_memory_desc_t w = layout(g->k, g->n, dnnl_ab);
  const dnnl_memory_desc_t any = layout(g->k, g->n, dnnl_format_tag_any);
  const dnnl_memory_desc_t c = layout(g->m, g->n, dnnl_ab);
  dnnl_matmul_desc_t desc;
  dnnl_primitive_desc_t matmul, reorder;
  check(!dnnl_stream_create(&g->stream, e, dnnl_stream_default_flags) &&
            !dnnl_matmul_desc_init(&desc, &a, &any, NULL, &c) &&
            !dnnl_primitive_desc_create(&matmul, &desc, NULL, e, NULL) &&
            !dnnl_primitive_create(&g->matmul, matmul),
        "oneDNN's matmul");
  const dnnl_memory_desc_t
      *chosen = dnnl_primitive_desc_query_md(matmul, dnnl_query_weights_md, 0);
  const dnnl_memory_t plain = memory(&w, e, g->w);
  const dnnl_memory_t packed = memory(chosen, e, DNNL_MEMORY_ALLOCATE);
  dnnl_primitive_t pack;
  const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, plain},
                                  {DNNL_ARG_TO, packed}};
  check(!dnnl_reorder_primitive_desc_create(&reorder, &w, e, chosen, e, NULL) &&
            !dnnl_primitive_create(&pack, reorder) &&
            !dnnl_primitive_execute(pack, g->stream, 2, args) &&
            !dnnl_stream_wait(g->stream),
        "packing for oneDNN");
  g->args[0] = (dnnl_exec_arg_t){DNNL_ARG_SRC, memory(&a, e, g->a)};
  g->args[1] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS, packed};
  g->args[2] = (dnnl_exec_arg_t){DNNL_ARG_DST, memory(&c, e, g->c)};
}

static double median(const struct gemm *g, void (*run)(const struct gemm *)) {
  static double times[MOST_CALLS];
  const double start = now();
  int count = 0;
  for (int i = 0; i < WARM_UP; i++) run(g);
  while (count < 9 || (count < MOST_CALLS && now() - start < 0.4e6)) {
    const double begin = now();
    run(g);
    times[count++] = now() - begin;
  }
  qsort(times, (size_t)count, sizeof *times, by_value);
  return times[count / 2];
}

int main(int argc, char **argv) {
  const bool onednn = argc > 1 && !strcmp(argv[1], "onednn");
  dnnl_engine_t engine;
  check(onednn || (argc > 1 && !strcmp(argv[1], "openblas")), "the command");
  check(!dnnl_engine_create(&engine, dnnl_cpu, 0), "dnnl_engine_create");
  for (int i = 2; i < argc; i++) {
    struct gemm g = {0}; /* nothing is freed: the process soon ends */
    check(sscanf(argv[i], "%dx%dx%d", &g.m, &g.n, &g.k) == 3, argv[i]);
    g.a = noise((size_t)g.m * (size_t)g.k);
    g.w = noise((size_t)g.n * (size_t)g.k);
    g.c = noise((size_t)g.m * (size_t)g.n);
    if (onednn) prepare_onednn(&g, engine);
    printf("%s gemm %s %.1f\n", argv[1], argv[i],
           median(&g, onednn ? run_onednn : run_openblas));
  }
  return 0;
}
