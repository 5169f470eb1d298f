/* test_cold_start.c - eight processes of eight threads each start at once on
 * one empty cache folder: results are right, each process builds or loads each
 * kernel once, and the folder is sound afterwards. */

#define _XOPEN_SOURCE 700

#include "calls.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/cache.h"
#include "cached_call.h"
#include "files.h"

enum { PROCESSES = 8, THREADS = 8, ROUNDS = 3, OPERATORS = 2 };

static const char *const names[OPERATORS] = {"layer_norm", "linear"};
static const struct call_sizes sizes = {17, 33, 65, 33};
static const struct t_store f32 = {CLINFER_F32, 0, 0};
static const char *self; /* this program */

/* ---- One of the processes */

struct worker {
  pthread_t thread;
  cl_command_queue queue;
  struct call calls[OPERATORS];
  bool well;
};

static void *work(void *argument) {
  struct worker *w = argument;
  w->well = true;
  for (size_t i = 0; i < ROUNDS * OPERATORS; i++)
    w->well &= call_run(&w->calls[i % OPERATORS]) == CLINFER_OK;
  w->well &= clFinish(w->queue) == CL_SUCCESS;
  return NULL;
}

static void run_threads(clinfer_context *ctx) {
  static struct worker workers[THREADS];
  struct call originals[OPERATORS];
  for (size_t i = 0; i < OPERATORS; i++)
    originals[i] = call_make(call_operator_named(names[i]), ctx, &sizes, f32);
  for (size_t t = 0; t < THREADS; t++) {
    struct worker *w = &workers[t];
    w->queue = clCreateCommandQueue(clinfer_context_cl(ctx),
                                    clinfer_context_device(ctx), 0, NULL);
    assert_non_null(w->queue);
    for (size_t i = 0; i < OPERATORS; i++) {
      w->calls[i] = call_twin(&originals[i]);
      w->calls[i].exec.queue = w->queue;
    }
  }
  for (size_t t = 0; t < THREADS; t++)
    assert_int_equal(pthread_create(&workers[t].thread, NULL, work,
                                    &workers[t]),
                     0);
  for (size_t t = 0; t < THREADS; t++) pthread_join(workers[t].thread, NULL);
  for (size_t i = 0; i < OPERATORS; i++) {
    originals[i].ctx = t_next(NULL, "")->ctx; /* by kernels of its own */
    T_OK(call_run(&originals[i]));
    for (size_t t = 0; t < THREADS; t++) {
      assert_true(workers[t].well);
      call_require_same(&workers[t].calls[i], &originals[i]);
    }
  }
  for (size_t t = 0; t < THREADS; t++) clReleaseCommandQueue(workers[t].queue);
}

static int be_child(const char *folder) {
  struct cached_call log = {0};
  t_open(NULL);
  clinfer_context *ctx = cached_call_open(folder, &log);
  run_threads(ctx);
  clinfer_context_destroy(ctx);
  t_release();
  printf("RESULT %zu %zu\n", log.built, log.loaded);
  t_close(NULL);
  return 0;
}

/* ---- All of them */

struct child {
  FILE *output;
  size_t built, loaded;
};

static void start(struct child *c, const char *folder, const char *drivers) {
  char command[3072];
  snprintf(command, sizeof command, "POCL_CACHE_DIR='%s' exec '%s' '%s'",
           drivers, self, folder);
  c->output = popen(command, "r");
  assert_non_null(c->output);
}

static void end(struct child *c) {
  char line[256];
  bool found = false;
  while (fgets(line, sizeof line, c->output) != NULL)
    found |= sscanf(line, "RESULT %zu %zu", &c->built, &c->loaded) == 2;
  assert_int_equal(pclose(c->output), 0);
  assert_true(found);
}

/* Every file is whole, and nothing else lies there. */
static size_t count_whole(const char *folder) {
  size_t count = 0;
  DIR *dir = opendir(folder);
  assert_non_null(dir);
  for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
    char path[FILES_PATH + 256];
    struct ci_binary binary;
    if (e->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    assert_true(ci_cache_read(path, &binary));
    free(binary.file);
    count++;
  }
  closedir(dir);
  return count;
}

static void cold_start(void) {
  char folder[FILES_PATH], drivers[PROCESSES][FILES_PATH];
  struct child children[PROCESSES], later;
  files_make_folder(folder);
  for (size_t i = 0; i < PROCESSES; i++) {
    files_make_folder(drivers[i]);
    start(&children[i], folder, drivers[i]);
  }
  for (size_t i = 0; i < PROCESSES; i++) end(&children[i]);
  const size_t kernels = count_whole(folder);
  start(&later, folder, drivers[0]);
  end(&later);
  assert_true(kernels >= OPERATORS);
  assert_int_equal(later.built, 0);
  assert_int_equal(later.loaded, kernels);
  for (size_t i = 0; i < PROCESSES; i++) {
    assert_int_equal(children[i].built + children[i].loaded, kernels);
    files_remove(drivers[i]);
  }
  files_remove(folder);
}

static const struct t_single singles[] = {
    {"eight processes of eight threads", cold_start},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  self = argv[0];
  if (argc == 2 && argv[1][0] == '/') return be_child(argv[1]);
  return t_main(argc, argv, "cold_start", tables, T_COUNT(tables));
}
