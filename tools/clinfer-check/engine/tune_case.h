/* tune_case.h - let contenders compute a case, one after the other. */
#ifndef CLINFER_CHECK_ENGINE_TUNE_CASE_H
#define CLINFER_CHECK_ENGINE_TUNE_CASE_H

#include "engine/contender.h"
#include "operators/trial.h"

/* In a worker: the case under way. Starts as zeros. */
struct tune_round {
  struct trial trial; /* .c NULL: none yet */
  struct oracle_value *want;
  double best; /* seconds, of those that were timed; 0: none */
  bool beyond[CONTENDER_PROVIDERS]; /* what it turned out to be for those */
};

/* {"type": "tune", "case": ..., "contender": ..., "wall_us": ...}, or with a
 * "message" why it is no good, or with a "skip" why it was not tried. */
cJSON *tune_case(struct tune_round *round, struct contender *contender,
                 const struct session *s, const struct case_list *cases,
                 const struct test_case *c);

void tune_round_end(struct tune_round *round);

#endif
