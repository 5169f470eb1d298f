/* invented.c - an implementation of a test's own, in a context. */

#include "invented.h"

#include <stdio.h>
#include <string.h>

#include "gemm/gemm.h"
#include "row/rows.h"
#include "tester.h"

const struct ci_implementation *invented_reference(enum ci_kind kind) {
  static const struct ci_implementation *const references[CI_KINDS] = {
      &ci_gemm_reference, &ci_gemm_in_steps, &ci_normalise_reference,
      &ci_bias_activation_reference, &ci_residual_add_reference};
  return references[kind];
}

/* ---- The end of the list, which tells whose plan it was that came to it */

static _Thread_local const struct ci_plan *watched;

static clinfer_status plan_otherwise(struct ci_plan *plan,
                                     const struct ci_problem *problem,
                                     int variant) {
  if (watched == plan) watched = NULL;
  return invented_reference(problem->kind)->plan(plan, problem, variant);
}

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  (void)target, (void)problem;
  return true;
}

static const struct ci_implementation otherwise = {
    .id = CI_REFERENCE, .supports = supports, .plan = plan_otherwise};

void invented_put(clinfer_context *ctx, enum ci_kind kind,
                  struct ci_implementation invented) {
  static struct ci_implementation put[CI_KINDS];
  static const struct ci_implementation *lists[CI_KINDS][2];
  put[kind] = invented;
  put[kind].id = CI_GEMM_TILED;
  put[kind].proves = CI_PROVES_EVERYWHERE;
  if (invented.supports == NULL) put[kind].supports = supports;
  lists[kind][0] = &put[kind];
  lists[kind][1] = &otherwise;
  ctx->target.lists[kind] = lists[kind];
  ctx->target.table = NULL;
}

bool invented_is_used(clinfer_context *ctx, const struct ci_problem *problem) {
  struct ci_plan plan = {.target = &ctx->target,
                         .proofs = &ctx->proofs,
                         .runtime = &ctx->runtime,
                         .exec = &t_exec,
                         .in_order = true};
  watched = &plan;
  assert_int_equal(ci_plan(&plan, problem), CLINFER_OK);
  assert_in_range(plan.step_count, 1, CI_MOST_STEPS);
  return watched == &plan;
}

/* ---- A context that listens */

struct invented_heard invented_heard;

static void keep_line(void *user, const char *line) {
  (void)user;
  if (strncmp(line, "the self-test of gemm_tiled", 27) != 0) return;
  snprintf(invented_heard.last, sizeof invented_heard.last, "%s", line);
  if (strstr(line, ", earlier: "))
    invented_heard.recalls++;
  else
    invented_heard.tests++;
}

clinfer_context *invented_open(const char *cache_dir, enum ci_kind kind,
                               struct ci_implementation implementation) {
  clinfer_context *chooser = t_next(NULL, "")->ctx, *ctx = NULL;
  const clinfer_options options = {
      .struct_size = sizeof options, .cache_dir = cache_dir, .log = keep_line};
  assert_int_equal(clinfer_context_create(clinfer_context_cl(chooser),
                                          clinfer_context_device(chooser),
                                          &options, &ctx),
                   CLINFER_OK);
  invented_put(ctx, kind, implementation);
  memset(&invented_heard, 0, sizeof invented_heard);
  return ctx;
}

static clinfer_matrix padded(size_t rows, size_t cols, clinfer_dtype dtype) {
  return (clinfer_matrix){NULL, 1, rows, cols, cols + 3, dtype};
}

struct ci_problem invented_gemm(size_t M, clinfer_dtype dtype) {
  return (struct ci_problem){
      .kind = CI_GEMM,
      .gemm = {.a = padded(M, 29, dtype),
               .w = {.matrix = padded(17, 29, dtype), .layout = CLINFER_OUT_IN},
               .epilogue.bias = clinfer_vector_of(NULL, 17, dtype),
               .c = padded(M, 17, dtype)}};
}
