/* session.h - what a worker holds of one device. */
#ifndef CLINFER_TOOLS_LIB_SESSION_H
#define CLINFER_TOOLS_LIB_SESSION_H

#include <cjson/cJSON.h>

#include "lib/tool.h"

struct session {
  cl_device_id device;
  cl_context context;
  cl_command_queue queue; /* in order, with profiling */
  clinfer_context *ctx;
  cl_ulong largest; /* bytes of one buffer */
  cJSON *log;       /* lines of the library; NULL: nobody reads them */
};

/* Returns {"device": {...}, "open_ms": ...}, or {"error": "..."}. */
cJSON *session_open(struct session *s, const char *selector,
                    const struct options *options);

/* What the library logs into s->log from now on, for a context of s. */
clinfer_options session_options(struct session *s,
                                const struct options *options);

/* The lines since the last time; the caller deletes them. */
cJSON *session_take_log(struct session *s);

void session_close(struct session *s);

#endif
