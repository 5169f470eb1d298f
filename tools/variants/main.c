/* main.c - prints the kernels that the library can ask for, or their text.
 *
 *   clinfer-variants values|pairs|all
 *   clinfer-variants names
 *   clinfer-variants source KERNEL
 *
 * A line is a kind of device, a kernel and its options. `values`: of every
 * kernel so many variants that each option takes each value it can take;
 * `pairs`: any two options each two values they can take at once; `all`:
 * everything that was drawn. `names` prints all kernels and all options that
 * there are, asked for or not; `source` what a driver is given, with the
 * includes put in. */

#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asks.h"
#include "cover.h"
#include "base/hash.h"
#include "program/source.h"

/* Of the draws for a kind, the last half brings no value that is new, and
 * hardly a pair. */
enum { DRAWS = 400000, BUCKETS = 1 << 20 };

/* Distinct variants, each "kernel options". */
struct variants {
  char *by_hash[BUCKETS];
  char *list[BUCKETS / 2];
  size_t count;
};

static void add(struct variants *v, const struct ci_kernel_id *id) {
  char options[CI_LONGEST_OPTIONS], text[CI_LONGEST_OPTIONS + 64];
  if (ci_options_text(id, options) != CLINFER_OK) abort();
  snprintf(text, sizeof text, "%s %s",
           ci_kernel_path((enum ci_kernel_name)id->kernel), options);
  size_t at = ci_hash(text, strlen(text), CI_HASH_START) % BUCKETS;
  while (v->by_hash[at] && strcmp(v->by_hash[at], text) != 0)
    at = (at + 1) % BUCKETS;
  if (v->by_hash[at]) return;
  if (v->count == BUCKETS / 2 || !(v->by_hash[at] = strdup(text))) abort();
  v->list[v->count++] = v->by_hash[at];
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool same_kernel(const char *a, const char *b) {
  const size_t length = strcspn(a, " ");
  return strcspn(b, " ") == length && memcmp(a, b, length) == 0;
}

static void print(const char *kind, struct variants *v,
                  enum strength strength) {
  qsort(v->list, v->count, sizeof *v->list, by_text);
  for (size_t first = 0, end; first < v->count; first = end) {
    for (end = first; end < v->count; end++)
      if (!same_kernel(v->list[first], v->list[end])) break;
    const size_t kept = cover(v->list + first, end - first, strength);
    for (size_t i = first; i < first + kept; i++)
      printf("%s %s\n", kind, v->list[i]);
  }
}

static void list(const struct kind *kind, enum strength strength) {
  struct variants *v = calloc(1, sizeof *v);
  struct ci_plan *plan = calloc(1, sizeof *plan);
  struct ci_target *target = calloc(1, sizeof *target);
  struct draw draw = {.state = 17};
  if (!v || !plan || !target) abort();
  for (size_t n = 0; n < DRAWS; n++) {
    draw_problem(&draw, kind, target, plan);
    for (size_t i = 0; i < plan->step_count; i++) add(v, &plan->steps[i].id);
  }
  print(kind->name, v, strength);
  for (size_t i = 0; i < v->count; i++) free(v->list[i]);
  free(target), free(plan), free(v);
}

static void print_names(void) {
#define PRINT_KERNEL(name, path) puts("kernel " path);
#define PRINT_OPTION(name) puts("option " #name);
  CI_KERNEL_MAP(PRINT_KERNEL)
  CI_OPTION_MAP(PRINT_OPTION)
#undef PRINT_KERNEL
#undef PRINT_OPTION
}

static int source(const char *kernel) {
  char file[64], *text;
  snprintf(file, sizeof file, "%s.cl", kernel);
  if (ci_source(NULL, file, &text) != CLINFER_OK) {
    fprintf(stderr, "clinfer-variants: %s\n", clinfer_last_error()->message);
    return 1;
  }
  fputs(text, stdout);
  free(text);
  return 0;
}

int main(int argc, char **argv) {
  static const char *const strengths[] = {"values", "pairs", "all"};
  if (argc == 3 && strcmp(argv[1], "source") == 0) return source(argv[2]);
  if (argc == 2 && strcmp(argv[1], "names") == 0) {
    print_names();
    return 0;
  }
  for (size_t s = 0; argc == 2 && s < 3; s++) {
    if (strcmp(argv[1], strengths[s]) != 0) continue;
    for (size_t k = 0; k < kind_count; k++)
      list(&kinds[k], (enum strength)(s + EVERY_VALUE));
    return 0;
  }
  fputs("usage: clinfer-variants values|pairs|all|names|source KERNEL\n",
        stderr);
  return 2;
}
