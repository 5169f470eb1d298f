/* clblast.c - take what CLBlast's tuners have written into gemm.tuning. */

#include "commands/clblast.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/device_run.h"
#include "formats/clblast_json.h"
#include "formats/tune_table.h"
#include "lib/json.h"

enum { LARGEST_FILE = 16 << 20 };

struct clblast {
  struct device_run run;
  struct tune_table table;
};

static void complain(const char *path, const char *why) {
  fprintf(stderr, "clinfer-check: %s: %s\n", path, why);
}

/* NULL, or what is wrong with the file. */
static const char *read_result(const char *path, const char *device,
                               struct clblast_result *result) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return strerror(errno);
  char *text = tool_alloc(LARGEST_FILE, 1);
  const size_t size = fread(text, 1, LARGEST_FILE, file);
  const char *why = "is too large, or cannot be read";
  if (feof(file)) why = clblast_json_read(text, size, device, result);
  fclose(file);
  free(text);
  return why;
}

static bool same_kernel(const struct clblast_result *a,
                        const struct clblast_result *b) {
  const size_t key = strcspn(a->line, ":") + 1;
  return strncmp(a->line, b->line, key) == 0;
}

/* The tuners of GEMMs look for a kernel's parameters twice: the faster ones
 * count. */
static bool is_beaten(const struct clblast_result *results, size_t count,
                      size_t index) {
  for (size_t i = 0; i < count; i++)
    if (same_kernel(&results[i], &results[index]) &&
        results[i].best_time < results[index].best_time)
      return true;
  return false;
}

/* All files, or no line at all. */
static bool add_lines(struct clblast *c, const char *device) {
  const size_t count = c->run.options->file_count;
  struct clblast_result *results = tool_alloc(count, sizeof *results);
  bool good = true;
  for (size_t i = 0; i < count; i++) {
    const char *path = c->run.options->files[i];
    const char *why = read_result(path, device, &results[i]);
    if (why != NULL) complain(path, why), good = false;
  }
  for (size_t i = 0; i < count && good; i++) {
    if (is_beaten(results, count, i)) continue;
    tune_table_set_clblast(&c->table, results[i].line);
    fprintf(c->run.out->text, "%s\n", results[i].line);
  }
  free(results);
  return good;
}

/* In the parent, as soon as the device is known. */
static bool started(void *user, const cJSON *line) {
  struct clblast *c = user;
  const char *path = c->run.options->table;
  const cJSON *device = cJSON_GetObjectItem(line, "device");
  if (!device_run_started(user, line)) return false;
  if (!tune_table_claim(&c->table, device)) {
    complain(path, "is for another device or version");
    c->run.exit_code = TOOL_USAGE;
  } else if (!add_lines(c, json_text(device, "name")) ||
             !tune_table_write(&c->table, path)) {
    c->run.exit_code = TOOL_INTERNAL;
  } else {
    c->run.exit_code = TOOL_PASSED;
  }
  return true;
}

static void lost(void *user, size_t index, bool hung, const char *how) {
  (void)hung;
  device_run_lost(user, index, how);
}

int clblast_device(const struct options *options, const struct output *out,
                   const char *selector) {
  struct clblast c = {
      .run = {.options = options, .out = out, .asked = selector},
      .table = tune_table_read(options->table)};
  device_run_job(&c.run, (struct worker_job){.started = started, .lost = lost});
  tune_table_free(&c.table);
  cJSON_Delete(c.run.opened);
  return c.run.exit_code;
}
