/* known_call.h - a call whose results are known, as the work that meets faults.
 */
#ifndef CLINFER_KNOWN_CALL_H
#define CLINFER_KNOWN_CALL_H

#include "calls.h"

struct known_call {
  struct call c;
  unsigned char *results[CALL_MOST_OPERANDS];
  cl_event event, first; /* where c.exec has them put */
  size_t commands;       /* before the run */
};

/* In place: c.exec points into it. Learns the results from a run of c. */
void known_call_learn(struct known_call *k, struct call c);
void known_call_free(struct known_call *k);

/* Outputs and events as if there never was a run. */
void known_call_prepare(void *known_call);

/* After a run that came to `status`: NULL, or what is wrong. Releases events.*/
const char *known_call_judge(void *known_call, clinfer_status status);

#endif
