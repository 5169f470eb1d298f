/* tool.h - what every file of the tools shares. */
#ifndef CLINFER_TOOLS_LIB_TOOL_H
#define CLINFER_TOOLS_LIB_TOOL_H

#include <CL/cl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <regex.h>

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

/* Faults that a worker commits on purpose in its first case, to show that the
 * tool notices them. */
enum tool_fault {
  FAULT_NONE,
  FAULT_CRASH,
  FAULT_HANG,
  FAULT_WRONG,   /* one element of the output is off by twice its bound */
  FAULT_SPILL,   /* one byte outside of the output changes */
  FAULT_UNSTABLE /* the second call gives one other bit */
};

enum cache_action { CACHE_STAT, CACHE_VERIFY, CACHE_CLEAR };

struct size_list {
  size_t items[16];
  size_t count; /* 0: the usual ones */
};

struct options {
  const char *command; /* one of those that options.c lists */
  char **files;        /* of "model" and "clblast" */
  size_t file_count;
  const char *device; /* NULL: CLINFER_DEVICE, else the best */
  bool all_devices;
  const char *op;
  clinfer_dtype dtype; /* 0: all */
  const char *match;   /* NULL: all */
  regex_t pattern;     /* of match */
  const char *one_case;
  uint64_t seed;
  double timeout; /* seconds a case may take */
  const char *json, *junit, *report;
  bool strict, verbose;
  bool keep_log;       /* for --report and "support": what the library says */
  bool reference;      /* of the library: only its reference kernels */
  const char *disable; /* of the library: providers never to use; or NULL */
  enum tool_fault fault;

  /* Of "tune": */
  struct size_list hidden, tokens;
  const char *table; /* the file to write, also of "clblast" */
  bool resume;       /* keep the rows that it has */

  double seconds;          /* of "stress" */
  enum cache_action cache; /* of "cache" */
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
