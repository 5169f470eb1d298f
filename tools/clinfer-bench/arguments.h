/* arguments.h - the command line. */
#ifndef CLINFER_BENCH_ARGUMENTS_H
#define CLINFER_BENCH_ARGUMENTS_H

#include "lib/session.h"
#include "lib/tool.h"
#include "operators/table.h"

struct gemm_shape {
  size_t m, n, k;
};

enum { MOST_OPS = 16, MOST_GEMMS = 32 };

struct arguments {
  const char *device;  /* NULL: CLINFER_DEVICE, else the best */
  clinfer_dtype dtype; /* 0: all */
  struct session_settings session;
  double timeout; /* seconds a step of a case may take */
  bool spoil;     /* one element of each result, to see that it is noticed */
  const struct call_operator *ops[MOST_OPS];
  size_t op_count;
  struct size_list tokens, hidden;
  struct gemm_shape gemms[MOST_GEMMS]; /* if any: these, and no grid */
  size_t gemm_count;
  clinfer_activation activation; /* of these */
  bool launch;                   /* only the costs of launching */
  double seconds;                /* for each protocol of each case */
  const char *csv;               /* or NULL */
};

/* False if the program is to end with *exit_code: after --help, --version or
 * a mistake. */
bool arguments_read(int argc, char **argv, struct arguments *a, int *exit_code);

#endif
