/* source.c - a kernel's text, with its includes put in. */

#include "program/source.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { MOST_FILES = 16, LONGEST_NAME = 64, LARGEST_FILE = 1 << 20 };

struct text {
  char *bytes;
  size_t size;
};

struct expansion {
  const char *folder;
  char seen[MOST_FILES][LONGEST_NAME];
  size_t seen_count;
  struct text out;
};

static clinfer_status append(struct text *to, const char *bytes, size_t size) {
  char *grown = realloc(to->bytes, to->size + size + 1);
  if (grown == NULL)
    return ci_fail(CLINFER_OUT_OF_MEMORY, 0, "no memory for a kernel's text");
  memcpy(grown + to->size, bytes, size);
  grown[to->size + size] = '\0';
  to->bytes = grown;
  to->size += size;
  return CLINFER_OK;
}

static clinfer_status load(const char *folder, const char *name,
                           struct text *text) {
  if (folder != NULL) {
    char path[CI_LONGEST_PATH];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
      return ci_fail(CLINFER_BAD_FILE, 0, "CLINFER_CL_DIR is too long");
    text->bytes = ci_read_file(path, LARGEST_FILE, &text->size);
    if (text->bytes != NULL) return CLINFER_OK;
    return ci_fail(CLINFER_BAD_FILE, 0, "cannot read the kernel %s", path);
  }
  for (size_t i = 0; i < ci_embedded_count; i++)
    if (!strcmp(ci_embedded_files[i].name, name))
      return append(text, ci_embedded_files[i].text, ci_embedded_files[i].size);
  return ci_fail(CLINFER_BAD_FILE, 0, "there is no kernel %s", name);
}

/* The file that a line `#include "file"` names; false for any other line. */
static bool include_name(const char *line, char name[LONGEST_NAME]) {
  int end = 0; /* stays 0 unless all of it is matched */
  sscanf(line, "#include \"%63[a-z0-9_./]\"%n", name, &end);
  return end > 0 && strstr(name, "..") == NULL;
}

static bool seen(struct expansion *e, const char *name) {
  for (size_t i = 0; i < e->seen_count; i++)
    if (!strcmp(e->seen[i], name)) return true;
  return false;
}

static clinfer_status expand(struct expansion *e, const char *name);

static clinfer_status expand_lines(struct expansion *e, const char *line) {
  const char *pending = line; /* up to here all is in e->out */
  while (*line) {
    const size_t length = strcspn(line, "\n") + (strchr(line, '\n') != NULL);
    char name[LONGEST_NAME];
    if (include_name(line, name)) {
      CI_TRY(append(&e->out, pending, (size_t)(line - pending)));
      CI_TRY(expand(e, name));
      pending = line + length;
    }
    line += length;
  }
  return append(&e->out, pending, (size_t)(line - pending));
}

static clinfer_status expand(struct expansion *e, const char *name) {
  if (seen(e, name)) return CLINFER_OK;
  if (e->seen_count == MOST_FILES)
    return ci_fail(CLINFER_BAD_FILE, 0, "%s: too many includes", name);
  snprintf(e->seen[e->seen_count++], LONGEST_NAME, "%s", name);

  struct text file = {NULL, 0};
  clinfer_status status = load(e->folder, name, &file);
  if (status == CLINFER_OK) status = expand_lines(e, file.bytes);
  free(file.bytes);
  return status;
}

clinfer_status ci_source(const char *folder, const char *name, char **text) {
  struct expansion e = {.folder = folder};
  clinfer_status status = append(&e.out, "", 0); /* no file may add to it */
  if (status == CLINFER_OK) status = expand(&e, name);
  if (status == CLINFER_OK)
    *text = e.out.bytes;
  else
    free(e.out.bytes);
  return status;
}
