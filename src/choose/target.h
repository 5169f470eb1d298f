/* target.h - what planning goes by: a device, and what may be used on it. Tests
 * make some up. */
#ifndef CI_TARGET_H
#define CI_TARGET_H

#include "base/device.h"
#include "base/providers.h"
#include "choose/problem.h"

struct ci_target {
  struct ci_device device;
  bool enabled[CI_PROVIDERS]; /* by options.disable and options.reference */
  clinfer_math math;
  /* Of each kind of problem the implementations, best first. The last one
   * supports everything and need not prove itself. */
  const struct ci_implementation *const *lists[CI_KINDS];
  const struct ci_table *table; /* what was measured; NULL: nothing */
  struct ci_clblast *clblast;   /* gemm/clblast_calls.h; NULL: no CLBlast */
};

#endif
