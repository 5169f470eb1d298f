/* tool.c - memory, clock and exit codes of the tools. */

#include "lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void *tool_alloc(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (memory == NULL) {
    fprintf(stderr, "out of memory\n");
    _Exit(TOOL_INTERNAL);
  }
  return memory;
}

int tool_worse(int a, int b) {
  static const int by_severity[] = {TOOL_SKIPPED,   TOOL_PASSED, TOOL_FAILED,
                                    TOOL_NO_DEVICE, TOOL_LOST,   TOOL_USAGE,
                                    TOOL_INTERNAL};
  int worse = a;
  for (size_t i = 0; i < TOOL_COUNT(by_severity); i++)
    if (by_severity[i] == a || by_severity[i] == b) worse = by_severity[i];
  return worse;
}

double tool_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

size_t tool_clamp(double wanted, size_t least, size_t most) {
  return wanted < (double)least  ? least
         : wanted > (double)most ? most
                                 : (size_t)wanted;
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double tool_median(double *values, size_t count) {
  qsort(values, count, sizeof *values, by_value);
  return values[count / 2];
}
