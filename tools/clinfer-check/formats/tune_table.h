/* tune_table.h - the file gemm.tuning, as the library reads it. */
#ifndef CLINFER_CHECK_FORMATS_TUNE_TABLE_H
#define CLINFER_CHECK_FORMATS_TUNE_TABLE_H

#include <cjson/cJSON.h>

#include "operators/cases.h"

struct tune_table {
  char *heading; /* what it is for; NULL: not known yet */
  char *rows;
};

/* A table for that device, as device_describe has it, without rows. */
struct tune_table tune_table_for(const cJSON *device);

/* The file's table; no rows if there is no file. */
struct tune_table tune_table_read(const char *path);

/* "gemm f16 out_in 128 4096 1024: ": how the case's row starts. */
enum { TUNE_KEY = 128 };
void tune_table_key(const struct test_case *c, char key[TUNE_KEY]);

bool tune_table_has(const struct tune_table *t, const struct test_case *c);

/* `choice`: a provider, or a provider and a variant. */
void tune_table_add(struct tune_table *t, const struct test_case *c,
                    const char *choice);

/* As a whole or not at all; false, and a word on stderr, if it cannot be. */
bool tune_table_write(const struct tune_table *t, const char *path);

void tune_table_free(struct tune_table *t);

#endif
