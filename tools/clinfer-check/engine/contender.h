/* contender.h - a way to compute GEMMs, and a context that goes this way. */
#ifndef CLINFER_CHECK_ENGINE_CONTENDER_H
#define CLINFER_CHECK_ENGINE_CONTENDER_H

#include "lib/session.h"
#include "select.h"

enum { CONTENDER_NAME = 64, CONTENDER_PROVIDERS = 64 };

struct contender {
  size_t provider;           /* its index */
  char name[CONTENDER_NAME]; /* of the provider and of the variant, if any */
  const char *clblast;       /* lines for CLBlast that its table is to have */

  /* In a worker: */
  struct session session; /* .ctx NULL: closed */
  bool fell_back;         /* a call was beyond the provider */
};

struct contender_list {
  struct contender *items;
  size_t count;
};

/* Every variant of every provider of GEMMs that is not disabled. */
struct contender_list contenders_of(const struct options *options);

/* Whether the provider is for the device at all. */
bool contender_suits(const struct contender *c, const struct session *s);

/* Whether the provider's self-test failed in the contender's context. */
bool contender_failed(const struct contender *c);

/* Open a context on the session's device that computes these cases so; where
 * it cannot, the plain kernels do, and fell_back is set at their first use.
 * NULL, or why it failed. */
const char *contender_open(struct contender *c, const struct session *s,
                           const struct case_list *cases);
void contender_close(struct contender *c);

#endif
