/* program.c - kernels, compiled once: kept in memory and on disk. */

#define _POSIX_C_SOURCE 200809L

#include "program/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/build.h"

static void forget_runs(struct ci_kernel *k) {
  while (k->run_count > 0) clReleaseEvent(k->runs[--k->run_count].event);
  free(k->runs);
  k->runs = NULL;
}

static void destroy_kernel(struct ci_kernel *k) {
  ci_build_release(k);
  forget_runs(k);
  free(k->options);
  free(k->key);
  pthread_mutex_destroy(&k->lock);
  free(k);
}

static clinfer_status create_kernel(struct ci_programs *programs,
                                    const struct ci_kernel_id *id,
                                    struct ci_kernel **kernel) {
  char options[CI_LONGEST_OPTIONS];
  CI_TRY(ci_options_text(id, options));
  struct ci_kernel *k = calloc(1, sizeof *k);
  if (k == NULL) return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  if (pthread_mutex_init(&k->lock, NULL) != 0) {
    free(k);
    return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory for a lock");
  }
  k->id = *id;
  k->options = strdup(options);
  const clinfer_status status = k->options ? ci_build(programs, k)
                                           : ci_fail(CLINFER_OUT_OF_MEMORY, 0,
                                                     "no host memory");
  if (status == CLINFER_OK)
    *kernel = k;
  else
    destroy_kernel(k);
  return status;
}

typedef _Atomic(struct ci_kernel *) bucket;

static struct ci_kernel *find(bucket *in, const struct ci_kernel_id *id) {
  struct ci_kernel *k = atomic_load(in);
  while (k && !ci_id_equal(&k->id, id)) k = k->next;
  return k;
}

/* With the lock held, so that no kernel is compiled twice. */
static clinfer_status find_or_create(struct ci_programs *programs, bucket *in,
                                     const struct ci_kernel_id *id,
                                     struct ci_kernel **kernel) {
  struct ci_kernel *k = find(in, id);
  if (k == NULL) {
    CI_TRY(create_kernel(programs, id, &k));
    k->next = atomic_load(in);
    atomic_store(in, k);
  }
  *kernel = k;
  return CLINFER_OK;
}

clinfer_status ci_kernel_get(struct ci_programs *programs,
                             const struct ci_kernel_id *id,
                             struct ci_kernel **kernel) {
  bucket *in = &programs->kernels[ci_kernel_bucket(ci_id_hash(id))];
  struct ci_kernel *k = find(in, id);
  if (k) {
    *kernel = k;
    return CLINFER_OK;
  }
  pthread_mutex_lock(&programs->lock);
  const clinfer_status status = find_or_create(programs, in, id, kernel);
  pthread_mutex_unlock(&programs->lock);
  return status;
}

clinfer_status ci_kernel_set(struct ci_kernel *k, cl_uint index, size_t size,
                             const void *value) {
  if (index >= CI_MOST_VALUES || size > sizeof k->values->bytes)
    return ci_fail(CLINFER_UNSUPPORTED, 0, "%s: argument %u of %zu bytes",
                   ci_kernel_name(k), index, size);
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
  if (mem != NULL && index < CI_MOST_VALUES) k->values[index].known = false;
  return ci_kernel_set(k, index, sizeof mem, &mem);
}

/* Only a device with binary_after_run has kernels that are unsaved after they
 * were built. A run that ended by an error may have left the code out. */
void ci_kernel_save_if_idle(struct ci_programs *programs, struct ci_kernel *k) {
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
  ci_build_save(programs, k);
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

bool ci_kernel_replaced(struct ci_programs *programs, struct ci_kernel *k,
                        cl_program failed, clinfer_status status) {
  if (k == NULL || status != CLINFER_OPENCL_ERROR ||
      clinfer_last_error()->code ==
          CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
    return false;
  if (failed != k->program) return true;
  if (!k->is_loaded) return false;
  const clinfer_error before = *clinfer_last_error();
  ci_log(&programs->log, "the cached %s cannot be launched: %s",
         ci_kernel_name(k), before.message);
  const bool replaced = ci_build_again(programs, k);
  if (replaced) {
    k->is_loaded = false;
    memset(k->values, 0, sizeof k->values);
  } else {
    forget_key(k);
  }
  ci_restore_error(&before);
  return replaced;
}

void ci_programs_destroy(struct ci_programs *programs) {
  for (size_t b = 0; b < CI_KERNEL_BUCKETS; b++)
    for (struct ci_kernel *k = programs->kernels[b], *next; k; k = next) {
      next = k->next;
      ci_kernel_save_if_idle(programs, k);
      destroy_kernel(k);
    }
  pthread_mutex_destroy(&programs->lock);
}
