/* status.h - statuses, and the calling thread's last error. */
#ifndef CI_STATUS_H
#define CI_STATUS_H

#ifdef __APPLE__
#include <OpenCL/opencl.h>
#else
#include <CL/cl.h>
#endif
#include <stdbool.h>

#include "clinfer/clinfer.h"

/* Return from the calling function with anything but CLINFER_OK. */
#define CI_TRY(expr)                                 \
  do {                                               \
    const clinfer_status ci_status_ = (expr);        \
    if (ci_status_ != CLINFER_OK) return ci_status_; \
  } while (0)

/* Record `status`, the code that OpenCL or CLBlast gave (or 0) and a message;
 * return `status`. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
clinfer_status
ci_fail(clinfer_status status, int code, const char *format, ...);

/* CLINFER_OK for CL_SUCCESS, else the status that fits, with `call` named. */
clinfer_status ci_cl(cl_int code, const char *call);
/* The same; `what` is the operand or kernel that the call was for. */
clinfer_status ci_cl_for(cl_int code, const char *call, const char *what);

/* Undo what failures since `before` have recorded: they were got around. */
void ci_restore_error(const clinfer_error *before);

/* CL_COMPLETE, an error (negative), or what precedes them; CL_QUEUED if it
 * cannot be told. */
cl_int ci_state(cl_event command);

/* Whether a command has ended, be it by an error. */
bool ci_is_over(cl_event command);

/* The last error's build log, for the one function that fills it. */
char *ci_build_log(size_t *size);

#endif
