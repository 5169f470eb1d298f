/* self_test.c - a provider shows that it is right on a device. */

#include "gemm/self_test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/cache.h"
#include "gemm/sample.h"
#include "base/hash.h"
#include "program/source.h"

struct test {
  clinfer_context *ctx;
  const struct ci_gemm_provider *provider;
  cl_command_queue queue;
  uint64_t fingerprint; /* of the kernels that it runs */
};

/* Does something with one sample, computed in one way. */
typedef clinfer_status action(struct test *t, size_t sample, int variant);

static bool supports(const clinfer_context *ctx,
                     const struct ci_gemm_provider *provider, size_t sample) {
  const struct ci_gemm gemm = ci_gemm_sample(sample);
  return provider->supports(ctx, &gemm);
}

/* The first sample, from `i` on, that the provider supports. */
static size_t next_supported(const clinfer_context *ctx,
                             const struct ci_gemm_provider *provider,
                             size_t i) {
  while (i < ci_gemm_sample_count && !supports(ctx, provider, i)) i++;
  return i;
}

/* Plans are made without memory. */
static clinfer_status make_plan(const struct test *t, size_t sample,
                                int variant, const clinfer_exec *exec,
                                struct ci_plan *plan) {
  const struct ci_gemm gemm = ci_gemm_sample(sample);
  CI_TRY(ci_plan_begin(plan, t->ctx, exec));
  return t->provider->plan(plan, &gemm, variant);
}

static bool is_beyond(const struct test *t, size_t sample, int variant) {
  const clinfer_exec exec = {.queue = t->queue};
  struct ci_plan plan;
  return make_plan(t, sample, variant, &exec, &plan) == CLINFER_UNSUPPORTED;
}

/* Every sample in the way that the provider chooses, and the first one in all
 * the ways it has for it. */
static clinfer_status each(struct test *t, action *act) {
  const char *const *variants = t->provider->variants;
  const size_t first = next_supported(t->ctx, t->provider, 0);
  if (first == ci_gemm_sample_count)
    return ci_fail(CLINFER_UNSUPPORTED, 0, "no GEMM of the test suits it");
  for (size_t i = first; i < ci_gemm_sample_count;
       i = next_supported(t->ctx, t->provider, i + 1))
    CI_TRY(act(t, i, CI_ANY_VARIANT));
  for (int v = 0; variants && variants[v]; v++)
    if (!is_beyond(t, first, v)) CI_TRY(act(t, first, v));
  return CLINFER_OK;
}

static clinfer_status compute(struct test *t, size_t sample, int variant) {
  return ci_gemm_sample_check(t->ctx, t->queue, t->provider, variant, sample);
}

static clinfer_status add_kernel(struct test *t,
                                 const struct ci_kernel_id *id) {
  char file[64], options[CI_LONGEST_OPTIONS], *source;
  snprintf(file, sizeof file, "%s.cl",
           ci_kernel_path((enum ci_kernel_name)id->kernel));
  CI_TRY(ci_options_text(id, options));
  CI_TRY(ci_source(t->ctx->cl_dir, file, &source));
  t->fingerprint = ci_hash(options, strlen(options), t->fingerprint);
  t->fingerprint = ci_hash(source, strlen(source), t->fingerprint);
  free(source);
  return CLINFER_OK;
}

static clinfer_status add_kernels(struct test *t, size_t sample, int variant) {
  const clinfer_exec exec = {.queue = t->queue};
  struct ci_plan plan;
  CI_TRY(make_plan(t, sample, variant, &exec, &plan));
  for (size_t i = 0; i < plan.step_count; i++)
    if (!plan.steps[i].is_clblast) CI_TRY(add_kernel(t, &plan.steps[i].id));
  return CLINFER_OK;
}

/* ---- The verdict on disk: right, or wrong for reasons that will last */

static const char right[] = "right", wrong[] = "wrong";

/* It names all kernels of the test. NULL: no verdict is kept. */
static char *key_of(struct test *t) {
  char fingerprint[17];
  t->fingerprint = CI_HASH_START;
  if (t->ctx->cache_dir == NULL || each(t, add_kernels) != CLINFER_OK)
    return NULL;
  snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, t->fingerprint);
  return ci_cache_key(&t->ctx->device, clinfer_provider_name(t->provider->id),
                      "self-test", fingerprint);
}

static bool says(const struct ci_binary *verdict, const char *text) {
  return verdict->size == strlen(text) &&
         memcmp(verdict->bytes, text, verdict->size) == 0;
}

static enum ci_proof load(const clinfer_context *ctx, const char *key) {
  struct ci_binary verdict;
  enum ci_proof proof = CI_UNPROVEN;
  if (key == NULL || !ci_cache_load(ctx->cache_dir, key, &verdict))
    return proof;
  if (says(&verdict, right)) proof = CI_PROVEN;
  if (says(&verdict, wrong)) proof = CI_REFUTED;
  free(verdict.file);
  return proof;
}

static void save(const clinfer_context *ctx, const char *key,
                 enum ci_proof proof) {
  const char *text = proof == CI_PROVEN ? right : wrong;
  if (key != NULL && proof != CI_UNPROVEN)
    ci_cache_save(ctx->cache_dir, key, text, strlen(text));
}

/* ---- Proving */

/* What lies in the kernel or in the device lasts; all else may pass. */
static enum ci_proof proof_of(clinfer_status status) {
  switch (status) {
    case CLINFER_OK:
      return CI_PROVEN;
    case CLINFER_UNSUPPORTED: /* or wrong */
    case CLINFER_BUILD_FAILED:
      return CI_REFUTED;
    default:
      return CI_UNPROVEN;
  }
}

static enum ci_proof compute_all(struct test *t, const char *key) {
  const clinfer_status status = each(t, compute);
  const enum ci_proof proof = proof_of(status);
  save(t->ctx, key, proof);
  ci_log(t->ctx, "the self-test of %s: %s",
         clinfer_provider_name(t->provider->id),
         status == CLINFER_OK ? right : clinfer_last_error()->message);
  return proof;
}

static enum ci_proof prove_on_queue(struct test *t) {
  char *key = key_of(t);
  enum ci_proof proof = load(t->ctx, key);
  if (proof == CI_UNPROVEN)
    proof = compute_all(t, key);
  else
    ci_log(t->ctx, "the self-test of %s, earlier: %s",
           clinfer_provider_name(t->provider->id),
           proof == CI_PROVEN ? right : wrong);
  free(key);
  return proof;
}

static enum ci_proof prove(clinfer_context *ctx,
                           const struct ci_gemm_provider *provider) {
  const clinfer_error before = *clinfer_last_error();
  struct test test = {.ctx = ctx, .provider = provider};
  enum ci_proof proof = CI_UNPROVEN;
  cl_int code;
  test.queue = clCreateCommandQueue(ctx->cl, ctx->device.id, 0, &code);
  if (test.queue != NULL) {
    proof = prove_on_queue(&test);
    clReleaseCommandQueue(test.queue);
  } else {
    ci_log(ctx, "no queue for a self-test (%d)", code);
  }
  ci_restore_error(&before);
  return proof;
}

/* The last try is a verdict, whatever came of it. */
static enum ci_proof try_to_prove(clinfer_context *ctx,
                                  const struct ci_gemm_provider *provider) {
  const enum ci_proof proof = prove(ctx, provider);
  if (proof != CI_UNPROVEN) return proof;
  const bool is_last = ++ctx->proofs.tries[provider->id] == CI_MOST_TRIES;
  ci_log(ctx, "%s is unproven: %s", clinfer_provider_name(provider->id),
         is_last ? "this context does not use it" : "a later use tries again");
  return is_last ? CI_REFUTED : CI_UNPROVEN;
}

bool ci_is_proven(clinfer_context *ctx,
                  const struct ci_gemm_provider *provider) {
  if (!provider->must_prove) return true;
  _Atomic(enum ci_proof) *proof = &ctx->proofs.of[provider->id];
  if (atomic_load(proof) == CI_UNPROVEN) {
    pthread_mutex_lock(&ctx->proofs.lock);
    if (atomic_load(proof) == CI_UNPROVEN)
      atomic_store(proof, try_to_prove(ctx, provider));
    pthread_mutex_unlock(&ctx->proofs.lock);
  }
  return atomic_load(proof) == CI_PROVEN;
}

bool ci_suits_device(const clinfer_context *ctx,
                     const struct ci_gemm_provider *provider) {
  return next_supported(ctx, provider, 0) < ci_gemm_sample_count;
}
