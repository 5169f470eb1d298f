/* half.h - numbers of two bytes, on the host. */
#ifndef CI_HALF_H
#define CI_HALF_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* IEEE 754 binary16. */
static inline float ci_float_of_half(uint16_t h) {
  const int exponent = h >> 10 & 31, fraction = h & 1023;
  const float v = exponent == 0 ? ldexpf((float)fraction, -24)
                  : exponent == 31
                      ? (fraction ? NAN : INFINITY)
                      : ldexpf((float)(fraction + 1024), exponent - 25);
  return h >> 15 ? -v : v;
}

/* bfloat16: the upper half of a float; what a float has beyond is cut off. */
static inline float ci_float_of_bf16(uint16_t b) {
  const uint32_t bits = (uint32_t)b << 16;
  float v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

static inline uint16_t ci_bf16_of_float(float v) {
  uint32_t bits;
  memcpy(&bits, &v, sizeof bits);
  return (uint16_t)(bits >> 16);
}

#endif
