/* status.c - statuses, and the calling thread's last error. */

#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local clinfer_error last;

const clinfer_error *clinfer_last_error(void) { return &last; }

const char *clinfer_status_text(clinfer_status status) {
#define TEXT(name, value, text) \
  case name:                    \
    return text;
  switch (status) { CLINFER_STATUS_MAP(TEXT) }
#undef TEXT
  return "unknown status";
}

clinfer_status ci_fail(clinfer_status status, int code, const char *format,
                       ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(last.message, sizeof last.message, format, arguments);
  va_end(arguments);
  last.status = status;
  last.code = code;
  last.build_log[0] = '\0';
  return status;
}

clinfer_status ci_cl(cl_int code, const char *call) {
  switch (code) {
    case CL_SUCCESS:
      return CLINFER_OK;
    case CL_OUT_OF_HOST_MEMORY:
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
    case CL_INVALID_BUFFER_SIZE: /* larger than the device allows */
      return ci_fail(CLINFER_OUT_OF_MEMORY, code, "%s: out of memory (%d)",
                     call, code);
    case CL_INVALID_MEM_OBJECT:
      return ci_fail(CLINFER_BAD_BUFFER, code, "%s: no buffer (%d)", call,
                     code);
    case CL_INVALID_COMMAND_QUEUE:
      return ci_fail(CLINFER_BAD_QUEUE, code, "%s: no queue (%d)", call, code);
    default:
      return ci_fail(CLINFER_OPENCL_ERROR, code, "%s failed (%d)", call, code);
  }
}

clinfer_status ci_cl_for(cl_int code, const char *call, const char *what) {
  char text[128];
  if (code == CL_SUCCESS) return CLINFER_OK;
  snprintf(text, sizeof text, "%s for %s", call, what);
  return ci_cl(code, text);
}

void ci_restore_error(const clinfer_error *before) { last = *before; }

cl_int ci_state(cl_event command) {
  cl_int state;
  const cl_int code = clGetEventInfo(command, CL_EVENT_COMMAND_EXECUTION_STATUS,
                                     sizeof state, &state, NULL);
  return code == CL_SUCCESS ? state : CL_QUEUED;
}

bool ci_is_over(cl_event command) { return ci_state(command) <= CL_COMPLETE; }

char *ci_build_log(size_t *size) {
  *size = sizeof last.build_log;
  return last.build_log;
}
