/* test_verdicts.c - what becomes of a self-test's verdict: in memory, on disk,
 * among threads. */

#define _POSIX_C_SOURCE 200809L

#include "invented.h"
#include "invented_gemms.h"
#include "tester.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "files.h"

static bool is_used(clinfer_context *ctx, clinfer_dtype dtype) {
  const struct ci_problem gemm = invented_gemm(5, dtype);
  return invented_is_used(ctx, &gemm);
}

/* ---- In memory */

/* A wrong kernel speaks against all others of its provider. */
static void refutes_all(void) {
  clinfer_context *ctx = invented_open("", CI_GEMM,
                                       (struct ci_implementation){
                                           .plan = invented_halves_wrong});
  assert_true(is_used(ctx, CLINFER_F32));
  assert_int_equal(clinfer_context_provider(ctx, CI_GEMM_TILED),
                   CLINFER_PROVIDER_READY);
  assert_false(is_used(ctx, CLINFER_F16));
  assert_false(is_used(ctx, CLINFER_F32));
  assert_int_equal(clinfer_context_provider(ctx, CI_GEMM_TILED),
                   CLINFER_PROVIDER_FAILED);
  assert_int_equal(invented_heard.tests, 2);
  clinfer_context_destroy(ctx);
}

/* Of one kernel, however many problems it computes. */
static void one_test(void) {
  const struct ci_problem taller = invented_gemm(300, CLINFER_F32);
  clinfer_context *ctx = invented_open("", CI_GEMM,
                                       (struct ci_implementation){
                                           .plan = invented_right});
  assert_true(is_used(ctx, CLINFER_F32));
  assert_true(invented_is_used(ctx, &taller));
  assert_int_equal(invented_heard.tests, 1);
  assert_true(is_used(ctx, CLINFER_F16));
  assert_int_equal(invented_heard.tests, 2);
  clinfer_context_destroy(ctx);
}

/* ---- On disk */

static char folder[FILES_PATH];

/* Open a context, ask, close; whether a test was made. */
static bool tested(struct ci_implementation p, clinfer_dtype dtype, bool used) {
  clinfer_context *ctx = invented_open(folder, CI_GEMM, p);
  assert_int_equal(is_used(ctx, dtype), used);
  assert_int_equal(invented_heard.recalls, invented_heard.tests > 0 ? 0 : 1);
  clinfer_context_destroy(ctx);
  return invented_heard.tests > 0;
}

static void damage_all_files(void) {
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
    char path[2 * FILES_PATH];
    size_t size;
    if (e->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    unsigned char *bytes = files_read(path, &size);
    bytes[size - 1] ^= 1;
    files_write(path, bytes, size);
    free(bytes);
  }
  closedir(dir);
}

static const struct ci_implementation right = {.plan = invented_right};

static void remembered(void) {
  files_make_folder(folder);
  assert_true(tested(right, CLINFER_F32, true));
  assert_false(tested(right, CLINFER_F32, true));
  damage_all_files();
  assert_true(tested(right, CLINFER_F32, true));
  assert_false(tested(right, CLINFER_F32, true));
  files_remove(folder);
}

/* The verdict is of those kernels only: other options, another verdict. */
static void of_other_kernels(void) {
  files_make_folder(folder);
  assert_true(tested(right, CLINFER_F32, true));
  assert_true(tested(right, CLINFER_F16, true));
  assert_false(tested(right, CLINFER_F32, true));
  assert_false(tested(right, CLINFER_F16, true));
  files_remove(folder);
}

/* A wrong result is remembered; a launch that failed may do better. */
static void failures(void) {
  const struct ci_implementation wrong = {.plan = invented_narrower},
                                 broken = {.plan = invented_unbuildable},
                                 unlucky = {.plan = invented_unlaunchable};
  files_make_folder(folder);
  assert_true(tested(wrong, CLINFER_F32, false));
  assert_false(tested(wrong, CLINFER_F32, false));
  assert_true(tested(broken, CLINFER_F32, false));
  assert_false(tested(broken, CLINFER_F32, false));
  assert_true(tested(unlucky, CLINFER_F16, false));
  assert_true(tested(unlucky, CLINFER_F16, false));
  files_remove(folder);
}

/* ---- Threads */

static clinfer_context *shared;

static void *ask(void *answer) {
  *(bool *)answer = is_used(shared, CLINFER_F32);
  return NULL;
}

static void threads(void) {
  enum { THREADS = 4 };
  pthread_t thread[THREADS];
  bool answer[THREADS] = {false};
  shared = invented_open("", CI_GEMM, right);
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&thread[i], NULL, ask, &answer[i]), 0);
  for (size_t i = 0; i < THREADS; i++) {
    pthread_join(thread[i], NULL);
    assert_true(answer[i]);
  }
  assert_int_equal(invented_heard.tests, 1);
  clinfer_context_destroy(shared);
}

static const struct t_single singles[] = {
    {"a wrong kernel refutes its provider", refutes_all},
    {"two problems, one test", one_test},
    {"a verdict is remembered", remembered},
    {"a verdict is of its kernels", of_other_kernels},
    {"which failures are remembered", failures},
    {"four threads, one test", threads},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  return t_main(argc, argv, "verdicts", tables, T_COUNT(tables));
}
