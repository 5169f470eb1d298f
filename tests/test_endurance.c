/* test_endurance.c - ten thousand calls: neither memory nor descriptors nor
 * OpenCL objects become more. */

#include "queues.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "counted.h"

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

static void run_calls(struct call *calls, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct call *c = &calls[i % call_operator_count];
    cl_event event = NULL;
    c->exec.event = i % 3 == 0 ? &event : NULL;
    assert_int_equal(call_run(c), CLINFER_OK);
    if (event != NULL) clReleaseEvent(event);
    if (i % 100 == 99) assert_int_equal(clFinish(t_queue), CL_SUCCESS);
  }
  assert_int_equal(clFinish(t_queue), CL_SUCCESS);
}

static void ten_thousand_calls(void) {
  struct call calls[32];
  for (size_t i = 0; i < call_operator_count; i++)
    calls[i] = call_make(&call_operators[i], queue_ctx(), &sizes, f16);
  run_calls(calls, WARM_UP);
  const long memory = count_memory(), events = counted_events;
  const size_t descriptors = count_descriptors(), buffers = counted_buffers;
  run_calls(calls, CALLS);
  printf("%d calls: %+ld bytes\n", CALLS, count_memory() - memory);
  assert_true(count_memory() - memory <= MOST_GROWTH);
  assert_int_equal(count_descriptors(), descriptors);
  assert_int_equal(counted_buffers, buffers);
  assert_int_equal(counted_events, events);
}

static const struct t_single singles[] = {
    {"ten thousand calls", ten_thousand_calls},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  return t_main(argc, argv, "endurance", tables, T_COUNT(tables));
}
