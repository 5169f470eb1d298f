/* table.c - which implementation was measured to be the fastest. */

#include "choose/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/view.h"
#include "base/file.h"
#include "base/types.h"
#include "program/source.h"

enum { LARGEST_TABLE = 1 << 20, LONGEST_LINE = 2048 };

/* The sizes of a row and of a GEMM it serves differ by less than a factor of
 * two, over M, N and K together: beyond that another tile suits better. */
#define FARTHEST 1.0f

struct ci_table_row {
  clinfer_dtype a, w, c;
  clinfer_layout layout;
  float log_m, log_n, log_k; /* to base 2 */
  struct ci_choice choice;
};

/* ---- Words of a line */

/* Behind the word, if the text starts with it; else NULL. */
static const char *after(const char *text, const char *word) {
  const size_t length = strlen(word);
  return strncmp(text, word, length) == 0 ? text + length : NULL;
}

/* "f16 " or "f16/f32/f16 " */
static const char *read_dtypes(const char *text, struct ci_table_row *row) {
  text = ci_read_dtype(text, &row->a);
  row->w = row->c = row->a;
  if (text == NULL || *text != '/') return text ? after(text, " ") : NULL;
  text = ci_read_dtype(text + 1, &row->w);
  if (text == NULL || *text != '/') return NULL;
  text = ci_read_dtype(text + 1, &row->c);
  return text ? after(text, " ") : NULL;
}

static const char *read_layout(const char *text, clinfer_layout *layout) {
  *layout = after(text, "out_in ") ? CLINFER_OUT_IN : CLINFER_IN_OUT;
  return after(text, *layout == CLINFER_OUT_IN ? "out_in " : "in_out ");
}

/* A size of at most nine digits and what follows it, as its logarithm. */
static const char *read_size(const char *text, const char *end, float *log) {
  const size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 9) return NULL;
  const long size = strtol(text, NULL, 10);
  *log = log2f((float)size);
  return size > 0 ? after(text + digits, end) : NULL;
}

/* "gemm_tiled" or "gemm_tiled 64x64", up to the end of the line. */
static bool read_choice(const char *text, const struct ci_target *target,
                        struct ci_choice *choice) {
  for (int id = 0; id < CI_PROVIDERS; id++) {
    const char *rest = after(text, clinfer_provider_name((size_t)id));
    choice->implementation = ci_find_implementation(target, CI_GEMM,
                                                    (enum ci_provider)id);
    if (choice->implementation == NULL || rest == NULL) continue;
    const char *const *variants = choice->implementation->variants;
    choice->variant = CI_ANY_VARIANT;
    if (*rest == '\0') return true;
    if (*rest != ' ' || variants == NULL) continue;
    for (int v = 0; variants[v]; v++) {
      choice->variant = v;
      if (strcmp(rest + 1, variants[v]) == 0) return true;
    }
  }
  return false;
}

/* NULL, or what is wrong with the row. */
static const char *read_row(const char *text, const struct ci_target *target,
                            struct ci_table_row *row) {
  text = read_dtypes(text, row);
  if (text == NULL) return "no types";
  text = read_layout(text, &row->layout);
  if (text == NULL) return "no layout";
  text = read_size(text, " ", &row->log_m);
  if (text) text = read_size(text, " ", &row->log_n);
  if (text) text = read_size(text, ": ", &row->log_k);
  if (text == NULL) return "no M N K";
  return read_choice(text, target, &row->choice) ? NULL
                                                 : "no provider and variant";
}

/* ---- Lines of a file */

/* The first three lines, in this order. */
enum header { VERSION, DEVICE, DRIVER, ROWS };

struct reader {
  const struct ci_target *target;
  struct ci_table *table;
  enum header next;
  size_t line;
};

static clinfer_status refuse(const struct reader *r, const char *why) {
  return ci_fail(CLINFER_BAD_FILE, 0, "line %zu: %s", r->line, why);
}

static clinfer_status read_header(struct reader *r, const char *line) {
  static const char *const names[ROWS] = {"clinfer ", "device ", "driver "};
  const char *const here[ROWS] = {
      CLINFER_VERSION_STRING, r->target->device.name, r->target->device.driver};
  const char *value = after(line, names[r->next]);
  if (value == NULL) return refuse(r, "the heading is incomplete");
  const bool is_any = r->next != DEVICE && strcmp(value, "any") == 0;
  if (!is_any && strcmp(value, here[r->next]) != 0)
    return ci_fail(CLINFER_UNSUPPORTED, 0, "it is for %s%s", names[r->next],
                   value);
  r->next++;
  return CLINFER_OK;
}

static clinfer_status add_clblast(struct reader *r, const char *text) {
  struct ci_clblast_kernel kernel;
  if (!ci_clblast_parse(text, &kernel))
    return refuse(r, "no kernel and parameters of CLBlast");
  ci_clblast_keep(&r->table->clblast, &kernel);
  return CLINFER_OK;
}

static clinfer_status add_row(struct reader *r, const char *line) {
  const char *text = after(line, "clblast ");
  if (text != NULL) return add_clblast(r, text);
  text = after(line, "gemm ");
  if (text == NULL) return refuse(r, "no row starts like this");
  const char *why = read_row(text, r->target, &r->table->rows[r->table->count]);
  if (why != NULL) return refuse(r, why);
  r->table->count++;
  return CLINFER_OK;
}

static clinfer_status read_line(struct reader *r, const char *from,
                                size_t length) {
  char line[LONGEST_LINE];
  r->line++;
  if (length >= sizeof line || memchr(from, '\0', length))
    return refuse(r, "this is no text");
  memcpy(line, from, length);
  line[length] = '\0';
  if (*line == '\0' || *line == '#') return CLINFER_OK;
  return r->next < ROWS ? read_header(r, line) : add_row(r, line);
}

static clinfer_status read_lines(struct reader *r, const char *text,
                                 size_t size) {
  for (const char *end = text + size; text < end;) {
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    const size_t length = (size_t)((newline ? newline : end) - text);
    CI_TRY(read_line(r, text, length));
    text += length + (newline != NULL);
  }
  return r->next == ROWS ? CLINFER_OK : refuse(r, "the heading is incomplete");
}

static size_t count_lines(const char *text, size_t size) {
  size_t lines = 1;
  for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
  return lines;
}

clinfer_status ci_table_parse(const char *text, size_t size,
                              const struct ci_target *target,
                              struct ci_table *table) {
  struct reader r = {.target = target, .table = table};
  *table = (struct ci_table){
      .rows = malloc(count_lines(text, size) * sizeof *table->rows)};
  if (table->rows == NULL)
    return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no host memory");
  const clinfer_status status = read_lines(&r, text, size);
  if (status != CLINFER_OK) ci_table_free(table);
  return status;
}

void ci_table_free(struct ci_table *table) {
  free(table->rows);
  *table = (struct ci_table){0};
}

/* Whether the built-in table is of no use then: one that has nothing but lines
 * for CLBlast leaves the choice of GEMMs to it. */
static bool load_file(const struct ci_target *target, const char *folder,
                      bool is_named, const struct ci_log *log,
                      struct ci_table *table) {
  char path[CI_LONGEST_PATH];
  size_t size;
  const int length = snprintf(path, sizeof path, "%s/gemm.tuning", folder);
  if (length < 0 || (size_t)length >= sizeof path) return false;
  char *text = ci_read_file(path, LARGEST_TABLE, &size);
  if (text == NULL && is_named) ci_log(log, "no %s", path);
  if (text == NULL) return false;
  const bool is_read = ci_table_parse(text, size, target, table) == CLINFER_OK;
  if (is_read)
    ci_log(log, "%s: %zu rows", path, table->count);
  else
    ci_log(log, "%s is not used: %s", path, clinfer_last_error()->message);
  free(text);
  return is_read && (table->count > 0 || table->clblast.count == 0);
}

static void load_built_in(const struct ci_target *target,
                          const struct ci_log *log, struct ci_table *loaded) {
  for (size_t i = 0; i < ci_embedded_count; i++) {
    const struct ci_embedded *file = &ci_embedded_files[i];
    struct ci_table table;
    if (strstr(file->name, ".tuning") == NULL ||
        ci_table_parse(file->text, file->size, target, &table) != CLINFER_OK)
      continue;
    ci_log(log, "built-in %s: %zu rows", file->name, table.count);
    table.clblast = loaded->clblast;
    ci_table_free(loaded);
    *loaded = table;
    return;
  }
}

void ci_table_load(const struct ci_target *target, const char *folder,
                   bool is_named, const struct ci_log *log,
                   struct ci_table *table) {
  const clinfer_error before = *clinfer_last_error();
  if (folder == NULL || !load_file(target, folder, is_named, log, table))
    load_built_in(target, log, table);
  ci_restore_error(&before);
}

/* ---- Looking up */

static bool is_usable(const struct ci_target *target,
                      const struct ci_table_row *row,
                      const struct ci_problem *problem) {
  const struct ci_implementation *i = row->choice.implementation;
  const struct ci_gemm *g = &problem->gemm;
  return row->a == g->a.dtype && row->w == g->w.matrix.dtype &&
         row->c == g->c.dtype && row->layout == g->w.layout &&
         target->enabled[i->id] && i->supports(target, problem);
}

struct ci_choice ci_table_find(const struct ci_target *target,
                               const struct ci_problem *problem) {
  const struct ci_gemm *g = &problem->gemm;
  const struct ci_table *table = target->table;
  struct ci_choice choice = {NULL, CI_ANY_VARIANT};
  if (problem->kind != CI_GEMM || table == NULL || table->count == 0)
    return choice; /* as on most devices */
  float nearest = FARTHEST;
  const float log_m = log2f((float)g->c.rows),
              log_n = log2f((float)ci_product_cols(&g->epilogue, g->c.cols)),
              log_k = log2f((float)g->a.cols);
  for (size_t i = 0; i < table->count; i++) {
    const struct ci_table_row *row = &table->rows[i];
    const float distance = fabsf(row->log_m - log_m) +
                           fabsf(row->log_n - log_n) +
                           fabsf(row->log_k - log_k);
    if (!(distance < nearest) || !is_usable(target, row, problem)) continue;
    nearest = distance;
    choice = row->choice;
  }
  return choice;
}
