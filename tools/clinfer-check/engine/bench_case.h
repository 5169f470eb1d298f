/* bench_case.h - how long a call takes, as far as a race has to know. */
#ifndef CLINFER_CHECK_ENGINE_BENCH_CASE_H
#define CLINFER_CHECK_ENGINE_BENCH_CASE_H

#include "operators/trial.h"

/* How long to time a call. A batch is long against the clock and the wait at
 * its end; there are enough of them for a median. */
struct bench_effort {
  double batch, all;                   /* seconds */
  size_t fewest_calls, fewest_batches; /* however long they take */
};

struct bench_time {
  double wall, least; /* seconds a call: of the median batch, and the best */
};

/* After a warm-up. */
clinfer_status bench_call(const struct trial *t,
                          const struct bench_effort *effort,
                          struct bench_time *out);

#endif
