/* stress.h - the command `stress`. */
#ifndef CLINFER_CHECK_COMMANDS_STRESS_H
#define CLINFER_CHECK_COMMANDS_STRESS_H

#include "formats/output.h"

/* On one device. Returns an exit code. */
int stress_device(const struct options *options, const struct output *out,
                  const char *selector);

#endif
