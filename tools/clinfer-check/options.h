/* options.h - the command line. */
#ifndef CLINFER_CHECK_OPTIONS_H
#define CLINFER_CHECK_OPTIONS_H

#include <regex.h>
#include <stdint.h>

#include "lib/session.h"
#include "lib/tool.h"

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
  struct session_settings session;
  enum tool_fault fault;

  /* Of "tune": */
  struct size_list hidden, tokens;
  const char *table; /* the file to write, also of "clblast" */
  bool resume;       /* keep the rows that it has */

  double seconds;          /* of "stress" */
  enum cache_action cache; /* of "cache" */
};

/* False if the program is to end with *exit_code: after --help, --version or
 * a mistake. */
bool options_read(int argc, char **argv, struct options *options,
                  int *exit_code);

void options_free(struct options *options);

#endif
