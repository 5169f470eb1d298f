/* select.c - which cases a run consists of. */

#include "select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every type alone, then mixtures; of those every fifth shape has to do. */
static const struct mixture {
  clinfer_dtype x, p, y;
  size_t stride;
} mixtures[] = {
    {CLINFER_F32, CLINFER_F32, CLINFER_F32, 1},
    {CLINFER_F16, CLINFER_F16, CLINFER_F16, 1},
    {CLINFER_BF16, CLINFER_BF16, CLINFER_BF16, 1},
    {CLINFER_F16, CLINFER_F32, CLINFER_F16, 5},
    {CLINFER_F32, CLINFER_F16, CLINFER_F32, 5},
    {CLINFER_F16, CLINFER_F16, CLINFER_F32, 5},
    {CLINFER_BF16, CLINFER_F32, CLINFER_BF16, 5},
};

static bool selected(const struct options *o, const struct test_case *c) {
  if (o->op != NULL && strcmp(o->op, c->op->function) != 0) return false;
  if (o->dtype != 0 &&
      (c->x != o->dtype || c->p != o->dtype || c->y != o->dtype))
    return false;
  if (o->match == NULL) return true;
  char text[CASE_TEXT];
  case_print(c, text);
  return strstr(text, o->match) != NULL ||
         regexec(&o->pattern, text, 0, NULL, 0) == 0;
}

static void append(struct case_list *list, const struct test_case *c) {
  enum { STEP = 64 };
  if (list->count % STEP == 0) {
    struct test_case *items = tool_alloc(list->count + STEP, sizeof *items);
    if (list->count) memcpy(items, list->items, list->count * sizeof *items);
    free(list->items);
    list->items = items;
  }
  list->items[list->count++] = *c;
}

static size_t length_of(const char *const *list) {
  size_t n = 0;
  while (list[n] != NULL) n++;
  return n;
}

/* Every shape and every variation occurs, but not every pair of them: a pair
 * of indices moves on together, and another type starts with another pair. */
static void add_op(const struct options *o, const struct call_operator *op,
                   struct case_list *list) {
  const size_t shapes = length_of(op->shapes),
               variations = length_of(op->variations);
  const size_t most = shapes > variations ? shapes : variations;
  for (size_t mix = 0; mix < TOOL_COUNT(mixtures); mix++) {
    const struct mixture *t = &mixtures[mix];
    for (size_t i = mix % t->stride; i < most; i += t->stride) {
      struct test_case c = case_of(op, t->x, t->p, t->y);
      c.seed = (size_t)o->seed;
      case_set(op->shapes[i % shapes], &c);
      case_set(op->variations[(i + mix) % variations], &c);
      if (case_contradiction(&c) == NULL && selected(o, &c)) append(list, &c);
    }
  }
}

/* The case of --case, whose text was checked when the option was read. */
static bool add_one(const struct options *o, struct case_list *list) {
  struct test_case c = {.seed = (size_t)o->seed};
  if (o->one_case == NULL || case_parse(o->one_case, &c) != NULL) return false;
  append(list, &c);
  return true;
}

static struct case_list warned(struct case_list list) {
  if (list.count == 0)
    fprintf(stderr, "clinfer-check: there is no such case\n");
  return list;
}

struct case_list cases_select(const struct options *options) {
  struct case_list list = {0};
  const struct call_operator *op;
  if (add_one(options, &list)) return list;
  for (size_t i = 0; (op = op_at(i)) != NULL; i++) add_op(options, op, &list);
  return warned(list);
}

struct case_list cases_select_from(const struct options *options,
                                   const char *const *texts, size_t count) {
  struct case_list list = {0};
  if (add_one(options, &list)) return list;
  for (size_t i = 0; i < count; i++) {
    struct test_case c = {.seed = (size_t)options->seed};
    if (case_parse(texts[i], &c) == NULL && selected(options, &c))
      append(&list, &c);
  }
  return warned(list);
}
