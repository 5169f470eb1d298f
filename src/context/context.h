/* context.h - what one device of one cl_context owns. */
#ifndef CI_CONTEXT_H
#define CI_CONTEXT_H

#include "choose/self_test.h"
#include "choose/table.h"
#include "gemm/clblast_calls.h"

struct clinfer_context {
  struct ci_target target;   /* what planning goes by */
  struct ci_runtime runtime; /* what running takes */
  struct ci_proofs proofs;
  struct ci_table table;
  struct ci_clblast clblast;
  char *tuning_dir; /* folder of what was tuned, by an absolute path; NULL: none
                       is named, "": none is wanted */
};

/* Check ctx and exec; start an empty plan. */
clinfer_status ci_begin(struct ci_plan *plan, clinfer_context *ctx,
                        const clinfer_exec *exec);

#endif
