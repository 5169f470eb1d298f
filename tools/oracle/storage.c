/* storage.c - storage types as numbers, as bits, and as random inputs. */

#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes; bits of the mantissa, without the leading one; the exponents of the
 * smallest and the largest normal numbers. */
struct format {
  int bytes, mantissa, lowest, highest;
};

static struct format format_of(clinfer_dtype dtype) {
  switch (dtype) {
    case CLINFER_F32:
      return (struct format){4, 23, -126, 127};
    case CLINFER_F16:
      return (struct format){2, 10, -14, 15};
    case CLINFER_BF16:
      return (struct format){2, 7, -126, 127};
  }
  abort();
}

/* The exponent's field in infinities and NaNs: all its bits. */
static int last_field(struct format f) { return f.highest - f.lowest + 2; }

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

double oracle_largest(clinfer_dtype dtype) {
  const struct format f = format_of(dtype);
  return (2 - power_of_two(-f.mantissa)) * power_of_two(f.highest);
}

uint16_t oracle_to_bits(double v, clinfer_dtype dtype) {
  const struct format f = format_of(dtype);
  const int sign = signbit(v) ? 0x8000 : 0;
  const int infinity = last_field(f) << f.mantissa;
  const double size = fabs(v), largest = oracle_largest(dtype);
  if (isnan(v)) return (uint16_t)(sign | infinity | 1 << (f.mantissa - 1));
  if (size >= largest + oracle_ulp(largest, dtype) / 2)
    return (uint16_t)(sign | infinity);

  /* The mantissa in units of its last place, leading one included. Added to
   * the exponent's field, that one counts the exponent up by itself, and so
   * does a carry from rounding; subnormals have the exponent of the smallest
   * normal number, but not the one. */
  int exponent = exponent_of(size);
  if (exponent < f.lowest) exponent = f.lowest;
  const double mantissa = rint(size * power_of_two(f.mantissa - exponent));
  const int field = (exponent - f.lowest) << f.mantissa;
  return (uint16_t)(sign | (field + (int)mantissa));
}

double oracle_from_bits(uint16_t bits, clinfer_dtype dtype) {
  const struct format f = format_of(dtype);
  const int one = 1 << f.mantissa, mantissa = bits & (one - 1);
  const int field = (bits & 0x7fff) >> f.mantissa;
  double size;
  if (field == last_field(f))
    size = mantissa ? (double)NAN : (double)INFINITY;
  else if (field == 0)
    size = mantissa * power_of_two(f.lowest - f.mantissa);
  else
    size = (one + mantissa) * power_of_two(field - 1 + f.lowest - f.mantissa);
  return bits & 0x8000 ? -size : size;
}

static bool is_narrow(clinfer_dtype dtype) {
  return format_of(dtype).bytes == 2;
}

double oracle_round(double v, clinfer_dtype dtype) {
  if (is_narrow(dtype))
    return oracle_from_bits(oracle_to_bits(v, dtype), dtype);
  return (float)v;
}

double oracle_ulp(double v, clinfer_dtype dtype) {
  const struct format f = format_of(dtype);
  if (!isfinite(v)) return (double)NAN;
  int exponent = exponent_of(v);
  if (exponent < f.lowest) exponent = f.lowest;
  if (exponent > f.highest) exponent = f.highest;
  return power_of_two(exponent - f.mantissa);
}

void oracle_store(const double *v, size_t count, clinfer_dtype dtype,
                  void *storage) {
  uint16_t *shorts = storage;
  float *floats = storage;
  for (size_t i = 0; i < count; i++)
    if (is_narrow(dtype))
      shorts[i] = oracle_to_bits(v[i], dtype);
    else
      floats[i] = (float)v[i];
}

void oracle_load(const void *storage, size_t count, clinfer_dtype dtype,
                 double *v) {
  const uint16_t *shorts = storage;
  const float *floats = storage;
  for (size_t i = 0; i < count; i++)
    v[i] = is_narrow(dtype) ? oracle_from_bits(shorts[i], dtype)
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
