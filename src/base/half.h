/* half.h - numbers of two bytes, on the host. */
#ifndef CI_HALF_H
#define CI_HALF_H

#include <math.h>
#include <stdint.h>

/* IEEE 754 binary16. */
static inline float ci_float_of_half(uint16_t h) {
  const int exponent = h >> 10 & 31, fraction = h & 1023;
  const float v = exponent == 0 ? ldexpf((float)fraction, -24)
                  : exponent == 31
                      ? (fraction ? NAN : INFINITY)
                      : ldexpf((float)(fraction + 1024), exponent - 25);
  return h >> 15 ? -v : v;
}

#endif
