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

/* ---- Kernels that are right */

/* They are known by the hashes of their ids. None is taken out again before the
 * context ends. */
struct ci_right {
  uint64_t hash;
  struct ci_right *next;
};

void ci_proofs_destroy(struct ci_proofs *proofs) {
  for (size_t b = 0; b < CI_KERNEL_BUCKETS; b++)
    for (struct ci_right *r = proofs->right[b], *next; r; r = next) {
      next = r->next;
      free(r);
    }
  pthread_mutex_destroy(&proofs->lock);
}

static bool is_right(const struct ci_proofs *proofs, uint64_t hash) {
  const struct ci_right *r = atomic_load(&proofs
                                              ->right[ci_kernel_bucket(hash)]);
  while (r && r->hash != hash) r = r->next;
  return r != NULL;
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

/* What is not kept for lack of memory will be tested again. */
static void add_right(struct ci_proofs *proofs, uint64_t hash) {
  _Atomic(struct ci_right *) *bucket = &proofs->right[ci_kernel_bucket(hash)];
  if (is_right(proofs, hash)) return;
  struct ci_right *r = malloc(sizeof *r);
  if (r == NULL) return;
  *r = (struct ci_right){hash, atomic_load(bucket)};
  atomic_store(bucket, r);
}

static void keep_right(struct ci_proofs *proofs, const struct ci_plan *plan,
                       size_t first) {
  for (size_t i = first; i < plan->step_count; i++)
    if (plan->steps[i].kind == &ci_kernel_step)
      add_right(proofs, ci_id_hash(&plan->steps[i].id));
}

/* ---- The verdict on disk: right, or wrong for reasons that will last */

static const char right[] = "right", wrong[] = "wrong";

struct test {
  struct ci_proofs *proofs;
  const struct ci_target *target;
  struct ci_choice choice;
  struct ci_problem problem; /* a small one, without memory */
  clinfer_norm norm;         /* its */
};

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

static clinfer_status add_kernels(const struct ci_programs *programs,
                                  const struct ci_plan *plan,
                                  uint64_t *fingerprint) {
  for (size_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].kind == &ci_kernel_step)
      CI_TRY(add_kernel(programs, &plan->steps[i].id, fingerprint));
  return CLINFER_OK;
}

/* A plan that will not run. */
static struct ci_plan plan_for(const struct ci_target *target) {
  static const clinfer_exec nowhere = {.queue = NULL};
  return (struct ci_plan){.target = target, .exec = &nowhere};
}

/* What a verdict depends on as well: what the kernels were compared with. */
static clinfer_status add_reference(const struct test *t,
                                    uint64_t *fingerprint) {
  const struct ci_target plain = ci_reference_target(t->target);
  struct ci_plan reference = plan_for(&plain);
  CI_TRY(ci_plan(&reference, &t->problem));
  return add_kernels(&t->proofs->runtime->programs, &reference, fingerprint);
}

/* It names all kernels of the test. NULL: no verdict is kept. */
static char *key_of(const struct test *t, const struct ci_plan *small) {
  const struct ci_programs *programs = &t->proofs->runtime->programs;
  char text[17];
  uint64_t fingerprint = CI_HASH_START;
  if (programs->cache_dir == NULL ||
      add_kernels(programs, small, &fingerprint) != CLINFER_OK ||
      add_reference(t, &fingerprint) != CLINFER_OK)
    return NULL;
  snprintf(text, sizeof text, "%016" PRIx64, fingerprint);
  return ci_cache_key(programs->device,
                      clinfer_provider_name(t->choice.implementation->id),
                      "self-test", text);
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
  char *key = key_of(t, small);
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

static enum ci_proof test(struct test *t) {
  const clinfer_error before = *clinfer_last_error();
  struct ci_plan small = plan_for(t->target);
  ci_shrink(&t->problem, &t->norm, t->target->device.compute_units);
  const clinfer_status status = ci_plan_by(&small, &t->problem, &t->choice);
  const enum ci_proof proof = status == CLINFER_OK ? prove_plan(t, &small)
                                                   : proof_of(status);
  ci_restore_error(&before);
  return proof;
}

/* The last try is a verdict, whatever came of it. */
static enum ci_proof try_to_prove(struct test *t, struct ci_standing *of) {
  const enum ci_proof proof = test(t);
  if (proof != CI_UNPROVEN) return proof;
  const bool is_last = ++of->tries == CI_MOST_TRIES;
  ci_log(&t->proofs->runtime->programs.log, "%s is unproven: %s",
         clinfer_provider_name(t->choice.implementation->id),
         is_last ? "this context does not use it" : "a later call tries again");
  return is_last ? CI_REFUTED : CI_UNPROVEN;
}

/* Without a test. */
static enum ci_proof look_up(const struct ci_standing *of,
                             const struct ci_plan *plan, size_t first) {
  const enum ci_proof proof = atomic_load(&of->proof);
  return proof == CI_PROVEN && !are_right(plan->proofs, plan, first)
             ? CI_UNPROVEN
             : proof;
}

/* With the lock held, which another thread may have had for the same test. */
static enum ci_proof settle(struct test *t, struct ci_standing *of,
                            const struct ci_plan *plan, size_t first) {
  enum ci_proof proof = look_up(of, plan, first);
  if (proof != CI_UNPROVEN) return proof;
  proof = are_right(t->proofs, plan, first) ? CI_PROVEN : try_to_prove(t, of);
  if (proof == CI_PROVEN) keep_right(t->proofs, plan, first);
  if (proof != CI_UNPROVEN) atomic_store(&of->proof, proof);
  return proof;
}

enum ci_proof ci_prove(struct ci_plan *plan, const struct ci_problem *problem,
                       struct ci_choice choice, size_t first) {
  struct ci_proofs *proofs = plan->proofs;
  const enum ci_provider id = choice.implementation->id;
  struct ci_standing *of = &proofs->of[problem->kind][id];
  if (!ci_must_prove(plan->target, choice.implementation)) return CI_PROVEN;
  enum ci_proof proof = look_up(of, plan, first);
  if (proof != CI_UNPROVEN || plan->untested >> id & 1) return proof;
  struct test t = {.proofs = proofs,
                   .target = plan->target,
                   .choice = choice,
                   .problem = *problem};
  pthread_mutex_lock(&proofs->lock);
  proof = settle(&t, of, plan, first);
  pthread_mutex_unlock(&proofs->lock);
  if (proof == CI_UNPROVEN) plan->untested |= 1u << id;
  return proof;
}
