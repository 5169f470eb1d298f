/* ascii.h - letters and digits, whatever the locale: in Turkish, tolower('I')
 * is no i. */
#ifndef CI_ASCII_H
#define CI_ASCII_H

#include <stdbool.h>

static inline bool ci_is_digit(char c) { return c >= '0' && c <= '9'; }

static inline char ci_lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

#endif
