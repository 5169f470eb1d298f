/* model.h - the error model that the oracle's operators share. */
#ifndef CLINFER_ORACLE_MODEL_H
#define CLINFER_ORACLE_MODEL_H

#include "oracle.h"

/* Half a unit in the last place of a float in [1, 2): one rounding. */
#define ROUNDING 0x1p-24

/* A device may take float subnormals for zero. */
#define FLUSH 0x1p-126

/* Errors of independent roundings add up as the root of their squares; this
 * many times that root is never met by chance. */
#define INDEPENDENT 6.0

/* The error of a sum of `terms` floats, in units of the sum of their sizes:
 * roundings go either way, so it grows as a random walk. */
double oracle_sum_error(size_t terms);

/* act(v): what v's error becomes, and what float adds while computing it. */
struct oracle_value oracle_activate(clinfer_activation activation,
                                    struct oracle_value v);

/* v, stored as dtype: one more rounding, or infinity where v is too large. */
struct oracle_value oracle_stored(struct oracle_value v, clinfer_dtype dtype);

#endif
