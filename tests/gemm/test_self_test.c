/* test_self_test.c - invented providers that are right, wrong or broken: which
 * of them compute, and what becomes of the verdict on disk. */

#define _POSIX_C_SOURCE 200809L

#include "gemm/gemm.h"
#include "gemm/self_test.h"
#include "tester.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

/* ---- Providers under a name that the library knows */

static atomic_int plans; /* made by them */

/* Not the test's largest: these are slow. */
static bool small(const clinfer_context *ctx, const struct ci_gemm *gemm) {
  (void)ctx;
  return gemm->c.rows <= 300;
}

static bool only_f32(const clinfer_context *ctx, const struct ci_gemm *gemm) {
  return small(ctx, gemm) && gemm->a.dtype == CLINFER_F32;
}

static bool nothing(const clinfer_context *ctx, const struct ci_gemm *gemm) {
  (void)ctx;
  return gemm->c.rows == 17;
}

static clinfer_status plan_right(struct ci_plan *plan, const struct ci_gemm *g,
                                 int variant) {
  atomic_fetch_add(&plans, 1);
  return ci_gemm_reference.plan(plan, g, variant);
}

/* What is stored as f16 by way of an f32 copy in scratch. */
static clinfer_status plan_in_steps(struct ci_plan *plan,
                                    const struct ci_gemm *g, int variant) {
  struct ci_gemm wide = *g;
  if (g->a.dtype == CLINFER_F16) {
    wide.a = ci_plan_matrix(plan, g->a.rows, g->a.cols, CLINFER_F32);
    ci_plan_bias_activation(plan, g->a, clinfer_no_vector(), CLINFER_NONE,
                            wide.a);
  }
  return plan_right(plan, &wide, variant);
}

static clinfer_status plan_shorter(struct ci_plan *plan,
                                   const struct ci_gemm *g, int variant) {
  struct ci_gemm shorter = *g;
  shorter.a.cols--;
  return plan_right(plan, &shorter, variant);
}

static clinfer_status plan_narrower(struct ci_plan *plan,
                                    const struct ci_gemm *g, int variant) {
  struct ci_gemm narrower = *g;
  narrower.c.cols--;
  return plan_right(plan, &narrower, variant);
}

/* A second step puts numbers between the rows of c. */
static clinfer_status plan_wider(struct ci_plan *plan, const struct ci_gemm *g,
                                 int variant) {
  clinfer_matrix numbers = g->c, padding = g->c;
  numbers.cols = padding.cols = g->c.ld - g->c.cols;
  padding.offset += g->c.cols;
  CI_TRY(plan_right(plan, g, variant));
  if (padding.cols > 0)
    ci_plan_bias_activation(plan, numbers, clinfer_no_vector(), CLINFER_NONE,
                            padding);
  return CLINFER_OK;
}

static clinfer_status plan_last_wrong(struct ci_plan *plan,
                                      const struct ci_gemm *g, int variant) {
  return (variant == 1 ? plan_shorter : plan_right)(plan, g, variant);
}

static clinfer_status plan_nothing(struct ci_plan *plan,
                                   const struct ci_gemm *g, int variant) {
  (void)plan, (void)g, (void)variant;
  return ci_fail(CLINFER_UNSUPPORTED, 0, "no plan");
}

static clinfer_status plan_first_only(struct ci_plan *plan,
                                      const struct ci_gemm *g, int variant) {
  return (variant == 1 ? plan_nothing : plan_right)(plan, g, variant);
}

static clinfer_status plan_unbuildable(struct ci_plan *plan,
                                       const struct ci_gemm *g, int variant) {
  const clinfer_status status = plan_right(plan, g, variant);
  ci_option_word(&plan->steps[0], CI_OPTION_GROUP, CI_WORD_none);
  return status;
}

static clinfer_status plan_unlaunchable(struct ci_plan *plan,
                                        const struct ci_gemm *g, int variant) {
  const clinfer_status status = plan_right(plan, g, variant);
  plan->steps[0].global[0]++; /* no whole number of groups */
  return status;
}

static const char *const two_variants[] = {"first", "last", NULL};

static const struct invented {
  const char *name;
  struct ci_gemm_provider provider;
  bool used;
  const char *logged; /* unless used */
} invented[] = {
    {"right", {.plan = plan_right, .supports = small}, true, NULL},
    {"right for f32", {.plan = plan_right, .supports = only_f32}, true, NULL},
    {"right in several steps",
     {.plan = plan_in_steps, .supports = small},
     true,
     NULL},
    {"right in two ways",
     {.plan = plan_right, .supports = small, .variants = two_variants},
     true,
     NULL},
    {"right in one way of two",
     {.plan = plan_first_only, .supports = small, .variants = two_variants},
     true,
     NULL},
    {"a product is missing",
     {.plan = plan_shorter, .supports = small},
     false,
     "is "},
    {"a column is missing",
     {.plan = plan_narrower, .supports = small},
     false,
     "is nan"},
    {"writes padding",
     {.plan = plan_wider, .supports = small},
     false,
     "not nan"},
    {"wrong in the last way",
     {.plan = plan_last_wrong, .supports = small, .variants = two_variants},
     false,
     "is "},
    {"supports no sample",
     {.plan = plan_right, .supports = nothing},
     false,
     "no GEMM of the test"},
    {"cannot plan",
     {.plan = plan_nothing, .supports = small},
     false,
     "no plan"},
    {"does not build",
     {.plan = plan_unbuildable, .supports = small},
     false,
     "does not build"},
    {"cannot be launched",
     {.plan = plan_unlaunchable, .supports = small},
     false,
     "gemm/reference"},
};

/* ---- A context that listens */

static char folder[FILES_PATH];
static char heard[1 << 16];
static int tests, recalls; /* self-tests made, and verdicts found */

static void keep_line(void *user, const char *line) {
  (void)user;
  if (strncmp(line, "the self-test of gemm_tiled", 27) != 0) return;
  snprintf(heard, sizeof heard, "%s", line);
  if (strstr(line, ", earlier: "))
    recalls++;
  else
    tests++;
}

static clinfer_context *open_with(const char *cache_dir) {
  clinfer_context *chooser = t_next(NULL, "")->ctx, *ctx = NULL;
  const clinfer_options options = {
      .struct_size = sizeof options, .cache_dir = cache_dir, .log = keep_line};
  assert_int_equal(clinfer_context_create(clinfer_context_cl(chooser),
                                          clinfer_context_device(chooser),
                                          &options, &ctx),
                   CLINFER_OK);
  tests = recalls = 0;
  heard[0] = '\0';
  return ctx;
}

static struct ci_gemm_provider proving(struct ci_gemm_provider p) {
  p.id = CI_GEMM_TILED;
  p.must_prove = true;
  return p;
}

/* Whether `p` was the one to plan a GEMM, in a list of it and the reference. */
static bool is_used(clinfer_context *ctx, const struct ci_gemm_provider *p) {
  const struct ci_gemm_provider *const list[] = {p, &ci_gemm_reference};
  const clinfer_exec exec = {.queue = t_queue};
  struct ci_plan plan;
  const clinfer_matrix m = clinfer_matrix_of(NULL, 17, 17, CLINFER_F32);
  const struct ci_gemm gemm = {m, clinfer_weight_of(m), clinfer_no_vector(),
                               CLINFER_NONE, m};
  assert_int_equal(ci_plan_begin(&plan, ctx, &exec), CLINFER_OK);
  const int before = atomic_load(&plans);
  assert_int_equal(ci_plan_gemm_by(list, &plan, &gemm), CLINFER_OK);
  assert_int_equal(plan.step_count, 1);
  const bool used = ci_is_proven(ctx, p);
  assert_true(atomic_load(&plans) > before || !used);
  return used;
}

/* Used or not, now and later, and no word of it in the last error. */
static void verdict(void **state) {
  const struct invented *row = *state;
  const struct ci_gemm_provider p = proving(row->provider);
  clinfer_context *ctx = open_with("");
  assert_int_equal(ci_fail(CLINFER_BAD_FILE, 7, "from before"),
                   CLINFER_BAD_FILE);
  for (int i = 0; i < 2; i++)
    if (is_used(ctx, &p) != row->used) fail_msg("%s", heard);
  const bool may_pass = row->provider.plan == plan_unlaunchable;
  assert_int_equal(tests, may_pass ? CI_MOST_TRIES : 1);
  assert_non_null(strstr(heard, row->used ? ": right" : row->logged));
  assert_string_equal(clinfer_last_error()->message, "from before");
  clinfer_context_destroy(ctx);
}

/* ---- The verdict on disk */

/* Open a context, ask, close; whether a test was made. */
static bool tested(const struct ci_gemm_provider *p, bool used) {
  clinfer_context *ctx = open_with(folder);
  assert_int_equal(is_used(ctx, p), used);
  assert_int_equal(recalls, tests > 0 ? 0 : 1);
  clinfer_context_destroy(ctx);
  return tests > 0;
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

static void remembered(void) {
  const struct ci_gemm_provider right = proving(invented[1].provider);
  files_make_folder(folder);
  assert_true(tested(&right, true));
  const int once = atomic_load(&plans);
  assert_false(tested(&right, true));
  assert_true(atomic_load(&plans) - once < once);
  damage_all_files();
  assert_true(tested(&right, true));
  assert_false(tested(&right, true));
  files_remove(folder);
}

/* The verdict is of those kernels only: other options, another verdict. */
static void of_other_kernels(void) {
  struct ci_gemm_provider p = proving(invented[0].provider);
  files_make_folder(folder);
  assert_true(tested(&p, true));
  p.supports = only_f32;
  assert_true(tested(&p, true));
  assert_false(tested(&p, true));
  p.supports = small;
  assert_false(tested(&p, true));
  files_remove(folder);
}

/* A wrong result is remembered; a launch that failed may do better. */
static void failures(void) {
  const struct ci_gemm_provider wrong = proving((struct ci_gemm_provider){
                                    .plan = plan_unbuildable,
                                    .supports = only_f32}),
                                unlucky = proving((struct ci_gemm_provider){
                                    .plan = plan_unlaunchable,
                                    .supports = only_f32});
  files_make_folder(folder);
  assert_true(tested(&wrong, false));
  assert_false(tested(&wrong, false));
  assert_true(tested(&unlucky, false));
  assert_true(tested(&unlucky, false));
  files_remove(folder);
}

/* ---- Threads */

static clinfer_context *shared;
static struct ci_gemm_provider asked;

static void *ask(void *answer) {
  *(bool *)answer = ci_is_proven(shared, &asked);
  return NULL;
}

static void threads(void) {
  enum { THREADS = 4 };
  pthread_t thread[THREADS];
  bool answer[THREADS] = {false};
  shared = open_with("");
  asked = proving(invented[1].provider);
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&thread[i], NULL, ask, &answer[i]), 0);
  for (size_t i = 0; i < THREADS; i++) {
    pthread_join(thread[i], NULL);
    assert_true(answer[i]);
  }
  assert_int_equal(tests, 1);
  clinfer_context_destroy(shared);
}

/* ---- What a context reports */

static size_t index_of(const char *name) {
  size_t i = 0;
  while (strcmp(clinfer_provider_name(i), name) != 0) i++;
  return i;
}

static void report(void) {
  const clinfer_options options = {
      .struct_size = sizeof options, .disable = "gemm_tiled", .cache_dir = ""};
  clinfer_context *chooser = t_next(NULL, "")->ctx, *ctx = NULL;
  assert_int_equal(clinfer_context_create(clinfer_context_cl(chooser),
                                          clinfer_context_device(chooser),
                                          &options, &ctx),
                   CLINFER_OK);
  const size_t tiled = index_of("gemm_tiled");
  assert_int_equal(clinfer_context_provider(chooser, tiled),
                   CLINFER_PROVIDER_READY);
  assert_int_equal(clinfer_context_provider(ctx, tiled),
                   CLINFER_PROVIDER_DISABLED);
  assert_int_equal(clinfer_context_provider(ctx, index_of("reference")),
                   CLINFER_PROVIDER_READY);
  assert_int_equal(clinfer_context_provider(ctx, index_of("row_group")),
                   CLINFER_PROVIDER_READY);
  ctx->device.is_cpu = false;
  assert_int_equal(clinfer_context_provider(ctx, index_of("row_item")),
                   CLINFER_PROVIDER_ABSENT);
  assert_int_equal(clinfer_context_provider(ctx, index_of("gemm_cpu")),
                   CLINFER_PROVIDER_ABSENT);
  assert_int_equal(clinfer_context_provider(ctx, CI_PROVIDERS),
                   CLINFER_PROVIDER_ABSENT);
  assert_int_equal(clinfer_context_provider(NULL, 0), CLINFER_PROVIDER_ABSENT);
  clinfer_context_destroy(ctx);
}

/* Of a provider for one vendor's hardware, on an invented device. */
static void report_of_proofs(void) {
  struct clinfer_context ctx = {.device = {.nvidia_sm = 90}};
  const size_t wgmma = index_of("gemm_wgmma");
  assert_int_equal(clinfer_context_provider(&ctx, wgmma),
                   CLINFER_PROVIDER_DISABLED);
  ctx.enabled[wgmma] = true;
  assert_int_equal(clinfer_context_provider(&ctx, wgmma),
                   CLINFER_PROVIDER_UNTESTED);
  ctx.proofs.of[wgmma] = CI_PROVEN;
  assert_int_equal(clinfer_context_provider(&ctx, wgmma),
                   CLINFER_PROVIDER_READY);
  ctx.proofs.of[wgmma] = CI_REFUTED;
  assert_int_equal(clinfer_context_provider(&ctx, wgmma),
                   CLINFER_PROVIDER_FAILED);
  ctx.device.nvidia_sm = 75;
  assert_int_equal(clinfer_context_provider(&ctx, wgmma),
                   CLINFER_PROVIDER_ABSENT);
}

static void variants(void) {
  const size_t tiled = index_of("gemm_tiled");
  size_t count = 0;
  while (clinfer_provider_variant(tiled, count) != NULL) count++;
  assert_true(count > 1);
  assert_null(clinfer_provider_variant(tiled, count + 1));
  assert_null(clinfer_provider_variant(index_of("gemm_skinny"), 0));
  assert_null(clinfer_provider_variant(index_of("row_item"), 0));
  assert_null(clinfer_provider_variant(CI_PROVIDERS, 0));
}

static const struct t_single singles[] = {
    {"a verdict is remembered", remembered},
    {"a verdict is of its kernels", of_other_kernels},
    {"which failures are remembered", failures},
    {"four threads, one test", threads},
    {"the report", report},
    {"the report of proofs", report_of_proofs},
    {"names of variants", variants},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(verdict, invented),
                                          T_TABLE(t_call, singles)};
  return t_main(argc, argv, "self_test", tables, T_COUNT(tables));
}
