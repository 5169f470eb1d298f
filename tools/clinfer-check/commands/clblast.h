/* clblast.h - the command `clblast`. */
#ifndef CLINFER_CHECK_COMMANDS_CLBLAST_H
#define CLINFER_CHECK_COMMANDS_CLBLAST_H

#include "formats/output.h"

/* Turn the JSON files of CLBlast's tuners into lines of the table, which keeps
 * what else it has. Returns an exit code. */
int clblast_device(const struct options *options, const struct output *out,
                   const char *selector);

#endif
