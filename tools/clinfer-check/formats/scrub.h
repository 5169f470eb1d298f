/* scrub.h - text for other people: without the paths of this machine. */
#ifndef CLINFER_CHECK_FORMATS_SCRUB_H
#define CLINFER_CHECK_FORMATS_SCRUB_H

#include <stdio.h>

/* Writes the text with "<path>" for whatever looks like a path, and for the
 * folders that the environment names, relative ones and those with blanks, too.
 */
void scrub_write(FILE *out, const char *text);

__attribute__((format(printf, 2, 3))) void scrub_print(FILE *out,
                                                       const char *format, ...);

#endif
