/* tune_table.c - the file gemm.tuning, as the library reads it. */

#include "formats/tune_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

/* Replaces *text by itself and `more`. */
static void append(char **text, const char *more, size_t length) {
  const size_t before = *text ? strlen(*text) : 0;
  char *longer = tool_alloc(before + length + 1, 1);
  if (before > 0) memcpy(longer, *text, before);
  memcpy(longer + before, more, length);
  free(*text);
  *text = longer;
}

struct tune_table tune_table_for(const cJSON *device, const char *clblast) {
  struct tune_table t = {0};
  char heading[1024];
  const int length = snprintf(heading, sizeof heading,
                              "clinfer " CLINFER_VERSION_STRING
                              "\ndevice %s\ndriver %s\n",
                              json_text(device, "name"),
                              json_text(device, "driver"));
  append(&t.heading, heading, (size_t)length);
  append(&t.rows, "", 0);
  append(&t.clblast, clblast, strlen(clblast));
  return t;
}

bool tune_table_claim(struct tune_table *t, const cJSON *device) {
  struct tune_table here = tune_table_for(device, "");
  const bool same = t->heading == NULL || strcmp(t->heading, here.heading) == 0;
  free(t->heading);
  t->heading = here.heading;
  here.heading = NULL;
  tune_table_free(&here);
  return same;
}

static char **part_of(struct tune_table *t, const char *line) {
  if (strncmp(line, "gemm ", 5) == 0) return &t->rows;
  return strncmp(line, "clblast ", 8) == 0 ? &t->clblast : &t->heading;
}

struct tune_table tune_table_read(const char *path) {
  struct tune_table t = {0};
  char line[2048];
  FILE *file = path != NULL ? fopen(path, "r") : NULL;
  append(&t.rows, "", 0);
  append(&t.clblast, "", 0);
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (line[0] != '#' && line[0] != '\n') {
      append(part_of(&t, line), line, strcspn(line, "\n"));
      append(part_of(&t, line), "\n", 1);
    }
  if (file != NULL) fclose(file);
  return t;
}

void tune_table_key(const struct test_case *c, char key[TUNE_KEY]) {
  char dtypes[16];
  case_print_dtypes(c, dtypes);
  snprintf(key, TUNE_KEY, "gemm %s %s %zu %zu %zu: ", dtypes,
           c->wt == CLINFER_OUT_IN ? "out_in" : "in_out", c->m, c->n, c->k);
}

bool tune_table_has(const struct tune_table *t, const struct test_case *c) {
  char key[TUNE_KEY];
  tune_table_key(c, key);
  return strstr(t->rows, key) != NULL;
}

void tune_table_add(struct tune_table *t, const struct test_case *c,
                    const char *choice) {
  char row[2 * TUNE_KEY], key[TUNE_KEY];
  tune_table_key(c, key);
  const int length = snprintf(row, sizeof row, "%s%s\n", key, choice);
  append(&t->rows, row, (size_t)length);
}

void tune_table_set_clblast(struct tune_table *t, const char *line) {
  const size_t key = strcspn(line, ":") + 1;
  char *old = t->clblast;
  t->clblast = NULL;
  for (const char *at = old; *at; at += strcspn(at, "\n") + 1)
    if (strncmp(at, line, key) != 0)
      append(&t->clblast, at, strcspn(at, "\n") + 1);
  append(&t->clblast, line, strlen(line));
  append(&t->clblast, "\n", 1);
  free(old);
}

bool tune_table_write(const struct tune_table *t, const char *path) {
  char temporary[4096];
  if (snprintf(temporary, sizeof temporary, "%s.new", path) >=
      (int)sizeof temporary)
    return false;
  FILE *file = fopen(temporary, "w");
  bool written = file != NULL &&
                 fprintf(file, "# written by clinfer-check\n%s%s%s", t->heading,
                         t->clblast, t->rows) > 0;
  if (file != NULL) written = fclose(file) == 0 && written;
  if (written && rename(temporary, path) == 0) return true;
  fprintf(stderr, "clinfer-check: %s: %s\n", path, strerror(errno));
  return false;
}

void tune_table_free(struct tune_table *t) {
  free(t->heading), free(t->rows), free(t->clblast);
  *t = (struct tune_table){0};
}
