/* tune.c - find the fastest GEMM for each shape. */

#include "commands/tune.h"

#include <stdlib.h>
#include <string.h>

#include "engine/device_run.h"
#include "engine/tune_case.h"
#include "formats/tune_table.h"
#include "lib/json.h"

static const struct size_list usual_hidden = {{768, 1024, 4096}, 3},
                              usual_tokens = {{1, 16, 128, 512, 2048, 8192}, 6};

/* An item is a case and a contender: contenders in their order, case by case.
 * The table is written after each case, so that an interrupted run has all but
 * the case it was at. */
struct tune {
  struct device_run run;
  struct case_list cases;
  struct contender_list contenders;
  struct tune_round round; /* in the worker */

  struct tune_table table; /* in the parent, from here on */
  char best[CONTENDER_NAME];
  double best_us; /* 0: none yet */
};

/* ---- The cases */

/* The GEMMs of a layer: q|k|v, the attention's output, up and down. */
static const struct shape {
  size_t k, n; /* times hidden */
} shapes[] = {{1, 3}, {1, 1}, {1, 4}, {4, 1}};

#define WORD(name, value, word, bytes) #word,
static const char *const dtypes[] = {CLINFER_DTYPE_MAP(WORD)};
#undef WORD
static const char *const layouts[] = {"in_out", "out_in"};

struct texts {
  char (*of)[CASE_TEXT];
  size_t count;
};

static void add_texts(struct texts *texts, size_t hidden, size_t tokens) {
  for (size_t s = 0; s < TOOL_COUNT(shapes); s++)
    for (size_t d = 0; d < TOOL_COUNT(dtypes); d++)
      for (size_t l = 0; l < TOOL_COUNT(layouts); l++)
        snprintf(texts->of[texts->count++], CASE_TEXT,
                 "linear:%s:m=%zu,k=%zu,n=%zu,wt=%s,pack=1", dtypes[d], tokens,
                 shapes[s].k * hidden, shapes[s].n * hidden, layouts[l]);
}

static struct case_list select_cases(const struct options *o) {
  const struct size_list *hidden = o->hidden.count ? &o->hidden : &usual_hidden,
                         *tokens = o->tokens.count ? &o->tokens : &usual_tokens;
  const size_t most = hidden->count * tokens->count * TOOL_COUNT(shapes) *
                      TOOL_COUNT(dtypes) * TOOL_COUNT(layouts);
  struct texts texts = {tool_alloc(most, CASE_TEXT), 0};
  for (size_t h = 0; h < hidden->count; h++)
    for (size_t t = 0; t < tokens->count; t++)
      add_texts(&texts, hidden->items[h], tokens->items[t]);
  const char **list = tool_alloc(most, sizeof *list);
  for (size_t i = 0; i < most; i++) list[i] = texts.of[i];
  const struct case_list cases = cases_select_from(o, list, most);
  free(list), free(texts.of);
  return cases;
}

static void drop_known(struct case_list *cases,
                       const struct tune_table *table) {
  size_t kept = 0;
  for (size_t i = 0; i < cases->count; i++)
    if (!tune_table_has(table, &cases->items[i]))
      cases->items[kept++] = cases->items[i];
  cases->count = kept;
}

/* ---- In the worker */

static cJSON *item(void *user, size_t index) {
  struct tune *tune = user;
  const size_t n = tune->contenders.count;
  return tune_case(&tune->round, &tune->contenders.items[index % n],
                   &tune->run.session, &tune->cases,
                   &tune->cases.items[index / n]);
}

static void stop(void *user) {
  struct tune *tune = user;
  tune_round_end(&tune->round);
  for (size_t i = 0; i < tune->contenders.count; i++)
    contender_close(&tune->contenders.items[i]);
  device_run_stop(user);
}

/* ---- In the parent */

/* The rows that are kept have to be this device's. */
static bool started(void *user, const cJSON *line) {
  struct tune *tune = user;
  const bool first = tune->run.opened == NULL;
  if (!device_run_started(user, line)) return false;
  if (!first) return true;
  const bool same = tune_table_claim(&tune->table,
                                     cJSON_GetObjectItem(line, "device"));
  if (same) {
    fprintf(tune->run.out->text, "%zu cases, %zu contenders\n\n%9s %9s\n",
            tune->cases.count, tune->contenders.count, "us", "GFLOP/s");
  } else {
    fprintf(stderr, "clinfer-check: %s is for another device or version\n",
            tune->run.options->table);
    tune->run.exit_code = TOOL_USAGE;
  }
  return same;
}

/* What is under way, and the best of it so far. */
static void show_progress(const struct tune *tune, size_t index) {
  const size_t n = tune->contenders.count, count = tune->cases.count * n;
  char what[CASE_TEXT] = "", best[32] = "";
  if (tune->best_us > 0)
    snprintf(best, sizeof best, ", best %.1f us", tune->best_us);
  if (index < count) {
    const struct test_case *c = &tune->cases.items[index / n];
    snprintf(what, sizeof what, "%zu %zu %zu: %s%s", c->m, c->n, c->k,
             tune->contenders.items[index % n].name, best);
  }
  output_progress(tune->run.out, index, count, what);
}

/* The last contender has had its turn. */
static void end_case(struct tune *tune, const struct test_case *c) {
  char text[CASE_TEXT];
  case_print(c, text);
  if (tune->best_us > 0) {
    fprintf(tune->run.out->text, "%9.1f %9.1f  %-24s %s\n", tune->best_us,
            case_flops(c) / tune->best_us * 1e-3, tune->best, text);
    tune_table_add(&tune->table, c, tune->best);
    if (!tune_table_write(&tune->table, tune->run.options->table))
      tune->run.exit_code = TOOL_INTERNAL;
  }
  fflush(tune->run.out->text);
  tune->best_us = 0;
}

static void end_item(struct tune *tune, size_t index) {
  const size_t n = tune->contenders.count;
  if (index % n == n - 1) end_case(tune, &tune->cases.items[index / n]);
  show_progress(tune, index + 1);
}

static void done(void *user, size_t index, const cJSON *line) {
  struct tune *tune = user;
  FILE *out = tune->run.out->text;
  const char *name = json_text(line, "contender"),
             *message = json_text(line, "message"),
             *text = json_text(line, "case");
  const double us = json_number(line, "wall_us", 0);
  output_progress(tune->run.out, 0, 0, "");
  output_json(tune->run.out, line);
  if (*message != '\0') {
    fprintf(out, "%9s %9s  %-24s %s: %s\n", "FAIL", "", name, text, message);
    tune->run.exit_code = tool_worse(tune->run.exit_code, TOOL_FAILED);
  } else if (us > 0) {
    tune->run.exit_code = tool_worse(tune->run.exit_code, TOOL_PASSED);
    if (tune->best_us == 0 || us < tune->best_us) {
      tune->best_us = us;
      snprintf(tune->best, sizeof tune->best, "%s", name);
    }
  }
  if (tune->run.options->verbose && us > 0)
    fprintf(out, "%9.1f %9s  %s\n", us, "", name);
  end_item(tune, index);
}

static void lost(void *user, size_t index, bool hung, const char *how) {
  struct tune *tune = user;
  if (device_run_lost(&tune->run, index, how)) return;
  const size_t n = tune->contenders.count;
  char text[CASE_TEXT];
  case_print(&tune->cases.items[index / n], text);
  fprintf(tune->run.out->text, "%9s %9s  %-24s %s: %s\n",
          hung ? "TIMEOUT" : "CRASH", "",
          tune->contenders.items[index % n].name, text, how);
  end_item(tune, index);
}

static int run(struct tune *tune) {
  device_run_job(&tune->run,
                 (struct worker_job){
                     .count = tune->cases.count * tune->contenders.count,
                     .item = item,
                     .stop = stop,
                     .started = started,
                     .done = done,
                     .lost = lost});
  return tune->run.exit_code;
}

int tune_device(const struct options *options, const struct output *out,
                const char *selector) {
  struct tune tune = {
      .run = {.options = options,
              .out = out,
              .asked = selector,
              .exit_code = TOOL_SKIPPED},
      .cases = select_cases(options),
      .contenders = contenders_of(options),
      .table = tune_table_read(options->resume ? options->table : NULL)};
  if (tune.cases.count == 0 || tune.contenders.count == 0) return TOOL_USAGE;
  drop_known(&tune.cases, &tune.table);
  for (size_t i = 0; i < tune.contenders.count; i++)
    tune.contenders.items[i].clblast = tune.table.clblast;
  const int code = tune.cases.count > 0 ? run(&tune) : TOOL_PASSED;
  tune_table_free(&tune.table);
  cJSON_Delete(tune.run.opened);
  free(tune.cases.items), free(tune.contenders.items);
  return code;
}
