/* json.c - members of JSON objects. */

#include "lib/json.h"

const char *json_text(const cJSON *object, const char *name) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
  return text != NULL ? text : "";
}

double json_number(const cJSON *object, const char *name, double null) {
  const cJSON *item = cJSON_GetObjectItem(object, name);
  if (cJSON_IsNull(item)) return null;
  return cJSON_IsNumber(item) ? item->valuedouble : 0;
}
