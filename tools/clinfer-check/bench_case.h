/* bench_case.h - time one case. */
#ifndef CLINFER_CHECK_BENCH_CASE_H
#define CLINFER_CHECK_BENCH_CASE_H

#include <cjson/cJSON.h>

#include "cases.h"
#include "session.h"

/* In a worker: {"type": "bench", "case": ..., "first_ms", "wall_us",
 * "min_us", "event_us", "flops", "bytes"}; or with a "message" why not.
 * first_ms: the first call until it is finished, with what it builds or
 * loads. wall_us, min_us: one call of many back to back, median and best
 * batch. event_us: likewise, by the device's clock; 0 without one. */
cJSON *bench_case(const struct session *s, const struct test_case *c);

#endif
