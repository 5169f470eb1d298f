/* log.c - lines for whoever listens to a context. */

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void ci_log(const struct ci_log *log, const char *format, ...) {
  if (log->write == NULL) return;
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  log->write(log->user, line);
}
