/* tool.h - what every file of the tools shares. */
#ifndef CLINFER_TOOLS_LIB_TOOL_H
#define CLINFER_TOOLS_LIB_TOOL_H

#include <CL/cl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clinfer/clinfer.h"

enum tool_exit {
  TOOL_PASSED = 0,
  TOOL_FAILED = 1,
  TOOL_USAGE = 2,
  TOOL_NO_DEVICE = 3,
  TOOL_LOST = 4, /* a worker crashed, hung or lost its device */
  TOOL_INTERNAL = 5,
  TOOL_SKIPPED = 77 /* what CTest and automake take for "skipped" */
};

struct size_list {
  size_t items[16];
  size_t count; /* 0: the usual ones */
};

/* Zeroed memory; ends the process with TOOL_INTERNAL if there is none. */
void *tool_alloc(size_t count, size_t size);

/* The larger of two exit codes in severity: lost > internal > failed > ... */
int tool_worse(int a, int b);

/* Seconds of a clock that only goes forward. */
double tool_now(void);

size_t tool_clamp(double wanted, size_t least, size_t most);

/* Sorts them, in ascending order. */
double tool_median(double *values, size_t count);

#define TOOL_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
