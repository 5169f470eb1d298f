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

/* How the session's contexts are made, and what is to be known of them. */
struct session_settings {
  bool reference;      /* only the library's reference kernels */
  const char *disable; /* providers never to use; or NULL */
  bool keep_log;       /* what the library says */
  bool properties;     /* all that the device says of itself */
};

/* Returns {"device": {...}, "open_ms": ...}, or {"error": "..."}. */
cJSON *session_open(struct session *s, const char *selector,
                    const struct session_settings *settings);

/* What the library logs into s->log from now on, for a context of s. */
clinfer_options session_options(struct session *s,
                                const struct session_settings *settings);

/* The lines since the last time; the caller deletes them. */
cJSON *session_take_log(struct session *s);

void session_close(struct session *s);

#endif
