/* program.c - kernels, compiled once: kept in memory and on disk. */

#define _POSIX_C_SOURCE 200809L

#include "program/program.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/build.h"
#include "context/context.h"
#include "base/hash.h"

static void forget_runs(struct ci_kernel *k) {
  while (k->run_count > 0) clReleaseEvent(k->runs[--k->run_count].event);
  free(k->runs);
  k->runs = NULL;
}

static void destroy_kernel(struct ci_kernel *k) {
  ci_build_release(k);
  forget_runs(k);
  free(k->name);
  free(k->options);
  free(k->key);
  pthread_mutex_destroy(&k->lock);
  free(k);
}

static clinfer_status create_kernel(clinfer_context *ctx, const char *name,
                                    const char *options,
                                    struct ci_kernel **kernel) {
  struct ci_kernel *k = calloc(1, sizeof *k);
  if (k == NULL) return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  if (pthread_mutex_init(&k->lock, NULL) != 0) {
    free(k);
    return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory for a lock");
  }
  k->name = strdup(name);
  k->options = strdup(options);
  clinfer_status status = CLINFER_OK;
  if (k->name == NULL || k->options == NULL)
    status = ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  else
    status = ci_build(ctx, k);
  if (status == CLINFER_OK)
    *kernel = k;
  else
    destroy_kernel(k);
  return status;
}

void ci_options_text(const struct ci_kernel_id *id,
                     char text[CI_LONGEST_OPTIONS]) {
  size_t used = (size_t)snprintf(text, CI_LONGEST_OPTIONS, "-cl-std=CL1.2");
  for (size_t i = 0; i < id->option_count; i++) {
    const struct ci_option *o = &id->options[i];
    const size_t room = CI_LONGEST_OPTIONS - used;
    char *end = text + used;
    int length;
    if (o->operand)
      length = snprintf(end, room, " -D%s_TYPE=%s -DHAS_%s=1", o->name, o->word,
                        o->name);
    else if (o->word)
      length = snprintf(end, room, " -D%s=%s", o->name, o->word);
    else
      length = snprintf(end, room, " -D%s=%zu", o->name, o->number);
    assert(length >= 0 && (size_t)length < room);
    used += (size_t)length;
  }
}

/* The kernel built from this very text, made if there is none. */
static clinfer_status kernel_of(clinfer_context *ctx,
                                const struct ci_kernel_id *id,
                                struct ci_kernel **kernel) {
  struct ci_programs *programs = &ctx->programs;
  char options[CI_LONGEST_OPTIONS];
  ci_options_text(id, options);
  struct ci_kernel *k = programs->kernels;
  while (k && (strcmp(k->name, id->kernel) || strcmp(k->options, options)))
    k = k->next;
  if (k == NULL) {
    CI_TRY(create_kernel(ctx, id->kernel, options, &k));
    k->next = programs->kernels;
    programs->kernels = k;
  }
  *kernel = k;
  return CLINFER_OK;
}

static clinfer_status add_alias(clinfer_context *ctx,
                                const struct ci_kernel_id *id,
                                struct ci_alias **bucket) {
  struct ci_kernel *kernel;
  CI_TRY(kernel_of(ctx, id, &kernel));
  struct ci_alias *alias = malloc(sizeof *alias);
  if (alias == NULL) return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  *alias = (struct ci_alias){*bucket, *id, kernel};
  *bucket = alias;
  return CLINFER_OK;
}

/* Every bit of the word moves up; the highest ones are the mixed ones. */
static uint64_t mix(uint64_t word, uint64_t h) {
  return (h ^ word) * 0x9e3779b97f4a7c15u;
}

static size_t bucket_of(const struct ci_kernel_id *id) {
  uint64_t h = mix((uintptr_t)id->kernel, CI_HASH_START);
  for (size_t i = 0; i < id->option_count; i++) {
    const struct ci_option *o = &id->options[i];
    h = mix((uintptr_t)o->name, h);
    h = mix((uintptr_t)o->word, h);
    h = mix(o->number, h);
  }
  return h >> (64 - CI_KERNEL_BUCKET_BITS);
}

static bool is_same(const struct ci_kernel_id *a,
                    const struct ci_kernel_id *b) {
  if (a->kernel != b->kernel || a->option_count != b->option_count)
    return false;
  for (size_t i = 0; i < a->option_count; i++) {
    const struct ci_option *o = &a->options[i], *p = &b->options[i];
    if (o->name != p->name || o->word != p->word || o->number != p->number ||
        o->operand != p->operand)
      return false;
  }
  return true;
}

clinfer_status ci_kernel_get(clinfer_context *ctx,
                             const struct ci_kernel_id *id,
                             struct ci_kernel **kernel) {
  struct ci_programs *programs = &ctx->programs;
  clinfer_status status = CLINFER_OK;
  /* Held while compiling as well, so that no kernel is compiled twice. */
  pthread_mutex_lock(&programs->lock);
  struct ci_alias **bucket = &programs->aliases[bucket_of(id)];
  struct ci_alias *alias = *bucket;
  while (alias && !is_same(&alias->id, id)) alias = alias->next;
  if (alias == NULL) {
    status = add_alias(ctx, id, bucket);
    alias = *bucket;
  }
  if (status == CLINFER_OK) *kernel = alias->kernel;
  pthread_mutex_unlock(&programs->lock);
  return status;
}

clinfer_status ci_kernel_set(struct ci_kernel *k, cl_uint index, size_t size,
                             const void *value) {
  assert(index < CI_MOST_VALUES && size <= sizeof k->values->bytes);
  struct ci_value *v = &k->values[index];
  if (v->known && memcmp(v->bytes, value, size) == 0) return CLINFER_OK;
  v->known = false;
  CI_TRY(ci_cl(clSetKernelArg(k->kernel, index, size, value),
               "clSetKernelArg"));
  memcpy(v->bytes, value, size);
  v->known = true;
  return CLINFER_OK;
}

clinfer_status ci_kernel_set_buffer(struct ci_kernel *k, cl_uint index,
                                    cl_mem mem) {
  if (mem != NULL) k->values[index].known = false;
  return ci_kernel_set(k, index, sizeof mem, &mem);
}

/* Only a device with binary_after_run has kernels that are unsaved after they
 * were built. A run that ended by an error may have left the code out. */
void ci_kernel_save_if_idle(clinfer_context *ctx, struct ci_kernel *k) {
  if (!ci_kernel_is_unsaved(k)) return;
  size_t in_flight = 0;
  for (size_t i = 0; i < k->run_count; i++) {
    const cl_int state = ci_state(k->runs[i].event);
    k->has_run |= state == CL_COMPLETE;
    if (state <= CL_COMPLETE)
      clReleaseEvent(k->runs[i].event);
    else
      k->runs[in_flight++] = k->runs[i];
  }
  k->run_count = in_flight;
  if (in_flight > 0 || !k->has_run) return;
  ci_build_save(ctx, k);
  forget_runs(k);
}

static void forget_key(struct ci_kernel *k) {
  free(k->key);
  k->key = NULL;
  k->is_loaded = false;
}

/* A run that cannot be watched may be under way for ever. */
static void give_up_saving(struct ci_kernel *k) {
  forget_key(k);
  forget_runs(k);
}

static void watch(struct ci_kernel *k, cl_command_queue in_order,
                  cl_event event) {
  if (clRetainEvent(event) != CL_SUCCESS) {
    give_up_saving(k);
    return;
  }
  for (size_t i = 0; i < k->run_count && in_order != NULL; i++)
    if (k->runs[i].in_order == in_order) { /* the later run ends later */
      clReleaseEvent(k->runs[i].event);
      k->runs[i].event = event;
      return;
    }
  struct ci_kernel_run *runs = realloc(k->runs,
                                       (k->run_count + 1) * sizeof *runs);
  if (runs == NULL) {
    clReleaseEvent(event);
    give_up_saving(k);
    return;
  }
  runs[k->run_count++] = (struct ci_kernel_run){in_order, event};
  k->runs = runs;
}

void ci_kernel_runs(struct ci_kernel *k, cl_command_queue in_order,
                    cl_event event) {
  if (ci_kernel_is_unsaved(k))
    watch(k, in_order, event);
  else if (k->is_loaded)
    forget_key(k);
}

bool ci_kernel_replaced(clinfer_context *ctx, struct ci_kernel *k,
                        clinfer_status status) {
  if (k == NULL || !k->is_loaded || status != CLINFER_OPENCL_ERROR ||
      clinfer_last_error()->code ==
          CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
    return false;
  const clinfer_error before = *clinfer_last_error();
  ci_log(ctx, "the cached %s cannot be launched: %s", k->name, before.message);
  const bool replaced = ci_build_again(ctx, k);
  if (replaced) {
    k->is_loaded = false;
    memset(k->values, 0, sizeof k->values);
  } else {
    forget_key(k);
  }
  ci_restore_error(&before);
  return replaced;
}

void ci_programs_destroy(clinfer_context *ctx) {
  struct ci_programs *programs = &ctx->programs;
  for (size_t b = 0; b < CI_KERNEL_BUCKETS; b++)
    for (struct ci_alias *a = programs->aliases[b], *next; a; a = next) {
      next = a->next;
      free(a);
    }
  for (struct ci_kernel *k = programs->kernels, *next; k; k = next) {
    next = k->next;
    ci_kernel_save_if_idle(ctx, k);
    destroy_kernel(k);
  }
  pthread_mutex_destroy(&programs->lock);
}
