/* session.c - open a device for a worker. */

#include "lib/session.h"

#include <stdio.h>
#include <string.h>

#include "lib/devices.h"

static cJSON *refusal(const char *call, cl_int code) {
  cJSON *line = cJSON_CreateObject();
  char text[700];
  if (code != CL_SUCCESS)
    snprintf(text, sizeof text, "%s: OpenCL error %d", call, code);
  else
    snprintf(text, sizeof text, "%s: %s", call, clinfer_last_error()->message);
  cJSON_AddStringToObject(line, "error", text);
  return line;
}

static void keep_line(void *user, const char *message) {
  struct session *s = user;
  cJSON_AddItemToArray(s->log, cJSON_CreateString(message));
}

clinfer_options session_options(struct session *s,
                                const struct session_settings *settings) {
  return (clinfer_options){.struct_size = sizeof(clinfer_options),
                           .disable = settings->disable,
                           .reference = settings->reference,
                           .log = s->log != NULL ? keep_line : NULL,
                           .log_user = s};
}

/* Why no kernels are cached, if that is so, as the log has it. */
static void add_uncached(cJSON *line, const cJSON *log) {
  const cJSON *entry;
  cJSON_ArrayForEach(entry, log) if (strncmp(entry->valuestring,
                                             "no kernels are cached", 21) == 0)
      cJSON_AddStringToObject(line, "uncached", entry->valuestring);
}

cJSON *session_take_log(struct session *s) {
  cJSON *log = s->log;
  s->log = cJSON_CreateArray();
  return log;
}

cJSON *session_open(struct session *s, const char *selector,
                    const struct session_settings *settings) {
  const double start = tool_now();
  if (clinfer_find_device(selector, &s->device) != CLINFER_OK)
    return refusal("no device", CL_SUCCESS);

  cl_int code;
  s->context = clCreateContext(NULL, 1, &s->device, NULL, NULL, &code);
  if (code != CL_SUCCESS) return refusal("clCreateContext", code);
  s->queue = clCreateCommandQueue(s->context, s->device,
                                  CL_QUEUE_PROFILING_ENABLE, &code);
  if (code != CL_SUCCESS) return refusal("clCreateCommandQueue", code);
  clGetDeviceInfo(s->device, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof s->largest,
                  &s->largest, NULL);

  if (settings->keep_log) s->log = cJSON_CreateArray();
  const clinfer_options library = session_options(s, settings);
  if (clinfer_context_create(s->context, s->device, &library, &s->ctx) !=
      CLINFER_OK)
    return refusal("clinfer_context_create", CL_SUCCESS);

  cJSON *line = cJSON_CreateObject();
  cJSON_AddItemToObject(line, "device", device_describe(s->device));
  if (settings->properties)
    cJSON_AddItemToObject(line, "properties", device_properties(s->device));
  cJSON_AddNumberToObject(line, "open_ms", (tool_now() - start) * 1e3);
  add_uncached(line, s->log);
  return line;
}

void session_close(struct session *s) {
  clinfer_context_destroy(s->ctx);
  if (s->queue != NULL) clReleaseCommandQueue(s->queue);
  if (s->context != NULL) clReleaseContext(s->context);
  cJSON_Delete(s->log);
}
