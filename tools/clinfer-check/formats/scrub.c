/* scrub.c - replace the paths in a text. */

#include "formats/scrub.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tool.h"

/* Their values are paths, or lists of such. */
static const char *const variables[] = {"HOME",
                                        "PWD",
                                        "TMPDIR",
                                        "XDG_CACHE_HOME",
                                        "XDG_CONFIG_HOME",
                                        "CLINFER_CACHE_DIR",
                                        "CLINFER_CL_DIR",
                                        "POCL_CACHE_DIR",
                                        "CLINFER_TUNING_DIR",
                                        "OLDPWD",
                                        "OCL_ICD_VENDORS",
                                        "OCL_ICD_FILENAMES"};

static bool is_word(char c) {
  return isalnum((unsigned char)c) || (c != '\0' && strchr("_.)%", c) != NULL);
}

/* A path may start at text[i]: not in f16/f32, but in -I/usr/include. */
static bool is_start(const char *text, size_t i) {
  if (i == 0 || !is_word(text[i - 1])) return i == 0 || text[i - 1] != '/';
  return i >= 2 && text[i - 2] == '-' && strchr("IL", text[i - 1]) != NULL;
}

/* The longest value of a variable that stands there. */
static size_t known_at(const char *text) {
  size_t longest = 0;
  for (size_t i = 0; i < TOOL_COUNT(variables); i++) {
    const char *value = getenv(variables[i]);
    const size_t length = value != NULL ? strlen(value) : 0;
    if (length > longest && length > 1 && strncmp(text, value, length) == 0 &&
        !is_word(text[length]))
      longest = length;
  }
  return longest;
}

static size_t rest_of_path(const char *text) {
  return strcspn(text, " \t\r\n\v\f\"'`:,;()<>[]|");
}

/* "/x", "//x", "./x", "../x", "~/x", "~x/y"; no URL, no lone slash. */
static size_t path_at(const char *text, bool after_colon) {
  size_t start = strspn(text, "~.");
  if (*text == '~') start = strcspn(text, "/ \t\n");
  const size_t slashes = strspn(text + start, "/");
  if (slashes == 0 || (slashes > 1 && after_colon)) return 0;
  const size_t length = rest_of_path(text);
  return length > start + slashes ? length : 0;
}

void scrub_write(FILE *out, const char *text) {
  for (size_t i = 0; text[i] != '\0';) {
    size_t length = 0;
    if (is_start(text, i)) {
      length = known_at(text + i);
      if (length > 0 && text[i + length] == '/')
        length += rest_of_path(text + i + length);
      if (length == 0) length = path_at(text + i, i > 0 && text[i - 1] == ':');
    }
    if (length > 0)
      fputs("<path>", out);
    else
      fputc(text[i], out);
    i += length > 0 ? length : 1;
  }
}

void scrub_print(FILE *out, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  const int length = vsnprintf(NULL, 0, format, arguments);
  char *text = tool_alloc((size_t)length + 1, 1);
  vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  va_end(arguments);
  scrub_write(out, text);
  free(text);
}
