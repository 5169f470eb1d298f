/* test_endurance.c - ten thousand calls: neither memory nor descriptors nor
 * OpenCL objects become more. */

#include "queues.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shim.h"

enum { WARM_UP = 2000, CALLS = 10000, MOST_GROWTH = 1 << 20 /* bytes */ };

static const struct call_sizes sizes = {17, 33, 65, 33};
static const struct t_store f16 = {CLINFER_F16, 1, 3};

/* Linux only; elsewhere 0. */
static size_t count_descriptors(void) {
  DIR *dir = opendir("/proc/self/fd");
  size_t count = 0;
  while (dir != NULL && readdir(dir) != NULL) count++;
  if (dir != NULL) closedir(dir);
  return count;
}

/* A sanitizer keeps what is freed. */
static long count_memory(void) {
  long pages = 0;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL) return 0;
  if (fscanf(file, "%*s %ld", &pages) != 1) pages = 0;
  fclose(file);
#endif
  return pages * sysconf(_SC_PAGESIZE);
}

/* Of each operator, on one queue. */
static struct call calls[2][32];

static void make_calls(size_t q, cl_command_queue_properties properties) {
  const cl_command_queue queue = queue_make(properties);
  for (size_t i = 0; i < call_operator_count(); i++) {
    calls[q][i] = call_make(call_operator_at(i), queue_ctx(), &sizes, f16);
    calls[q][i].exec.queue = queue;
  }
}

static void finish(void) {
  for (size_t q = 0; q < T_COUNT(calls); q++)
    assert_int_equal(clFinish(calls[q][0].exec.queue), CL_SUCCESS);
}

static void run_calls(size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct call *c = &calls[i % 2][i / 2 % call_operator_count()];
    cl_event event = NULL;
    c->exec.event = i % 3 == 0 ? &event : NULL;
    assert_int_equal(call_run(c), CLINFER_OK);
    if (event != NULL) clReleaseEvent(event);
    if (i % 100 == 99) finish();
  }
  finish();
}

static void ten_thousand_calls(void) {
  const bool unordered = queue_possible(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
  make_calls(0, 0);
  make_calls(1, unordered ? CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE : 0);
  run_calls(WARM_UP);
  const long memory = count_memory(), events = shim_live(SHIM_EVENT),
             buffers = shim_live(SHIM_BUFFER);
  const size_t descriptors = count_descriptors();
  run_calls(CALLS);
  printf("%d calls: %+ld bytes\n", CALLS, count_memory() - memory);
  assert_true(count_memory() - memory <= MOST_GROWTH);
  assert_int_equal(count_descriptors(), descriptors);
  assert_int_equal(shim_live(SHIM_BUFFER), buffers);
  assert_int_equal(shim_live(SHIM_EVENT), events);
  for (size_t q = 0; q < T_COUNT(calls); q++)
    clReleaseCommandQueue(calls[q][0].exec.queue);
}

static const struct t_single singles[] = {
    {"ten thousand calls", ten_thousand_calls},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  return t_main(argc, argv, "endurance", tables, T_COUNT(tables));
}
