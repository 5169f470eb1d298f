/* json.h - members of JSON objects. */
#ifndef CLINFER_TOOLS_LIB_JSON_H
#define CLINFER_TOOLS_LIB_JSON_H

#include <cjson/cJSON.h>

/* The member's text; "" if it is missing or no text. */
const char *json_text(const cJSON *object, const char *name);

/* The member's number; 0 if it is missing. JSON has no NaN and no infinity,
 * cJSON writes null for them: what that was, the caller has to know. */
double json_number(const cJSON *object, const char *name, double null);

#endif
