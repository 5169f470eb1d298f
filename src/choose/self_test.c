/* self_test.c - an implementation shows that it is right on a device. */

#include "choose/self_test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "choose/comparison.h"
#include "program/cache.h"
#include "program/source.h"
#include "run/submit.h"

void ci_proofs_destroy(struct ci_proofs *proofs) {
  pthread_mutex_destroy(&proofs->lock);
  free(proofs->right);
}

/* ---- Kernels that are right */

/* They are known by the hashes of their ids. */
static bool is_right(const struct ci_proofs *proofs, uint64_t hash) {
  for (size_t i = 0; i < proofs->right_count; i++)
    if (proofs->right[i] == hash) return true;
  return false;
}

/* Whether all kernels of a plan are, from the step `first` on. */
static bool are_right(const struct ci_proofs *proofs,
                      const struct ci_plan *plan, size_t first) {
  for (size_t i = first; i < plan->step_count; i++)
    if (plan->steps[i].kind == &ci_kernel_step &&
        !is_right(proofs, ci_id_hash(&plan->steps[i].id)))
      return false;
  return true;
}

static bool add_right(struct ci_proofs *proofs, uint64_t hash) {
  if (is_right(proofs, hash)) return true;
  if (proofs->right_count == proofs->right_room) {
    const size_t room = 2 * proofs->right_room + 16;
    uint64_t *right = realloc(proofs->right, room * sizeof *right);
    if (right == NULL) return false;
    proofs->right = right;
    proofs->right_room = room;
  }
  proofs->right[proofs->right_count++] = hash;
  return true;
}

/* What is not kept for lack of memory will be tested again. */
static void keep_right(struct ci_proofs *proofs, const struct ci_plan *plan,
                       size_t first) {
  for (size_t i = first; i < plan->step_count; i++)
    if (plan->steps[i].kind == &ci_kernel_step &&
        !add_right(proofs, ci_id_hash(&plan->steps[i].id)))
      return;
}

/* ---- The verdict on disk: right, or wrong for reasons that will last */

static const char right[] = "right", wrong[] = "wrong";

static clinfer_status add_kernel(const struct ci_programs *programs,
                                 const struct ci_kernel_id *id,
                                 uint64_t *fingerprint) {
  char file[64], options[CI_LONGEST_OPTIONS], *source;
  snprintf(file, sizeof file, "%s.cl",
           ci_kernel_path((enum ci_kernel_name)id->kernel));
  CI_TRY(ci_options_text(id, options));
  CI_TRY(ci_source(programs->cl_dir, file, &source));
  *fingerprint = ci_hash(options, strlen(options), *fingerprint);
  *fingerprint = ci_hash(source, strlen(source), *fingerprint);
  free(source);
  return CLINFER_OK;
}

/* It names all kernels of the test. NULL: no verdict is kept. */
static char *key_of(const struct ci_programs *programs, enum ci_provider id,
                    const struct ci_plan *plan) {
  char text[17];
  uint64_t fingerprint = CI_HASH_START;
  if (programs->cache_dir == NULL) return NULL;
  for (size_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == &ci_kernel_step &&
        add_kernel(programs, &plan->steps[i].id, &fingerprint) != CLINFER_OK)
      return NULL;
  snprintf(text, sizeof text, "%016" PRIx64, fingerprint);
  return ci_cache_key(programs->device, clinfer_provider_name(id), "self-test",
                      text);
}

static bool says(const struct ci_binary *verdict, const char *text) {
  return verdict->size == strlen(text) &&
         memcmp(verdict->bytes, text, verdict->size) == 0;
}

static enum ci_proof load(const struct ci_programs *programs, const char *key) {
  struct ci_binary verdict;
  enum ci_proof proof = CI_UNPROVEN;
  if (key == NULL || !ci_cache_load(programs->cache_dir, key, &verdict))
    return proof;
  if (says(&verdict, right)) proof = CI_PROVEN;
  if (says(&verdict, wrong)) proof = CI_REFUTED;
  free(verdict.file);
  return proof;
}

static void save(const struct ci_programs *programs, const char *key,
                 enum ci_proof proof) {
  const char *text = proof == CI_PROVEN ? right : wrong;
  if (key != NULL && proof != CI_UNPROVEN)
    ci_cache_save(programs->cache_dir, key, text, strlen(text));
}

/* ---- Proving */

struct test {
  struct ci_proofs *proofs;
  const struct ci_target *target;
  struct ci_choice choice;
  struct ci_problem problem; /* a small one, without memory */
  clinfer_norm norm;         /* its */
};

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

static enum ci_proof compute(const struct test *t, const char *key) {
  struct ci_programs *programs = &t->proofs->runtime->programs;
  const enum ci_provider id = t->choice.implementation->id;
  const clinfer_status status = ci_compare(t->proofs->runtime, t->target,
                                           &t->problem, t->choice);
  const enum ci_proof proof = proof_of(status);
  save(programs, key, proof);
  ci_log(&programs->log, "the self-test of %s: %s", clinfer_provider_name(id),
         status == CLINFER_OK ? right : clinfer_last_error()->message);
  return proof;
}

/* `small` is the plan of the small problem. */
static enum ci_proof prove_plan(const struct test *t,
                                const struct ci_plan *small) {
  struct ci_programs *programs = &t->proofs->runtime->programs;
  const enum ci_provider id = t->choice.implementation->id;
  if (are_right(t->proofs, small, 0)) return CI_PROVEN;
  char *key = key_of(programs, id, small);
  enum ci_proof proof = load(programs, key);
  if (proof == CI_UNPROVEN)
    proof = compute(t, key);
  else
    ci_log(&programs->log, "the self-test of %s, earlier: %s",
           clinfer_provider_name(id), proof == CI_PROVEN ? right : wrong);
  free(key);
  if (proof == CI_PROVEN) keep_right(t->proofs, small, 0);
  return proof;
}

static enum ci_proof prove(struct test *t) {
  const clinfer_error before = *clinfer_last_error();
  static const clinfer_exec nowhere = {.queue = NULL};
  struct ci_plan small = {.target = t->target, .exec = &nowhere};
  ci_shrink(&t->problem, &t->norm, t->target->device.compute_units);
  const clinfer_status status = ci_plan_by(&small, &t->problem, &t->choice);
  const enum ci_proof proof = status == CLINFER_OK ? prove_plan(t, &small)
                                                   : proof_of(status);
  ci_restore_error(&before);
  return proof;
}

/* The last try is a verdict, whatever came of it. */
static enum ci_proof try_to_prove(struct test *t) {
  const enum ci_provider id = t->choice.implementation->id;
  const enum ci_proof proof = prove(t);
  if (proof != CI_UNPROVEN) return proof;
  const bool is_last = ++t->proofs->tries[id] == CI_MOST_TRIES;
  ci_log(&t->proofs->runtime->programs.log, "%s is unproven: %s",
         clinfer_provider_name(id),
         is_last ? "this context does not use it" : "a later use tries again");
  return is_last ? CI_REFUTED : CI_UNPROVEN;
}

bool ci_is_proven(const struct ci_plan *plan, const struct ci_problem *problem,
                  struct ci_choice choice, size_t first) {
  struct ci_proofs *proofs = plan->proofs;
  if (proofs == NULL || !ci_must_prove(plan->target, choice.implementation))
    return true;
  _Atomic(enum ci_proof) *of = &proofs->of[choice.implementation->id];
  pthread_mutex_lock(&proofs->lock);
  enum ci_proof proof = atomic_load(of);
  if (proof != CI_REFUTED) {
    struct test test = {.proofs = proofs,
                        .target = plan->target,
                        .choice = choice,
                        .problem = *problem};
    proof = are_right(proofs, plan, first) ? CI_PROVEN : try_to_prove(&test);
    if (proof == CI_PROVEN) keep_right(proofs, plan, first);
    if (proof != CI_UNPROVEN) atomic_store(of, proof);
  }
  pthread_mutex_unlock(&proofs->lock);
  return proof == CI_PROVEN;
}
