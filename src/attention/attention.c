/* attention.c - what the implementations of attention share. */

#include "attention/attention.h"

clinfer_status ci_plan_attention(struct ci_plan *plan,
                                 const struct ci_attention *attention) {
  const struct ci_problem problem = {.kind = CI_ATTENTION,
                                     .attention = *attention};
  return ci_plan(plan, &problem);
}

struct ci_problem ci_attention_sample(clinfer_dtype dtype, size_t queries) {
  const clinfer_view q = clinfer_view_of(NULL, 1, 2, queries, 64, dtype),
                     k = clinfer_view_of(NULL, 1, 2, 130, 64, dtype);
  return (struct ci_problem){
      .kind = CI_ATTENTION,
      .attention = {.terms = {.q = q, .k = k, .v = k, .scale = 1}, .y = q}};
}

bool ci_suits_units(const struct ci_attention *a, size_t most_features) {
  const clinfer_attention_terms *t = &a->terms;
  return clinfer_dtype_size(t->q.dtype) == 2 && t->k.dtype == t->q.dtype &&
         t->v.dtype == t->q.dtype && t->q.cols <= most_features &&
         t->v.cols <= most_features;
}

size_t ci_attention_room(const struct ci_attention *a, size_t least) {
  size_t room = least;
  while (room < a->terms.q.cols || room < a->y.cols) room *= 2;
  return room;
}

size_t ci_attention_share(const struct ci_attention *a) {
  return a->terms.q.heads / a->terms.k.heads;
}

size_t ci_attention_alignment(const clinfer_attention_terms *t) {
  const clinfer_view views[] = {t->q, t->k, t->v};
  size_t bits = 16;
  for (size_t i = 0; i < 3; i++) {
    const clinfer_view v = views[i];
    bits |= (v.offset | v.batch_stride | v.head_stride | v.row_stride) *
            clinfer_dtype_size(v.dtype);
  }
  return bits & ~(bits - 1);
}

void ci_attention_options(struct ci_step *step, const struct ci_attention *a) {
  const clinfer_attention_terms *t = &a->terms;
  ci_option_type(step, CI_OPTION_Q_TYPE, t->q.dtype);
  ci_option_type(step, CI_OPTION_K_TYPE, t->k.dtype);
  ci_option_type(step, CI_OPTION_V_TYPE, t->v.dtype);
  ci_option_type(step, CI_OPTION_Y_TYPE, a->y.dtype);
  ci_option_view(step, CI_OPTION_MASK_TYPE, t->mask);
  ci_option(step, CI_OPTION_SOFT_CAP, t->soft_cap > 0.0f);
  ci_option(step, CI_OPTION_READS_LENGTHS, a->reads_lengths);
  ci_option(step, CI_OPTION_READS_POSITIONS, a->reads_positions);
}

/* How many keys before and behind its own position a query does not see: none
 * that kernels can count are as far away as UINT_MAX. */
static uint32_t reach_before(const clinfer_attention_terms *t) {
  return t->window ? t->window - 1 : UINT32_MAX;
}
static uint32_t reach_behind(const clinfer_attention_terms *t) {
  return t->causal ? 0 : reach_before(t);
}

void ci_attention_args(struct ci_step *step, const struct ci_attention *a) {
  const clinfer_attention_terms *t = &a->terms;
  ci_arg_view(step, t->q);
  ci_arg_view(step, t->k);
  ci_arg_view(step, t->v);
  ci_arg_view(step, t->mask);
  ci_arg_index(step, t->lengths);
  ci_arg_index(step, t->positions);
  ci_arg_view(step, a->y);
  ci_arg_uint(step, reach_before(t));
  ci_arg_uint(step, reach_behind(t));
  ci_arg_uint(step, t->q.heads);
  ci_arg_uint(step, ci_attention_share(a));
  ci_arg_uint(step, t->q.rows);
  ci_arg_uint(step, t->k.rows);
  ci_arg_uint(step, t->q.cols);
  ci_arg_uint(step, t->v.cols);
  ci_arg_float(step, t->scale);
  ci_arg_float(step, t->soft_cap);
}
