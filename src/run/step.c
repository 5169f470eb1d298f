/* step.c - arguments of steps that lie in scratch. */

#include "run/step.h"

cl_mem ci_scratch_stand_in(void) {
  static char stand_in;
  return (cl_mem)&stand_in;
}

bool ci_is_in_scratch(cl_mem mem) { return mem == ci_scratch_stand_in(); }

struct ci_arg ci_resolve(struct ci_scratch scratch, const struct ci_arg *arg) {
  struct ci_arg found = *arg;
  if (arg->kind == CI_ARG_NUMBER || !ci_is_in_scratch(arg->mem)) return found;
  found.mem = scratch.mem;
  found.offset += scratch.intermediates / clinfer_dtype_size(arg->dtype);
  return found;
}
