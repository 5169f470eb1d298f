/* bundle.h - the file of --report: all that the vendor of a driver asks for,
 * and no paths of this machine. */
#ifndef CLINFER_CHECK_FORMATS_BUNDLE_H
#define CLINFER_CHECK_FORMATS_BUNDLE_H

#include "formats/report.h"

/* Once, then for each device. `log`: the library's lines; `providers`: what has
 * become of them; each may be NULL. */
void bundle_begin(FILE *file, const struct options *options);
void bundle_device(FILE *file, const struct report *r, const cJSON *opened,
                   const cJSON *log, const cJSON *providers);

#endif
