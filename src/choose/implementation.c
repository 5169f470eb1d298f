/* implementation.c - one way to compute problems of one kind. */

#include "choose/implementation.h"

bool ci_supports_all(const struct ci_target *target,
                     const struct ci_problem *problem) {
  (void)target, (void)problem;
  return true;
}

bool ci_must_prove(const struct ci_target *target,
                   const struct ci_implementation *implementation) {
  switch (implementation->proves) {
    case CI_PROVES_EVERYWHERE:
      return true;
    case CI_PROVES_ON_NVIDIA:
      return target->device.nvidia_sm != 0;
    default:
      return false;
  }
}

const struct ci_implementation *
ci_find_implementation(const struct ci_target *target, enum ci_kind kind,
                       enum ci_provider id) {
  const struct ci_implementation *const *i = target->lists[kind];
  while ((*i)->id != id && (*i)->id != CI_REFERENCE) i++;
  return (*i)->id == id ? *i : NULL;
}

struct ci_target ci_reference_target(const struct ci_target *target) {
  struct ci_target plain = *target;
  for (size_t p = 0; p < CI_PROVIDERS; p++)
    plain.enabled[p] = p == CI_REFERENCE;
  plain.table = NULL;
  return plain;
}
