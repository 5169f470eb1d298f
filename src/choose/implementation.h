/* implementation.h - one way to compute problems of one kind. */
#ifndef CI_IMPLEMENTATION_H
#define CI_IMPLEMENTATION_H

#include "choose/target.h"
#include "run/plan.h"

enum { CI_ANY_VARIANT = -1 };

struct ci_implementation {
  enum ci_provider id;
  bool (*supports)(const struct ci_target *target,
                   const struct ci_problem *problem);
  /* The variant that suits the shape. NULL: `plan` sees to that. */
  int (*best)(const struct ci_target *target, const struct ci_problem *problem);
  /* Append its steps. `variant`: an index into `variants`; CI_ANY_VARIANT only
   * if there is no `best`. CLINFER_UNSUPPORTED, with no step and no last error,
   * if that very variant cannot do it: tables of measurements make that common.
   */
  clinfer_status (*plan)(struct ci_plan *plan, const struct ci_problem *problem,
                         int variant);
  bool gates; /* its kernels can; else a step after them does, see choose.c */
  const char *const *variants; /* names, then NULL; NULL: there is only one */
  /* Where its kernels are shown to be right before they are used: they lean on
   * what no standard promises, see self_test.h. */
  enum { CI_PROVES_NOWHERE, CI_PROVES_ON_NVIDIA, CI_PROVES_EVERYWHERE } proves;
};

/* What `supports` is of an implementation that computes every problem of its
 * kind, on any device. */
bool ci_supports_all(const struct ci_target *target,
                     const struct ci_problem *problem);

bool ci_must_prove(const struct ci_target *target,
                   const struct ci_implementation *implementation);

/* Of a kernel on a device: not tested, or with no result; right; wrong. */
enum ci_proof { CI_UNPROVEN, CI_PROVEN, CI_REFUTED };

struct ci_choice {
  const struct ci_implementation *implementation; /* NULL: none */
  int variant;
};

/* The best one by what was measured and by the order of the list, before
 * anything is proven. */
struct ci_choice ci_best(const struct ci_target *target,
                         const struct ci_problem *problem);

/* Append the steps of the best one; where that fails to prove itself, of the
 * next. */
clinfer_status ci_plan(struct ci_plan *plan, const struct ci_problem *problem);

/* Append the steps of that choice, and leave in it the variant that was taken.
 */
clinfer_status ci_plan_by(struct ci_plan *plan,
                          const struct ci_problem *problem,
                          struct ci_choice *choice);

/* The one in the list of that kind; NULL if there is none. */
const struct ci_implementation *
ci_find_implementation(const struct ci_target *target, enum ci_kind kind,
                       enum ci_provider id);

/* The same target with nothing but the reference kernels. */
struct ci_target ci_reference_target(const struct ci_target *target);

#endif
