/* table.h - the results, for people and as CSV. */
#ifndef CLINFER_BENCH_TABLE_H
#define CLINFER_BENCH_TABLE_H

#include <stdio.h>

#include "operators/trial.h"
#include "timing.h"

struct table {
  FILE *csv; /* or NULL */
};

struct table_times {
  struct timing called;
  double recorded; /* warm, in a recording */
};

/* False, with errno, if the file cannot be made. path may be NULL. */
bool table_open(struct table *table, const char *path);

/* copy_rate: bytes a second. */
void table_add(const struct table *table, const struct trial *t,
               const struct table_times *times, double copy_rate);

/* False if the file could not be written. */
bool table_close(struct table *table);

#endif
