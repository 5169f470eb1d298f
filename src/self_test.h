/* self_test.h - a provider shows that it is right on a device.
 *
 * Kernels written for one vendor's hardware lean on what no standard promises:
 * another driver may refuse them, or compile them to something else. Before
 * such a provider's first use in a context it computes small GEMMs, which are
 * checked on the host. The verdict is kept in the cache folder. */
#ifndef CI_SELF_TEST_H
#define CI_SELF_TEST_H

#include <pthread.h>
#include <stdatomic.h>

#include "providers.h"
#include "status.h"

enum ci_proof { CI_UNPROVEN, CI_PROVEN, CI_REFUTED };

struct ci_proofs {
  pthread_mutex_t lock; /* held during a test */
  _Atomic(enum ci_proof) of[CI_PROVIDERS];
};

struct ci_gemm_provider;

/* Whether the provider may be used; true at once for one that need not prove
 * itself. The first question waits for the device. */
bool ci_is_proven(clinfer_context *ctx,
                  const struct ci_gemm_provider *provider);

/* Whether it supports any of the GEMMs of the test: it is for this device. */
bool ci_suits_device(const clinfer_context *ctx,
                     const struct ci_gemm_provider *provider);

#endif
