/* choose.c - which implementation computes a problem. */

#include "choose/implementation.h"
#include "choose/self_test.h"
#include "choose/table.h"

static bool is_usable(const struct ci_target *target,
                      const struct ci_implementation *i,
                      const struct ci_problem *problem) {
  return target->enabled[i->id] && i->supports(target, problem);
}

/* A weight is packed for gemm_cpu, whatever was measured without. */
static struct ci_choice find_measured(const struct ci_target *target,
                                      const struct ci_problem *problem) {
  struct ci_choice choice = ci_table_find(target, problem);
  if (choice.implementation && problem->gemm.w.packed &&
      choice.implementation->id != CI_GEMM_CPU && target->enabled[CI_GEMM_CPU])
    choice.implementation = NULL;
  return choice;
}

struct ci_choice ci_best(const struct ci_target *target,
                         const struct ci_problem *problem) {
  const struct ci_choice measured = find_measured(target, problem);
  const struct ci_implementation *const *i = target->lists[problem->kind];
  if (measured.implementation) return measured;
  while (!is_usable(target, *i, problem)) i++;
  return (struct ci_choice){*i, CI_ANY_VARIANT};
}

/* The product goes to scratch in float, and a step of its own does all else. */
static clinfer_status plan_and_gate(struct ci_plan *plan,
                                    const struct ci_gemm *g,
                                    struct ci_choice *choice) {
  struct ci_gemm product = *g;
  product.epilogue = (clinfer_epilogue){0};
  product.c = ci_plan_matrix(plan, g->c.rows, 2 * g->c.cols, CLINFER_F32);
  CI_TRY(ci_plan_by(plan, &(struct ci_problem){CI_GEMM, .gemm = product},
                    choice));
  return ci_plan(plan, &(struct ci_problem){
                           .kind = CI_BIAS_ACTIVATION,
                           .bias_activation = {product.c, g->epilogue, g->c}});
}

clinfer_status ci_plan_by(struct ci_plan *plan,
                          const struct ci_problem *problem,
                          struct ci_choice *choice) {
  const struct ci_implementation *i = choice->implementation;
  if (problem->kind == CI_GEMM && problem->gemm.epilogue.gated && !i->gates)
    return plan_and_gate(plan, &problem->gemm, choice);
  if (choice->variant == CI_ANY_VARIANT && i->best)
    choice->variant = i->best(plan->target, problem);
  return i->plan(plan, problem, choice->variant);
}

/* Append the steps of that choice if they are proven to be right. */
static clinfer_status try_choice(struct ci_plan *plan,
                                 const struct ci_problem *problem,
                                 struct ci_choice choice, bool *planned) {
  const size_t step_count = plan->step_count, bytes = plan->intermediate;
  const clinfer_status status = ci_plan_by(plan, problem, &choice);
  enum ci_proof proof = CI_PROVEN;
  if (status == CLINFER_OK && plan->proofs != NULL)
    proof = plan->proofs->prove(plan, problem, choice, step_count);
  *planned = status == CLINFER_OK && proof == CI_PROVEN;
  if (*planned) return CLINFER_OK;
  plan->step_count = step_count;
  /* The call that the answer for scratch is for may test it again, and use it.
   */
  if (proof != CI_UNPROVEN || !plan->exec->scratch_needed)
    plan->intermediate = bytes;
  return status;
}

clinfer_status ci_plan(struct ci_plan *plan, const struct ci_problem *problem) {
  const struct ci_target *target = plan->target;
  const struct ci_choice measured = find_measured(target, problem);
  bool planned = false;
  if (measured.implementation) {
    clinfer_status status = try_choice(plan, problem, measured, &planned);
    /* It was measured for a shape that is only similar. */
    if (status == CLINFER_UNSUPPORTED && measured.variant != CI_ANY_VARIANT)
      status = try_choice(plan, problem,
                          (struct ci_choice){measured.implementation,
                                             CI_ANY_VARIANT},
                          &planned);
    CI_TRY(status);
  }
  for (const struct ci_implementation *const *i = target->lists[problem->kind];
       !planned; i++)
    if (is_usable(target, *i, problem))
      CI_TRY(try_choice(plan, problem, (struct ci_choice){*i, CI_ANY_VARIANT},
                        &planned));
  return CLINFER_OK;
}
