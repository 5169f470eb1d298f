/* options.h - the command line. */
#ifndef CLINFER_CHECK_OPTIONS_H
#define CLINFER_CHECK_OPTIONS_H

#include "lib/tool.h"

/* False if the program is to end with *exit_code: after --help, --version or
 * a mistake. */
bool options_read(int argc, char **argv, struct options *options,
                  int *exit_code);

void options_free(struct options *options);

#endif
