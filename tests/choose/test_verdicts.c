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
#include <string.h>
#include <time.h>

#include "files.h"
#include "gemm/gemm.h"

static bool is_used(clinfer_context *ctx, clinfer_dtype dtype) {
  const struct ci_problem gemm = invented_gemm(5, dtype);
  return invented_is_used(ctx, &gemm);
}

/* ---- In memory */

/* A wrong kernel speaks against all others of its implementation. */
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

static clinfer_status plan_activation(struct ci_plan *plan,
                                      const struct ci_problem *problem,
                                      int variant) {
  return invented_reference(CI_BIAS_ACTIVATION)->plan(plan, problem, variant);
}

/* It does not speak against another implementation of the same name. */
static void refutes_one(void) {
  const clinfer_matrix m = clinfer_matrix_of(NULL, 5, 17, CLINFER_F32);
  const struct ci_problem activation = {.kind = CI_BIAS_ACTIVATION,
                                        .bias_activation = {.x = m, .y = m}};
  clinfer_context *ctx = invented_open("", CI_GEMM,
                                       (struct ci_implementation){
                                           .plan = invented_shorter});
  invented_put(ctx, CI_BIAS_ACTIVATION,
               (struct ci_implementation){.plan = plan_activation});
  assert_false(is_used(ctx, CLINFER_F32));
  assert_true(invented_is_used(ctx, &activation));
  assert_int_equal(clinfer_context_provider(ctx, CI_GEMM_TILED),
                   CLINFER_PROVIDER_FAILED);
  clinfer_context_destroy(ctx);
}

/* Of a provider whose test comes to no end, however many GEMMs a call has. */
static void one_try(void) {
  const struct t_store f32 = {CLINFER_F32, 0, 0};
  struct t_matrix *x = t_random(3, 20, f32, -1, 1), *y = t_output(3, 20, f32),
                  *w = t_random_weight(20, 20, f32, CLINFER_IN_OUT),
                  *bias = t_random(1, 20, f32, -1, 1);
  clinfer_context *ctx = invented_open("", CI_GEMM,
                                       (struct ci_implementation){
                                           .plan = invented_unlaunchable});
  for (int call = 1; call <= CI_MOST_TRIES + 1; call++) {
    T_OK(clinfer_fused_gemm_gelu(ctx, &t_exec, t_view(x),
                                 t_weight(w, CLINFER_IN_OUT), t_vector(bias),
                                 t_weight(w, CLINFER_IN_OUT), t_view(y)));
    assert_int_equal(invented_heard.tests,
                     call < CI_MOST_TRIES ? call : CI_MOST_TRIES);
  }
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

/* ---- The reference */

/* It does the same by another kernel. */
static clinfer_status plan_tiled(struct ci_plan *plan,
                                 const struct ci_problem *problem,
                                 int variant) {
  (void)variant;
  return ci_gemm_tiled.plan(plan, problem,
                            ci_gemm_tiled.best(plan->target, problem));
}

/* The reference's text with a line before it. */
static void change_reference(const char *kernels, const char *line) {
  char path[2 * FILES_PATH], changed[1 << 13];
  size_t size;
  snprintf(path, sizeof path, "%s/gemm/reference.cl", kernels);
  char *text = (char *)files_read(path, &size);
  const int length = snprintf(changed, sizeof changed, "%s\n%s", line, text);
  assert_in_range(length, size, sizeof changed - 1);
  files_write(path, changed, (size_t)length);
  free(text);
}

/* As `tested`, where the reference has that line; without a verdict, the
 * provider stays untested. */
static bool tested_with(const char *line, bool is_verdict) {
  const struct ci_implementation tiled = {.plan = plan_tiled};
  char kernels[FILES_PATH];
  files_make_folder(kernels);
  files_copy(TEST_CL_DIR, kernels);
  change_reference(kernels, line);
  setenv("CLINFER_CL_DIR", kernels, 1);
  clinfer_context *ctx = invented_open(folder, CI_GEMM, tiled);
  unsetenv("CLINFER_CL_DIR");
  assert_int_equal(is_used(ctx, CLINFER_F32), is_verdict);
  assert_int_equal(clinfer_context_provider(ctx, CI_GEMM_TILED),
                   is_verdict ? CLINFER_PROVIDER_READY
                              : CLINFER_PROVIDER_UNTESTED);
  clinfer_context_destroy(ctx);
  files_remove(kernels);
  return invented_heard.tests > 0;
}

/* One that does not build is no verdict; another one asks for another. */
static void of_another_reference(void) {
  files_make_folder(folder);
  assert_true(tested_with("#error spoiled", false));
  assert_true(tested_with("", true));
  assert_false(tested_with("", true));
  assert_true(tested_with("#define ANOTHER_ONE", true));
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

/* A test that lasts until `is_open`, or for too long. */
static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool is_reached, is_open, was_late;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .changed = PTHREAD_COND_INITIALIZER};

static void pass_gate(void) {
  struct timespec end;
  assert_int_equal(clock_gettime(CLOCK_REALTIME, &end), 0);
  end.tv_sec += 20;
  pthread_mutex_lock(&gate.lock);
  gate.is_reached = true;
  pthread_cond_broadcast(&gate.changed);
  while (!gate.is_open && !gate.was_late)
    gate.was_late = pthread_cond_timedwait(&gate.changed, &gate.lock, &end) !=
                    0;
  pthread_mutex_unlock(&gate.lock);
}

/* Only the plan of a call has proofs; that of a test has none. */
static clinfer_status plan_slowly(struct ci_plan *plan,
                                  const struct ci_problem *problem,
                                  int variant) {
  if (plan->proofs == NULL && problem->gemm.a.dtype == CLINFER_F16) pass_gate();
  return invented_right(plan, problem, variant);
}

static void *ask_for_halves(void *answer) {
  *(bool *)answer = is_used(shared, CLINFER_F16);
  return NULL;
}

/* What is proven does not wait while another kernel is tested. */
static void proven_meanwhile(void) {
  pthread_t thread;
  bool answer = false;
  shared = invented_open("", CI_GEMM,
                         (struct ci_implementation){.plan = plan_slowly});
  assert_true(is_used(shared, CLINFER_F32));
  assert_int_equal(pthread_create(&thread, NULL, ask_for_halves, &answer), 0);
  pthread_mutex_lock(&gate.lock);
  while (!gate.is_reached) pthread_cond_wait(&gate.changed, &gate.lock);
  pthread_mutex_unlock(&gate.lock);
  assert_true(is_used(shared, CLINFER_F32));
  pthread_mutex_lock(&gate.lock);
  gate.is_open = true;
  pthread_cond_broadcast(&gate.changed);
  assert_false(gate.was_late);
  pthread_mutex_unlock(&gate.lock);
  pthread_join(thread, NULL);
  assert_true(answer);
  clinfer_context_destroy(shared);
}

static const struct t_single singles[] = {
    {"a wrong kernel refutes its implementation", refutes_all},
    {"and no other one of that name", refutes_one},
    {"two problems in a call, one try", one_try},
    {"two problems, one test", one_test},
    {"a verdict is remembered", remembered},
    {"a verdict is of its kernels", of_other_kernels},
    {"which failures are remembered", failures},
    {"a verdict is of its reference", of_another_reference},
    {"four threads, one test", threads},
    {"what is proven waits for no test", proven_meanwhile},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  return t_main(argc, argv, "verdicts", tables, T_COUNT(tables));
}
