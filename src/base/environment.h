/* environment.h - the variables of the environment that the library reads. */
#ifndef CI_ENVIRONMENT_H
#define CI_ENVIRONMENT_H

#include "clinfer/clinfer.h"

/* The variable's value; NULL if it is unset, if the options (or NULL) forbid to
 * read it, or if the program has rights that whoever started it has not: a
 * variable may name code that will run, or a folder that will be made. */
const char *ci_environment(const clinfer_options *options, const char *name);

#endif
