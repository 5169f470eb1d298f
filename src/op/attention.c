/* attention.c - y = softmax(scale q k^T) v, over the keys that a query sees. */

#include "attention/attention.h"

#include <math.h>

#include "base/view.h"
#include "op/validate_view.h"
#include "run/submit.h"

static clinfer_status check_numbers(const clinfer_attention_terms *t) {
  if (!isfinite(t->scale))
    return ci_fail(CLINFER_BAD_ARGUMENT, 0, "scale must be finite");
  if (!(t->soft_cap >= 0.0f) || !isfinite(t->soft_cap))
    return ci_fail(CLINFER_BAD_ARGUMENT, 0,
                   "soft_cap must be finite and not negative");
  return CLINFER_OK;
}

static clinfer_status check_shapes(const clinfer_attention_terms *t,
                                   clinfer_view y) {
  const clinfer_view q = t->q, k = t->k, v = t->v;
  CI_TRY(ci_check_view_shape("k", k, q.batch, k.heads, k.rows, q.cols));
  CI_TRY(ci_check_view_shape("v", v, q.batch, k.heads, k.rows, v.cols));
  CI_TRY(ci_check_view_shape("y", y, q.batch, q.heads, q.rows, v.cols));
  if (k.heads > 0 ? q.heads % k.heads == 0 : q.heads == 0) return CLINFER_OK;
  return ci_fail(CLINFER_BAD_SHAPE, 0,
                 "k has %zu heads, which do not divide the %zu of q", k.heads,
                 q.heads);
}

static clinfer_status check_mask(const clinfer_context *ctx,
                                 const clinfer_attention_terms *t) {
  const clinfer_view q = t->q, mask = t->mask;
  if (!ci_has_view(mask)) return CLINFER_OK;
  CI_TRY(ci_check_input_view(ctx, "mask", mask));
  return ci_check_view_shape("mask", mask, mask.batch == 1 ? 1 : q.batch,
                             mask.heads == 1 ? 1 : q.heads, q.rows, t->k.rows);
}

static clinfer_status check_apart(const clinfer_attention_terms *t,
                                  clinfer_view y) {
  CI_TRY(ci_check_apart_view("y", y, "q", t->q));
  CI_TRY(ci_check_apart_view("y", y, "k", t->k));
  CI_TRY(ci_check_apart_view("y", y, "v", t->v));
  CI_TRY(ci_check_apart_view("y", y, "mask", t->mask));
  CI_TRY(ci_check_apart_index("y", y, "lengths", t->lengths, y.batch));
  return ci_check_apart_index("y", y, "positions", t->positions, y.batch);
}

static clinfer_status check(const clinfer_context *ctx,
                            const clinfer_attention_terms *t, clinfer_view y) {
  if (t == NULL) return ci_fail(CLINFER_BAD_ARGUMENT, 0, "terms is NULL");
  CI_TRY(ci_check_input_view(ctx, "q", t->q));
  CI_TRY(ci_check_input_view(ctx, "k", t->k));
  CI_TRY(ci_check_input_view(ctx, "v", t->v));
  CI_TRY(ci_check_output_view(ctx, "y", y));
  CI_TRY(check_numbers(t));
  CI_TRY(check_shapes(t, y));
  CI_TRY(check_mask(ctx, t));
  CI_TRY(ci_check_index(ctx, "lengths", t->lengths, y.batch));
  CI_TRY(ci_check_index(ctx, "positions", t->positions, y.batch));
  return check_apart(t, y);
}

/* A mask of one matrix for all is read by strides of 0. */
static clinfer_view spread(clinfer_view mask) {
  if (mask.batch == 1) mask.batch_stride = 0;
  if (mask.heads == 1) mask.head_stride = 0;
  return mask;
}

static clinfer_attention_terms complete(const clinfer_attention_terms *terms) {
  clinfer_attention_terms t = *terms;
  if (t.scale == 0.0f && t.q.cols > 0) t.scale = 1 / sqrtf((float)t.q.cols);
  if (t.lengths.value == 0 || t.lengths.value > t.k.rows)
    t.lengths.value = (uint32_t)t.k.rows;
  t.mask = spread(t.mask);
  return t;
}

clinfer_status clinfer_attention(clinfer_context *ctx, const clinfer_exec *exec,
                                 const clinfer_attention_terms *terms,
                                 clinfer_view y) {
  struct ci_plan plan;
  CI_TRY(ci_begin(&plan, ctx, exec));
  CI_TRY(check(ctx, terms, y));
  if (!ci_is_empty_view(y)) {
    const struct ci_attention attention = {complete(terms), y,
                                           terms->lengths.mem != NULL,
                                           terms->positions.mem != NULL};
    CI_TRY(ci_plan_attention(&plan, &attention));
  }
  return ci_submit(&plan);
}
