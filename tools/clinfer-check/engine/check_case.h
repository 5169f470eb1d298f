/* check_case.h - run one case and judge it. */
#ifndef CLINFER_CHECK_ENGINE_CHECK_CASE_H
#define CLINFER_CHECK_ENGINE_CHECK_CASE_H

#include "formats/result.h"
#include "lib/session.h"
#include "options.h"

/* Two calls from the same state, which have to give the same bytes; nothing
 * outside of the outputs may change; every element is within its error. */
void check_case(const struct session *s, const struct test_case *c,
                enum tool_fault fault, struct result *r);

#endif
