/* asks.h - the kernels that the library asks for, on devices that are made up.
 */
#ifndef CLINFER_VARIANTS_ASKS_H
#define CLINFER_VARIANTS_ASKS_H

#include "choose/target.h"
#include "run/plan.h"

/* A kind of device. What its devices differ in is drawn. */
struct kind {
  const char *name;
  bool is_cpu;
  cl_uint nvidia_sm, intel_lanes;
  enum ci_units units;
};
extern const struct kind kinds[];
extern const size_t kind_count;

/* Numbers to draw from; the same ones in every run. Which operand gets which
 * one is up to the compiler, as arguments have no order: lists may differ
 * between builds. The pairs of values in them did not. */
struct draw {
  uint64_t state;
  bool aligned; /* every operand of this problem is */
};

/* Plan one problem on one device of that kind. */
void draw_problem(struct draw *d, const struct kind *kind,
                  struct ci_target *target, struct ci_plan *plan);

#endif
