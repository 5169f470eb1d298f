/* words.c - read the words that options take. */

#include "lib/words.h"

#include <stdlib.h>
#include <string.h>

static const struct {
  clinfer_dtype dtype;
  const char *word;
} dtypes[] = {
#define ROW(name, value, word, bytes) {name, #word},
    CLINFER_DTYPE_MAP(ROW)
#undef ROW
};

const char *word_of_dtype(clinfer_dtype dtype) {
  for (size_t i = 0; i < TOOL_COUNT(dtypes); i++)
    if (dtypes[i].dtype == dtype) return dtypes[i].word;
  return "?";
}

bool word_dtype(const char *text, size_t length, clinfer_dtype *dtype) {
  for (size_t i = 0; i < TOOL_COUNT(dtypes); i++)
    if (strlen(dtypes[i].word) == length &&
        memcmp(dtypes[i].word, text, length) == 0)
      return *dtype = dtypes[i].dtype, true;
  return false;
}

bool word_size(const char **text, size_t *size) {
  const size_t digits = strspn(*text, "0123456789");
  *size = strtoul(*text, NULL, 10);
  *text += digits;
  return digits > 0 && digits <= 6 && *size > 0;
}

bool word_sizes(const char *text, struct size_list *list) {
  list->count = 0;
  while (list->count < TOOL_COUNT(list->items)) {
    if (!word_size(&text, &list->items[list->count++])) return false;
    if (*text == '\0') return true;
    if (*text++ != ',') return false;
  }
  return false;
}

static bool is_provider(const char *name, size_t length) {
  const char *provider;
  for (size_t i = 0; (provider = clinfer_provider_name(i)) != NULL; i++)
    if (strlen(provider) == length && memcmp(provider, name, length) == 0)
      return true;
  return false;
}

bool word_providers(const char *text) {
  for (const char *name = text; *name != '\0';) {
    const size_t length = strcspn(name, ",");
    if (!is_provider(name, length)) return false;
    name += length + (name[length] == ',');
  }
  return true;
}
