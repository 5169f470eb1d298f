/* stress.c - random cases from several threads for a while: most on one
 * context, each with a queue of its own, while another one makes and destroys
 * contexts. Every result is checked. */

#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "commands/stress.h"

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/check_case.h"
#include "engine/device_run.h"
#include "lib/json.h"
#include "select.h"

enum {
  THREADS = 4,             /* the last one makes contexts of its own */
  MOST_ELEMENTS = 1 << 18, /* of an operand: larger cases show no more */
  MOST_FAILURES = 10       /* that are told */
};
#define SLICE 1.0 /* seconds: after each, the threads end and start anew */
#define MOST_FLOPS 1e8

struct stress {
  struct device_run run;
  struct case_list cases;
  char (*under_way)[CASE_TEXT]; /* of each thread; shared with the parent */

  /* In the parent. */
  double count, first_count; /* cases, and those of the first half */
  struct usage {
    double memory, descriptors; /* bytes; open files */
  } first, last;
  size_t failures;
};

struct thread {
  pthread_t id;
  struct stress *stress;
  size_t index;
  uint64_t random;
  enum tool_fault fault;
  size_t count;
  cJSON *failures;
};

/* ---- In the worker: one thread */

/* splitmix64 */
static uint64_t next_random(struct thread *t) {
  uint64_t z = t->random += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static void run_case(struct thread *t, const struct session *s) {
  const struct stress *stress = t->stress;
  struct result result;
  struct test_case c = stress->cases
                           .items[next_random(t) % stress->cases.count];
  c.seed = next_random(t) >> 32;
  case_print(&c, stress->under_way[t->index]);
  /* Without elements there is none that could be wrong. */
  const enum tool_fault fault = c.m > 0 && c.k > 0 ? t->fault : FAULT_NONE;
  if (fault != FAULT_NONE) t->fault = FAULT_NONE;
  check_case(s, &c, fault, &result);
  t->count++;
  if (result.verdict != CASE_OK && result.verdict != CASE_SKIP)
    cJSON_AddItemToArray(t->failures, result_to_json(&result));
}

static bool open_context(struct session *s, const struct options *options) {
  const clinfer_options library = session_options(s, &options->session);
  return clinfer_context_create(s->context, s->device, &library, &s->ctx) ==
         CLINFER_OK;
}

static void *work(void *argument) {
  struct thread *t = argument;
  const struct stress *stress = t->stress;
  struct session own = stress->run.session;
  const bool own_context = t->index == THREADS - 1;
  const double end = tool_now() + SLICE;
  cl_int code;
  own.queue = clCreateCommandQueue(own.context, own.device, 0, &code);
  if (code != CL_SUCCESS) return t;
  void *failed = NULL;
  do {
    if (own_context && !open_context(&own, stress->run.options)) failed = t;
    if (failed == NULL) run_case(t, &own);
    if (own_context && failed == NULL) clinfer_context_destroy(own.ctx);
  } while (failed == NULL && tool_now() < end);
  clReleaseCommandQueue(own.queue);
  return failed;
}

/* ---- In the worker: all threads, for a slice of the time */

/* Linux only; elsewhere 0. */
static double count_descriptors(void) {
  DIR *dir = opendir("/proc/self/fd");
  double count = 0;
  while (dir != NULL && readdir(dir) != NULL) count++;
  if (dir != NULL) closedir(dir);
  return count > 3 ? count - 3 : 0; /* ".", ".." and this one */
}

static double count_memory(void) {
  FILE *file = fopen("/proc/self/statm", "r");
  long pages = 0;
  if (file == NULL) return 0;
  if (fscanf(file, "%*s %ld", &pages) != 1) pages = 0;
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void start(struct stress *stress, size_t slice, struct thread *t) {
  const struct options *options = stress->run.options;
  for (size_t i = 0; i < THREADS; i++) {
    t[i] = (struct thread){
        .stress = stress,
        .index = i,
        .random = options->seed + (slice * THREADS + i) * 0x632be59bd9b4e019u,
        .fault = slice == 0 && i == 0 ? options->fault : FAULT_NONE,
        .failures = cJSON_CreateArray()};
    if (pthread_create(&t[i].id, NULL, work, &t[i]) != 0) _exit(TOOL_INTERNAL);
  }
}

/* False if a thread could not go on. */
static bool end(struct thread *t, double *count, cJSON *failures) {
  void *failed = NULL;
  cJSON *one;
  pthread_join(t->id, &failed);
  *count += (double)t->count;
  while ((one = cJSON_DetachItemFromArray(t->failures, 0)) != NULL)
    cJSON_AddItemToArray(failures, one);
  cJSON_Delete(t->failures);
  return failed == NULL;
}

static cJSON *item(void *user, size_t slice) {
  struct thread threads[THREADS];
  cJSON *line = cJSON_CreateObject(), *failures = cJSON_CreateArray();
  double count = 0;
  bool well = true;
  start(user, slice, threads);
  for (size_t i = 0; i < THREADS; i++)
    well = end(&threads[i], &count, failures) && well;
  cJSON_AddStringToObject(line, "type", "stress");
  cJSON_AddNumberToObject(line, "cases", count);
  cJSON_AddNumberToObject(line, "memory", count_memory());
  cJSON_AddNumberToObject(line, "descriptors", count_descriptors());
  cJSON_AddBoolToObject(line, "well", well);
  cJSON_AddItemToObject(line, "failures", failures);
  return line;
}

/* ---- In the parent */

static size_t slices_of(const struct options *o) {
  return tool_clamp(o->seconds / SLICE + 0.5, 2, SIZE_MAX >> 1);
}

static void worsen(struct stress *stress, int code) {
  stress->run.exit_code = tool_worse(stress->run.exit_code, code);
}

static void tell_failure(struct stress *stress, const cJSON *failure) {
  FILE *out = stress->run.out->text;
  worsen(stress, TOOL_FAILED);
  if (stress->failures++ >= MOST_FAILURES) return;
  fprintf(out, "%-7s %s\n  %s\n", json_text(failure, "status"),
          json_text(failure, "case"), json_text(failure, "message"));
}

static void done(void *user, size_t index, const cJSON *line) {
  struct stress *stress = user;
  const size_t slices = slices_of(stress->run.options);
  const cJSON *failure;
  output_progress(stress->run.out, 0, 0, "");
  output_json(stress->run.out, line);
  cJSON_ArrayForEach(failure, cJSON_GetObjectItem(line, "failures"))
      tell_failure(stress, failure);
  if (!cJSON_IsTrue(cJSON_GetObjectItem(line, "well"))) {
    fprintf(stress->run.out->text,
            "FAIL    no queue or context for a thread\n");
    worsen(stress, TOOL_FAILED);
  }
  stress->count += json_number(line, "cases", 0);
  stress->last = (struct usage){json_number(line, "memory", 0),
                                json_number(line, "descriptors", 0)};
  if (index + 1 <= slices / 2)
    stress->first = stress->last, stress->first_count = stress->count;
  output_progress(stress->run.out, index + 1, slices, "");
}

static void lost(void *user, size_t index, bool hung, const char *how) {
  struct stress *stress = user;
  FILE *out = stress->run.out->text;
  if (device_run_lost(&stress->run, index, how)) return;
  fprintf(out, "%-7s %s, during\n", hung ? "TIMEOUT" : "CRASH", how);
  for (size_t i = 0; i < THREADS; i++)
    fprintf(out, "  %s\n", stress->under_way[i]);
}

static void tell_usage(const struct stress *stress) {
  const struct usage *a = &stress->first, *b = &stress->last;
  FILE *out = stress->run.out->text;
  fprintf(out, "%.0f cases in %d threads, %zu failed\n", stress->count, THREADS,
          stress->failures);
  fprintf(out, "          %12s %12s\n", "halfway", "at the end");
  fprintf(out, "cases     %12.0f %12.0f\n", stress->first_count, stress->count);
  fprintf(out, "memory    %8.1f MiB %8.1f MiB, %+.0f KiB for 1000 cases\n",
          a->memory / (1 << 20), b->memory / (1 << 20),
          (b->memory - a->memory) / 1024 * 1000 /
              (stress->count - stress->first_count + 1));
  fprintf(out, "open files %11.0f %12.0f\n", a->descriptors, b->descriptors);
}

static bool is_small(const struct test_case *c) {
  size_t rows, cols;
  for (enum role role = 0; role < ROLE_COUNT; role++) {
    case_size(c, role, &rows, &cols);
    if (case_has(c, role) && rows * cols > MOST_ELEMENTS) return false;
  }
  return case_flops(c) <= MOST_FLOPS;
}

static struct case_list select_cases(const struct options *options) {
  struct case_list cases = cases_select(options);
  size_t kept = 0;
  for (size_t i = 0; i < cases.count; i++)
    if (is_small(&cases.items[i])) cases.items[kept++] = cases.items[i];
  cases.count = kept;
  return cases;
}

int stress_device(const struct options *options, const struct output *out,
                  const char *selector) {
  struct stress stress = {.run = {.options = options,
                                  .out = out,
                                  .asked = selector,
                                  .exit_code = TOOL_PASSED},
                          .cases = select_cases(options)};
  if (stress.cases.count == 0) return TOOL_USAGE;
  const size_t shared = THREADS * sizeof *stress.under_way;
  stress.under_way = mmap(NULL, shared, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (stress.under_way == MAP_FAILED) return TOOL_INTERNAL;
  device_run_job(&stress.run, (struct worker_job){.count = slices_of(options),
                                                  .item = item,
                                                  .done = done,
                                                  .lost = lost});
  if (stress.run.opened != NULL) tell_usage(&stress);
  munmap(stress.under_way, shared);
  cJSON_Delete(stress.run.opened);
  free(stress.cases.items);
  return stress.run.exit_code;
}
