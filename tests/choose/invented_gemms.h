/* invented_gemms.h - GEMMs that are right, wrong or broken, each in its way:
 * plans of invented implementations. */
#ifndef CLINFER_INVENTED_GEMMS_H
#define CLINFER_INVENTED_GEMMS_H

#include "choose/implementation.h"

bool invented_only_f32(const struct ci_target *target,
                       const struct ci_problem *problem);

typedef clinfer_status invented_plan(struct ci_plan *plan,
                                     const struct ci_problem *problem,
                                     int variant);
extern invented_plan invented_right, invented_in_steps, invented_shorter,
    invented_longer, invented_narrower, invented_lacking, invented_wider,
    invented_without_bias, invented_unbuildable, invented_unlaunchable,
    invented_last_wrong, invented_halves_wrong;

#endif
