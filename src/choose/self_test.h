/* self_test.h - an implementation shows that it is right on a device.
 *
 * Kernels written for one vendor's hardware lean on what no standard promises:
 * another driver may refuse them, or compile them to something else. Before
 * such a kernel's first use in a context a small problem of the same kind is
 * computed by it and by the reference kernels, and the results are compared. So
 * nothing is compiled and tested but what is about to be used. The verdict is
 * kept in the cache folder. An implementation that was wrong once is not used
 * again in the context.
 *
 * A fault that may pass, such as a lack of memory, is no verdict: the kernel
 * stays unproven, another implementation computes, and a later use tries again;
 * the last try settles it for the context. */
#ifndef CI_SELF_TEST_H
#define CI_SELF_TEST_H

#include <pthread.h>
#include <stdatomic.h>

#include "choose/implementation.h"
#include "run/runtime.h"

enum ci_proof { CI_UNPROVEN, CI_PROVEN, CI_REFUTED };
enum { CI_MOST_TRIES = 3 };

/* What is proven of a context's kernels. */
struct ci_proofs {
  /* ci_is_proven; by this pointer, since it plans problems itself. */
  bool (*is_proven)(const struct ci_plan *plan,
                    const struct ci_problem *problem, struct ci_choice choice,
                    size_t first);
  struct ci_runtime *runtime;
  pthread_mutex_t lock; /* held during a test */
  uint64_t *right;      /* hashes of the ids of kernels that are */
  size_t right_count, right_room;
  unsigned char tries[CI_PROVIDERS];
  /* Of a provider: CI_PROVEN if any kernel of it is right, none wrong. */
  _Atomic(enum ci_proof) of[CI_PROVIDERS];
};

void ci_proofs_destroy(struct ci_proofs *proofs);

/* Whether the steps that the choice has appended to the plan, from `first` on,
 * may run; true at once for an implementation that need not prove itself. The
 * first question for a kernel waits for the device; so do the next, while there
 * is neither a verdict nor an end of the tries. */
bool ci_is_proven(const struct ci_plan *plan, const struct ci_problem *problem,
                  struct ci_choice choice, size_t first);

#endif
