/* tune_table.h - the file gemm.tuning, as the library reads it. */
#ifndef CLINFER_CHECK_FORMATS_TUNE_TABLE_H
#define CLINFER_CHECK_FORMATS_TUNE_TABLE_H

#include <cjson/cJSON.h>

#include "operators/cases.h"

struct tune_table {
  char *heading; /* what it is for; NULL: not known yet */
  char *rows;
  char *clblast; /* its lines for CLBlast */
};

/* A table for that device, as device_describe has it, with those lines for
 * CLBlast and without rows. */
struct tune_table tune_table_for(const cJSON *device, const char *clblast);

/* The file's table; an empty one if there is no file, or path is NULL. */
struct tune_table tune_table_read(const char *path);

/* The table is that device's from now on; false if it is for another one, for
 * another driver or version. */
bool tune_table_claim(struct tune_table *t, const cJSON *device);

/* "gemm f16 out_in 128 4096 1024: ": how the case's row starts. */
enum { TUNE_KEY = 128 };
void tune_table_key(const struct test_case *c, char key[TUNE_KEY]);

bool tune_table_has(const struct tune_table *t, const struct test_case *c);

/* `choice`: a provider, or a provider and a variant. */
void tune_table_add(struct tune_table *t, const struct test_case *c,
                    const char *choice);

/* "clblast Copy: COPY_VW=4 ...": takes the place of a line for that kernel. */
void tune_table_set_clblast(struct tune_table *t, const char *line);

/* As a whole or not at all; false, and a word on stderr, if it cannot be. */
bool tune_table_write(const struct tune_table *t, const char *path);

void tune_table_free(struct tune_table *t);

#endif
