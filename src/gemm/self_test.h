/* self_test.h - a provider shows that it is right on a device.
 *
 * Kernels written for one vendor's hardware lean on what no standard promises:
 * another driver may refuse them, or compile them to something else. Before
 * such a provider's first use in a context it computes small GEMMs, which are
 * checked on the host. The verdict is kept in the cache folder.
 *
 * A fault that may pass, such as a lack of memory, is no verdict: the provider
 * stays unproven, another one computes, and a later use tries again; the last
 * try settles it for the context. */
#ifndef CI_SELF_TEST_H
#define CI_SELF_TEST_H

#include <pthread.h>
#include <stdatomic.h>

#include "context/providers.h"
#include "base/status.h"

enum ci_proof { CI_UNPROVEN, CI_PROVEN, CI_REFUTED };
enum { CI_MOST_TRIES = 3 };

struct ci_proofs {
  pthread_mutex_t lock; /* held during a test */
  unsigned char tries[CI_PROVIDERS];
  _Atomic(enum ci_proof) of[CI_PROVIDERS];
};

struct ci_gemm_provider;

/* Whether the provider may be used; true at once for one that need not prove
 * itself. The first question waits for the device; so do the next, while there
 * is neither a verdict nor an end of the tries. */
bool ci_is_proven(clinfer_context *ctx,
                  const struct ci_gemm_provider *provider);

/* Whether it supports any of the GEMMs of the test: it is for this device. */
bool ci_suits_device(const clinfer_context *ctx,
                     const struct ci_gemm_provider *provider);

#endif
