/* cover.c - few variants that show what all of them show. */

#include "cover.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OPTIONS = 48, MOST_VALUES = 64, LONGEST = 64 };

/* The options of one kernel; value 0 of each is its absence. */
struct options {
  char names[MOST_OPTIONS][LONGEST];
  char values[MOST_OPTIONS][MOST_VALUES][LONGEST];
  size_t name_count, value_count[MOST_OPTIONS];
};

/* Of one text: the index of each option's value. */
struct row {
  unsigned char value[MOST_OPTIONS];
};

typedef bool seen_pairs[MOST_OPTIONS][MOST_VALUES][MOST_OPTIONS][MOST_VALUES];

static size_t intern(char list[][LONGEST], size_t *count, size_t most,
                     const char *text, size_t length) {
  for (size_t i = 0; i < *count; i++)
    if (strlen(list[i]) == length && !memcmp(list[i], text, length)) return i;
  if (*count == most || length >= LONGEST) {
    fputs("clinfer-variants: too many options\n", stderr);
    exit(1);
  }
  memcpy(list[*count], text, length);
  list[*count][length] = '\0';
  return (*count)++;
}

static void read_row(struct options *o, const char *text, struct row *row) {
  memset(row, 0, sizeof *row);
  while ((text = strstr(text, " -D")) != NULL) {
    text += strlen(" -D");
    const size_t name = strcspn(text, "="), end = strcspn(text, " ");
    const size_t n = intern(o->names, &o->name_count, MOST_OPTIONS, text, name);
    if (o->value_count[n] == 0) o->value_count[n] = 1;
    row->value[n] = (unsigned char)intern(o->values[n], &o->value_count[n],
                                          MOST_VALUES, text + name, end - name);
  }
}

/* Pairs of values in the row that were not seen before; with `mark`, they are
 * from now on. An option with itself is a pair: its value. */
static size_t new_pairs(const struct options *o, const struct row *row,
                        enum strength strength, seen_pairs seen, bool mark) {
  size_t found = 0;
  for (size_t i = 0; i < o->name_count; i++) {
    const size_t end = strength == EVERY_PAIR ? o->name_count : i + 1;
    for (size_t j = i; j < end; j++) {
      bool *at = &seen[i][row->value[i]][j][row->value[j]];
      found += !*at;
      if (mark) *at = true;
    }
  }
  return found;
}

/* Rows with many new pairs first: those that no such row brought along need
 * few more. */
size_t cover(char **texts, size_t count, enum strength strength) {
  if (strength == EVERYTHING) return count;
  struct options *options = calloc(1, sizeof *options);
  struct row *rows = calloc(count, sizeof *rows);
  bool(*seen)[MOST_VALUES][MOST_OPTIONS]
             [MOST_VALUES] = calloc(1, sizeof(seen_pairs));
  if (!options || !rows || !seen) abort();
  for (size_t i = 0; i < count; i++) read_row(options, texts[i], &rows[i]);

  size_t kept = 0, enough = MOST_OPTIONS * MOST_OPTIONS;
  for (; enough > 0; enough /= 2)
    for (size_t i = kept; i < count; i++) {
      if (new_pairs(options, &rows[i], strength, seen, false) < enough)
        continue;
      new_pairs(options, &rows[i], strength, seen, true);
      char *const text = texts[i];
      const struct row row = rows[i];
      texts[i] = texts[kept], rows[i] = rows[kept];
      texts[kept] = text, rows[kept++] = row;
    }
  free(options), free(rows), free(seen);
  return kept;
}
