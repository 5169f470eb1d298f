/* session.h - what a worker holds of one device. */
#ifndef CLINFER_CHECK_SESSION_H
#define CLINFER_CHECK_SESSION_H

#include <cjson/cJSON.h>

#include "tool.h"

struct session {
  cl_device_id device;
  cl_context context;
  cl_command_queue queue; /* in order, with profiling */
  clinfer_context *ctx;
  cl_ulong largest; /* bytes of one buffer */
};

/* Returns {"device": {...}, "open_ms": ...}, or {"error": "..."}. */
cJSON *session_open(struct session *s, const char *selector,
                    const struct options *options);

void session_close(struct session *s);

#endif
