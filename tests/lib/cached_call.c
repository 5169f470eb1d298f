/* cached_call.c - a call in a context of its own, and what that says about the
 * cache. */

#include "cached_call.h"

#include <stdio.h>
#include <string.h>

static void count(void *user, const char *line) {
  struct cached_call *log = user;
  log->built += strncmp(line, "built ", 6) == 0;
  log->loaded += strncmp(line, "loaded ", 7) == 0;
  log->unwritable += strncmp(line, "cannot write ", 13) == 0;
  if (strncmp(line, "no kernels are cached", 21) != 0) return;
  log->uncached++;
  snprintf(log->why, sizeof log->why, "%s", line);
}

clinfer_context *cached_call_open(const char *folder, struct cached_call *log) {
  clinfer_context *chooser = t_next(NULL, "")->ctx, *ctx = NULL;
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = folder,
                                   .log = count,
                                   .log_user = log};
  assert_int_equal(clinfer_context_create(clinfer_context_cl(chooser),
                                          clinfer_context_device(chooser),
                                          &options, &ctx),
                   CLINFER_OK);
  t_take_as_proven(ctx);
  return ctx;
}

static const struct call_sizes sizes = {17, 33, 65, 33};
static const struct t_store f32 = {CLINFER_F32, 0, 0};

void cached_call_use(clinfer_context *ctx) {
  struct call c = call_make(call_operator_named("layer_norm"), ctx, &sizes,
                            f32);
  struct call twin = call_twin(&c);
  twin.ctx = t_next(NULL, "")->ctx;
  T_OK(call_run(&c));
  T_OK(call_run(&twin));
  call_require_same(&c, &twin);
  clinfer_context_destroy(ctx);
  t_release();
}

struct cached_call cached_call_run(const char *folder) {
  struct cached_call log = {0};
  cached_call_use(cached_call_open(folder, &log));
  return log;
}
