/* log.h - lines for whoever listens to a context. */
#ifndef CI_LOG_H
#define CI_LOG_H

#include "clinfer/clinfer.h"

struct ci_log {
  clinfer_log *write; /* NULL: nobody listens */
  void *user;
};

/* One line, if anybody listens. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void ci_log(const struct ci_log *log, const char *format, ...);

#endif
