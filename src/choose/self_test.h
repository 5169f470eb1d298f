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
 * A fault that may pass, such as a lack of memory, is no verdict, nor is one of
 * the reference kernels: the kernel stays unproven, another implementation
 * computes, and a later call tries again; the last try settles it for the
 * context. */
#ifndef CI_SELF_TEST_H
#define CI_SELF_TEST_H

#include <pthread.h>
#include <stdatomic.h>

#include "choose/implementation.h"
#include "run/runtime.h"

enum { CI_MOST_TRIES = 3 };

/* What became of an implementation: CI_PROVEN if any kernel of it is right,
 * none wrong. */
struct ci_standing {
  unsigned char tries; /* calls in which a test came to no end */
  _Atomic(enum ci_proof) proof;
};

/* What is proven of a context's kernels. To read it takes no lock: a call whose
 * kernels are proven does not wait for another one's test. */
struct ci_proofs {
  /* ci_prove; by this pointer, since it plans problems itself. */
  enum ci_proof (*prove)(struct ci_plan *plan, const struct ci_problem *problem,
                         struct ci_choice choice, size_t first);
  struct ci_runtime *runtime;
  pthread_mutex_t lock; /* held during a test, and by whoever changes these: */
  _Atomic(struct ci_right *) right[CI_KERNEL_BUCKETS]; /* kernels that are */
  /* An implementation is known by its kind of problem and its provider. */
  struct ci_standing of[CI_KINDS][CI_PROVIDERS];
};

void ci_proofs_destroy(struct ci_proofs *proofs);

/* Whether the steps that the choice has appended to the plan, from `first` on,
 * may run: CI_PROVEN, also of an implementation that need not prove itself. The
 * first question for a kernel waits for the device; so does the next call's,
 * while there is neither a verdict nor an end of the tries. CI_UNPROVEN: the
 * call does without the provider, as far as that is still to be tested. */
enum ci_proof ci_prove(struct ci_plan *plan, const struct ci_problem *problem,
                       struct ci_choice choice, size_t first);

#endif
