/* check.h - the command `check`. */
#ifndef CLINFER_CHECK_COMMANDS_CHECK_H
#define CLINFER_CHECK_COMMANDS_CHECK_H

#include "formats/output.h"

/* On one device, all of what the options select. Returns an exit code. */
int check_device(const struct options *options, const struct output *out,
                 const char *selector);

#endif
