/* judge.c - how far a float implementation may be off, and whether it is. */

#include "model.h"

#include <math.h>

/* Sum n terms of one sign and size in a chain, each rounding as likely up as
 * down: the error is sqrt(n) / 3 units of the result's. With n terms in each of
 * m chains, and one more chain of these, it is sqrt(n / m + m) / 3. Six times
 * that is allowed. */
double oracle_sum_error(size_t terms) {
  enum { LONGEST_CHAIN = 256 };
  const double chain = terms < LONGEST_CHAIN ? (double)terms : LONGEST_CHAIN;
  const double chains = terms < LONGEST_CHAIN ? 1 : (double)terms / chain;
  return (2 * sqrt(chain / chains + chains) + 4) * ROUNDING;
}

struct oracle_value oracle_stored(struct oracle_value v, clinfer_dtype dtype) {
  if (!isfinite(v.value)) return v;
  const double largest = oracle_largest(dtype);
  const double overflow = largest + oracle_ulp(largest, dtype) / 2;
  const double size = fabs(v.value);
  if (size - v.error >= overflow)
    return (struct oracle_value){copysign((double)INFINITY, v.value), 0};
  if (size + v.error >= overflow)
    return (struct oracle_value){v.value, (double)INFINITY};
  v.error += oracle_ulp(size + v.error, dtype) / 2 + FLUSH;
  return v;
}

void oracle_exact(const double *v, size_t count, struct oracle_value *out) {
  for (size_t i = 0; i < count; i++) out[i] = (struct oracle_value){v[i], 0};
}

/* |got - value| / error: 0 where they agree, infinite where no error explains
 * the difference. */
static double ratio(double got, struct oracle_value want) {
  if (isnan(want.value)) return isnan(got) ? 0 : (double)INFINITY;
  if (got == want.value) return 0;
  const double r = fabs(got - want.value) / want.error;
  return isnan(r) ? (double)INFINITY : r;
}

struct oracle_verdict oracle_judge(const double *got,
                                   const struct oracle_value *want,
                                   size_t count) {
  struct oracle_verdict verdict = {0};
  for (size_t i = 0; i < count; i++) {
    const double r = ratio(got[i], want[i]);
    verdict.failures += r > 1;
    if (i > 0 && !(r > verdict.worst)) continue;
    verdict.worst = r, verdict.worst_at = i;
    verdict.got = got[i], verdict.want = want[i].value;
  }
  return verdict;
}
