/* invented.h - an implementation of a test's own, in a context. */
#ifndef CLINFER_INVENTED_H
#define CLINFER_INVENTED_H

#include "context/context.h"

/* Let the context have it, and then the reference, for problems of that kind;
 * it goes by the name gemm_tiled, and must prove itself. */
void invented_put(clinfer_context *ctx, enum ci_kind kind,
                  struct ci_implementation invented);

/* The tester's device in a context of its own, with that implementation. */
clinfer_context *invented_open(const char *cache_dir, enum ci_kind kind,
                               struct ci_implementation invented);

/* What its log has said since: self-tests made, verdicts found, the last one.
 */
extern struct invented_heard {
  int tests, recalls;
  char last[1 << 16];
} invented_heard;

/* A GEMM of M rows, without memory; the rows of all matrices have padding. */
struct ci_problem invented_gemm(size_t M, clinfer_dtype dtype);

/* Plan the problem in the context; whether the invented one did it. */
bool invented_is_used(clinfer_context *ctx, const struct ci_problem *problem);

/* What that list has for its end. */
const struct ci_implementation *invented_reference(enum ci_kind kind);

#endif
