/* test_faults_self_test.c - a right provider proves itself while its calls
 * fail: what may pass refutes it neither for the context nor on disk. */

#define _POSIX_C_SOURCE 200809L

#include "faults.h"
#include "files.h"
#include "gemm/gemm.h"
#include "invented.h"
#include "invented_gemms.h"

#include <sys/stat.h>

static clinfer_context *chooser(void) { return t_next(NULL, "")->ctx; }

/* Whether the right implementation of the context computes a GEMM. */
static bool is_used(clinfer_context *ctx) {
  const struct ci_problem gemm = {
      .kind = CI_GEMM,
      .gemm = {.a = clinfer_matrix_of(NULL, 7, 97, CLINFER_F32),
               .w.matrix = clinfer_matrix_of(NULL, 97, 35, CLINFER_F32),
               .c = clinfer_matrix_of(NULL, 7, 35, CLINFER_F32)}};
  return invented_is_used(ctx, &gemm);
}

struct proving {
  char folder[FILES_PATH];
  bool kept; /* the verdict, from an earlier context */
  clinfer_context *ctx;
};

static clinfer_context *open_with(const char *folder) {
  const clinfer_options options = {
      .struct_size = sizeof options, .cache_dir = folder, .reference = 1};
  clinfer_context *ctx = NULL;
  assert_int_equal(clinfer_context_create(clinfer_context_cl(chooser()),
                                          clinfer_context_device(chooser()),
                                          &options, &ctx),
                   CLINFER_OK);
  ctx->target.enabled[CI_GEMM_TILED] = true;
  invented_put(ctx, CI_GEMM, ci_gemm_reference);
  return ctx;
}

static void prepare(void *state) {
  struct proving *p = state;
  if (!p->kept) {
    files_remove(p->folder);
    assert_int_equal(mkdir(p->folder, 0700), 0);
  }
  p->ctx = open_with(p->folder);
}

/* Proven or not, the context goes on with the providers that it has. */
static clinfer_status prove(void *state) {
  const struct proving *p = state;
  is_used(p->ctx);
  return CLINFER_OK;
}

/* The context asks again without a fault, and so does the next, which may find
 * a verdict in the folder. */
static const char *judge(void *state, clinfer_status status) {
  struct proving *p = state;
  (void)status;
  const bool proven = is_used(p->ctx);
  clinfer_context_destroy(p->ctx);
  p->ctx = open_with(p->folder);
  const bool proven_later = is_used(p->ctx);
  clinfer_context_destroy(p->ctx);
  if (!proven_later) return "the provider is refuted for good";
  return proven ? NULL : "the provider is refuted for the context";
}

static const struct verdict {
  const char *name;
  bool kept;
} verdicts[] = {{"while it is tested", false},
                {"while the verdict is read", true}};

static void survives(void **state) {
  const struct verdict *v = *state;
  struct proving p = {.kept = v->kept};
  const struct faults_work work = {
      .name = v->name,
      .state = &p,
      .prepare = prepare,
      .run = prove,
      .judge = judge,
      .ways = {{SHIM_clBuildProgram, FAULTS_SKIPPED},
               {SHIM_clSetKernelArg, FAULTS_SKIPPED}},
      .all_around = true,
      .one_error = true};
  files_make_folder(p.folder);
  faults_sweep(&work);
  files_remove(p.folder);
}

/* Only what lies in the kernel, or in the device, is a verdict for good. */
static void not_built(void **state) {
  const struct shim_entry *build = &shim_table[SHIM_clBuildProgram];
  struct proving p = {.kept = false};
  const struct faults_work work = {.name = "build",
                                   .state = &p,
                                   .prepare = prepare,
                                   .run = prove,
                                   .judge = judge,
                                   .all_around = true};
  (void)state;
  files_make_folder(p.folder);
  for (size_t e = 0; e < build->error_count; e++) {
    const int error = build->errors[e];
    bool met;
    const bool lasts = faults_status(SHIM_clBuildProgram, error) ==
                       CLINFER_BUILD_FAILED;
    const char *wrong = faults_inject(&work, SHIM_clBuildProgram, 1, error,
                                      &met);
    assert_true(met);
    if ((wrong != NULL) != lasts) fail_msg("%d: %s", error, wrong ? wrong : "");
  }
  files_remove(p.folder);
}

/* Three faults in a row settle it for the context, and for no other. */
static void gives_up(void **state) {
  struct proving p = {.kept = false};
  (void)state;
  files_make_folder(p.folder);
  prepare(&p);
  const _Atomic(enum ci_proof)
      *proof = &p.ctx->proofs.of[CI_GEMM][CI_GEMM_TILED].proof;
  for (int n = 1; n <= CI_MOST_TRIES; n++) {
    assert_int_equal(*proof, CI_UNPROVEN);
    shim_fail(SHIM_clEnqueueNDRangeKernel, 1, CL_OUT_OF_RESOURCES);
    assert_false(is_used(p.ctx));
    assert_true(shim_has_failed());
  }
  assert_int_equal(*proof, CI_REFUTED);
  assert_false(is_used(p.ctx));
  clinfer_context_destroy(p.ctx);
  prepare(&p);
  assert_null(judge(&p, CLINFER_OK));
  files_remove(p.folder);
}

/* The answer for scratch also holds for the implementation that could not be
 * tested while it was given. */
static void asked_untested(void **state) {
  clinfer_context *ctx = invented_open("", CI_GEMM,
                                       (struct ci_implementation){
                                           .plan = invented_in_steps});
  const struct t_store f32 = {CLINFER_F32, 0, 0};
  struct t_matrix *x = t_random(5, 29, f32, -1, 1), *y = t_output(5, 17, f32),
                  *w = t_random_weight(29, 17, f32, CLINFER_IN_OUT);
  size_t bytes[2] = {0, 0};
  (void)state;
  /* On NVIDIA a step of another provider would be tested first, and fail. */
  for (size_t p = 0; p < CI_PROVIDERS; p++)
    ctx->target.enabled[p] = p == CI_GEMM_TILED || p == CI_REFERENCE;
  for (size_t i = 0; i < 2; i++) {
    const clinfer_exec ask = {.queue = t_queue, .scratch_needed = &bytes[i]};
    if (i == 0) shim_fail(SHIM_clEnqueueNDRangeKernel, 1, CL_OUT_OF_RESOURCES);
    T_OK(clinfer_linear(ctx, &ask, t_view(x), t_weight(w, CLINFER_IN_OUT),
                        clinfer_no_vector(), CLINFER_NONE, t_view(y)));
    assert_int_equal(clinfer_context_provider(ctx, CI_GEMM_TILED),
                     i ? CLINFER_PROVIDER_READY : CLINFER_PROVIDER_UNTESTED);
  }
  assert_true(bytes[1] > 0);
  assert_int_equal(bytes[0], bytes[1]);
  clinfer_context_destroy(ctx);
}

int main(int argc, char **argv) {
  static const char *const names[] = {"a kernel is not built"},
                           *const tries[] = {"the last try fails"},
                           *const asks[] = {"scratch is asked for"};
  static const struct t_table tables[] = {
      T_TABLE(survives, verdicts), T_TABLE(not_built, names),
      T_TABLE(gives_up, tries), T_TABLE(asked_untested, asks)};
  const int failures = t_main(argc, argv, "faults_self_test", tables,
                              T_COUNT(tables));
  faults_print();
  return failures;
}
