/* storage.c - f16 and f32 as numbers, as bits, and as random inputs. */

#include "model.h"

#include <math.h>
#include <string.h>

enum { HALF_MANTISSA = 10, HALF_MIN_EXPONENT = -14, HALF_INF = 0x7c00 };
static const double half_overflow = 65520; /* rounds to infinity from here */

/* 2^exponent, and the exponent of the power of two at or below |v|. On the bits
 * of a double, since every element of every test passes here. Subnormal doubles
 * count as smaller than any number that is stored. */
static double power_of_two(int exponent) {
  const uint64_t bits = (uint64_t)(exponent + 1023) << 52;
  double v;
  memcpy(&v, &bits, sizeof v);
  return v;
}

static int exponent_of(double v) {
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  return (int)(bits >> 52 & 0x7ff) - 1023;
}

uint16_t oracle_to_half(double v) {
  const uint16_t sign = signbit(v) ? 0x8000 : 0;
  const double size = fabs(v);
  if (isnan(v)) return sign | 0x7e00;
  if (size >= half_overflow) return sign | HALF_INF;

  /* The mantissa in units of its last place, leading one included. Added to
   * the exponent's field, that one counts the exponent up by itself, and so
   * does a carry from rounding; subnormals have the exponent of the smallest
   * normal number, but not the one. */
  int exponent = exponent_of(size);
  if (exponent < HALF_MIN_EXPONENT) exponent = HALF_MIN_EXPONENT;
  const double mantissa = rint(size * power_of_two(HALF_MANTISSA - exponent));
  const int field = (exponent - HALF_MIN_EXPONENT) << HALF_MANTISSA;
  return (uint16_t)(sign | (field + (int)mantissa));
}

double oracle_from_half(uint16_t h) {
  const int exponent = h >> HALF_MANTISSA & 0x1f, mantissa = h & 0x3ff;
  double size;
  if (exponent == 0x1f)
    size = mantissa ? (double)NAN : (double)INFINITY;
  else if (exponent == 0)
    size = mantissa * 0x1p-24;
  else
    size = (1024 + mantissa) * power_of_two(exponent - 25);
  return h & 0x8000 ? -size : size;
}

double oracle_round(double v, clinfer_dtype dtype) {
  if (dtype == CLINFER_F16) return oracle_from_half(oracle_to_half(v));
  return (float)v;
}

double oracle_ulp(double v, clinfer_dtype dtype) {
  const int mantissa = dtype == CLINFER_F16 ? HALF_MANTISSA : 23;
  const int lowest = dtype == CLINFER_F16 ? HALF_MIN_EXPONENT : -126;
  const int highest = dtype == CLINFER_F16 ? 15 : 127;
  if (!isfinite(v)) return (double)NAN;
  int exponent = exponent_of(v);
  if (exponent < lowest) exponent = lowest;
  if (exponent > highest) exponent = highest;
  return power_of_two(exponent - mantissa);
}

void oracle_store(const double *v, size_t count, clinfer_dtype dtype,
                  void *storage) {
  uint16_t *halves = storage;
  float *floats = storage;
  for (size_t i = 0; i < count; i++)
    if (dtype == CLINFER_F16)
      halves[i] = oracle_to_half(v[i]);
    else
      floats[i] = (float)v[i];
}

void oracle_load(const void *storage, size_t count, clinfer_dtype dtype,
                 double *v) {
  const uint16_t *halves = storage;
  const float *floats = storage;
  for (size_t i = 0; i < count; i++)
    v[i] = dtype == CLINFER_F16 ? oracle_from_half(halves[i])
                                : (double)floats[i];
}

/* The SplitMix64 generator: a counter, scrambled by xor-shift-multiply. */
static uint64_t next(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

void oracle_random(uint64_t seed, double lo, double hi, size_t count,
                   clinfer_dtype dtype, double *v) {
  for (size_t i = 0; i < count; i++) {
    const double unit = (double)(next(&seed) >> 11) * 0x1p-53;
    v[i] = oracle_round(lo + (hi - lo) * unit, dtype);
  }
}
