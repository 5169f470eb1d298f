/* providers.c - the providers' names, and turning them off by name. */

#include "base/providers.h"

#include <string.h>

#include "clinfer/clinfer.h"

#define NAME(id, name) #name,
static const char *const names[] = {CI_PROVIDER_MAP(NAME)};
#undef NAME

const char *clinfer_provider_name(size_t index) {
  return index < CI_PROVIDERS ? names[index] : NULL;
}

void ci_disable_providers(const char *list, bool enabled[CI_PROVIDERS]) {
  while (*list) {
    const size_t length = strcspn(list, ", ");
    for (size_t p = 0; p < CI_REFERENCE; p++)
      if (strlen(names[p]) == length && !strncmp(names[p], list, length))
        enabled[p] = false;
    list += length;
    list += strspn(list, ", ");
  }
}
