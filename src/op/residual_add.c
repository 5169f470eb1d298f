/* residual_add.c - the sum that ends a transformer block, in three forms. */

#include "row/rows.h"
#include "op/validate.h"
#include "run/submit.h"

static clinfer_status check_form(const clinfer_residual *t) {
  switch (t->form) {
    case CLINFER_RESIDUAL_PRE_NORM:
    case CLINFER_RESIDUAL_PARALLEL:
      break;
    case CLINFER_RESIDUAL_POST_NORM:
      if (ci_has_matrix(t->attention) || ci_has_vector(t->attention_bias))
        return ci_fail(CLINFER_BAD_ARGUMENT, 0,
                       "POST_NORM takes no attention and no attention_bias");
      break;
    default:
      return ci_fail(CLINFER_BAD_ARGUMENT, 0, "%d is no residual form",
                     (int)t->form);
  }
  if (t->mp_size >= 1) return CLINFER_OK;
  return ci_fail(CLINFER_BAD_ARGUMENT, 0, "mp_size must be at least 1");
}

static clinfer_status check_term(const clinfer_context *ctx, const char *name,
                                 clinfer_matrix term, clinfer_matrix y) {
  CI_TRY(ci_check_input(ctx, name, term));
  CI_TRY(ci_check_shape(name, term, y.rows, y.cols));
  return ci_check_apart("y", y, name, term, CI_SAME_ALLOWED);
}

static clinfer_status check_bias(const clinfer_context *ctx, const char *name,
                                 clinfer_vector bias, clinfer_matrix y) {
  CI_TRY(ci_check_vector(ctx, name, bias, y.cols));
  return ci_check_apart_vector("y", y, name, bias);
}

static clinfer_status check(const clinfer_context *ctx,
                            const clinfer_residual *t, clinfer_matrix y) {
  if (t == NULL) return ci_fail(CLINFER_BAD_ARGUMENT, 0, "terms is NULL");
  CI_TRY(check_form(t));
  CI_TRY(ci_check_output(ctx, "y", y));
  CI_TRY(check_term(ctx, "hidden", t->hidden, y));
  CI_TRY(check_term(ctx, "residual", t->residual, y));
  if (t->form != CLINFER_RESIDUAL_POST_NORM)
    CI_TRY(check_term(ctx, "attention", t->attention, y));
  CI_TRY(check_bias(ctx, "attention_bias", t->attention_bias, y));
  return check_bias(ctx, "final_bias", t->final_bias, y);
}

/* POST_NORM shares nothing among ranks, so nothing is divided. */
static clinfer_residual undivided(const clinfer_residual *terms) {
  clinfer_residual t = *terms;
  if (t.form == CLINFER_RESIDUAL_POST_NORM) t.mp_size = 1;
  return t;
}

clinfer_status clinfer_residual_add(clinfer_context *ctx,
                                    const clinfer_exec *exec,
                                    const clinfer_residual *terms,
                                    clinfer_matrix y) {
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, exec));
  CI_TRY(check(ctx, terms, y));
  if (!ci_is_empty(y)) {
    const clinfer_residual t = undivided(terms);
    CI_TRY(ci_plan_residual_add(&plan, &t, y));
  }
  return ci_submit(&plan);
}
