/* cover.h - few variants that show what all of them show. */
#ifndef CLINFER_VARIANTS_COVER_H
#define CLINFER_VARIANTS_COVER_H

#include <stddef.h>

enum strength { EVERY_VALUE = 1, EVERY_PAIR = 2, EVERYTHING = 3 };

/* Of the texts, "kernel -DNAME=value ..." and all of one kernel, move to the
 * front a few in which every value of every option occurs that occurs at all,
 * or every pair of values of two options; an option that is absent counts as a
 * value. Returns how many. */
size_t cover(char **texts, size_t count, enum strength strength);

#endif
