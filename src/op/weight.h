/* weight.h - checking weights. */
#ifndef CI_WEIGHT_H
#define CI_WEIGHT_H

#include "context/context.h"

/* A [in, out] weight, whatever its layout. */
clinfer_status ci_check_weight(const clinfer_context *ctx, const char *name,
                               const clinfer_weight *w, size_t in, size_t out);

#endif
