/* arithmetic.h - with sizes. */
#ifndef CI_ARITHMETIC_H
#define CI_ARITHMETIC_H

#include <stddef.h>

static inline size_t ci_least(size_t a, size_t b) { return a < b ? a : b; }

/* How many parts of that size cover a whole. */
static inline size_t ci_parts(size_t whole, size_t part) {
  return (whole + part - 1) / part;
}

/* The next multiple of `to`, or n. */
static inline size_t ci_round_up(size_t n, size_t to) {
  return ci_parts(n, to) * to;
}

#endif
