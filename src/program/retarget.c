/* retarget.c - a program for Hopper's own instructions. */

#define _POSIX_C_SOURCE 200809L

#include "program/retarget.h"

#include <stdlib.h>
#include <string.h>

static char *refuse(clinfer_status status, const char *reason) {
  ci_fail(status, 0, "a program cannot be made for sm_90a: %s", reason);
  return NULL;
}

static void drop_marks(char *text) {
  const size_t length = strlen(CI_RETARGET_MARK);
  char *to = text;
  for (const char *from = text; *from;)
    if (strncmp(from, CI_RETARGET_MARK, length) == 0)
      from += length;
    else
      *to++ = *from++;
  *to = '\0';
}

/* What the directive names; it begins a line, unlike words in a comment. */
static char *find_target(char *text) {
  static const char directive[] = ".target ";
  for (char *line = text; line; line = strchr(line, '\n')) {
    line += strspn(line, " \t\r\n");
    if (strncmp(line, directive, strlen(directive)) == 0)
      return line + strlen(directive);
  }
  return NULL;
}

char *ci_retarget(const char *ptx, size_t size, size_t *new_size) {
  static const char old[] = "sm_90";
  const size_t length = strnlen(ptx, size);
  for (size_t i = length; i < size; i++)
    if (ptx[i] != '\0')
      return refuse(CLINFER_BUILD_FAILED, "the driver gave no text");
  char *text = malloc(length + 2); /* the NUL, and one letter more */
  if (text == NULL) return refuse(CLINFER_OUT_OF_MEMORY, "no host memory");
  memcpy(text, ptx, length);
  text[length] = '\0';
  drop_marks(text);
  char *target = find_target(text);
  if (target == NULL || strcspn(target, ", \t\r\n") != strlen(old) ||
      strncmp(target, old, strlen(old)) != 0) {
    free(text);
    return refuse(CLINFER_BUILD_FAILED, "the driver's target is not sm_90");
  }
  char *rest = target + strlen(old);
  memmove(rest + 1, rest, strlen(rest) + 1);
  *rest = 'a';
  *new_size = strlen(text) + 1;
  return text;
}
