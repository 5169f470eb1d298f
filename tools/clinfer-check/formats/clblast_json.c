/* clblast_json.c - the JSON files that CLBlast's tuners write. */

#include "formats/clblast_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choose/clblast_parameters.h"
#include "lib/json.h"
#include "lib/tool.h"

/* The tuners' names for the kernels that a GEMM uses. */
static const struct family {
  const char *name, *kernel;
} families[] = {
    {"xgemm", "Xgemm"},
    {"xgemm_1", "Xgemm"},
    {"xgemm_2", "Xgemm"},
    {"xgemm_direct", "XgemmDirect"},
    {"xgemm_direct_1", "XgemmDirect"},
    {"xgemm_direct_2", "XgemmDirect"},
    {"gemm_routine", "GemmRoutine"},
    {"copy", "Copy"},
    {"pad", "Pad"},
    {"transpose", "Transpose"},
    {"padtranspose", "Padtranspose"},
};

static const char *kernel_of(const char *family) {
  for (size_t i = 0; i < TOOL_COUNT(families); i++)
    if (strcmp(families[i].name, family) == 0) return families[i].kernel;
  return NULL;
}

/* CLBlast takes the precision apart, so it is no parameter in the table. */
static void drop_precision(char *parameters) {
  static const char name[] = "PRECISION=";
  char *at = parameters;
  while ((at = strstr(at, name)) != NULL) {
    const size_t length = strcspn(at, " ") + strspn(at + strcspn(at, " "), " ");
    if (at == parameters || at[-1] == ' ')
      memmove(at, at + length, strlen(at + length) + 1);
    else
      at += sizeof name - 1;
  }
  size_t end = strlen(parameters);
  while (end > 0 && parameters[end - 1] == ' ') parameters[--end] = '\0';
}

static const char *read_object(const cJSON *json, const char *device,
                               struct clblast_result *result) {
  static const char key[] = "clblast ";
  struct ci_clblast_kernel parsed;
  const char *kernel = kernel_of(json_text(json, "kernel_family"));
  if (kernel == NULL) return "is not about a kernel that f32 GEMMs use";
  if (strcmp(json_text(json, "precision"), "32") != 0)
    return "is not about f32";
  if (strcmp(json_text(json, "device"), device) != 0)
    return "is about another device";
  const int length = snprintf(result->line, sizeof result->line, "%s%s: %s",
                              key, kernel, json_text(json, "best_parameters"));
  drop_precision(strchr(result->line, ':') + 2);
  result->best_time = strtod(json_text(json, "best_time"), NULL);
  return length < CLBLAST_LINE &&
                 ci_clblast_parse(result->line + sizeof key - 1, &parsed)
             ? NULL
             : "has no parameters that CLBlast takes";
}

const char *clblast_json_read(const char *text, size_t size, const char *device,
                              struct clblast_result *result) {
  cJSON *json = cJSON_ParseWithLength(text, size);
  const char *why = json != NULL ? read_object(json, device, result)
                                 : "is no JSON";
  cJSON_Delete(json);
  return why;
}
