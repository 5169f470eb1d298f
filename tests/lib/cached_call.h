/* cached_call.h - a call in a context of its own, and what that says about the
 * cache. */
#ifndef CLINFER_CACHED_CALL_H
#define CLINFER_CACHED_CALL_H

#include "calls.h"

/* How many lines of each kind the context logged; the last uncached one. */
struct cached_call {
  size_t built, loaded, unwritable, uncached;
  char why[512];
};

/* A context with that cache_dir in its options, which counts its lines. */
clinfer_context *cached_call_open(const char *cache_dir,
                                  struct cached_call *log);

/* One call of layer_norm in it; the result is right. The context is gone. */
void cached_call_use(clinfer_context *ctx);

/* The same in a context of its own. */
struct cached_call cached_call_run(const char *cache_dir);

#endif
