/* attention.h - what the implementations of attention share. */
#ifndef CI_ATTENTION_H
#define CI_ATTENTION_H

#include "choose/implementation.h"

extern const struct ci_implementation ci_attention_cpu, ci_attention_few,
    ci_attention_wgmma, ci_attention_mma, ci_attention_tiled,
    ci_attention_reference;

clinfer_status ci_plan_attention(struct ci_plan *plan,
                                 const struct ci_attention *attention);

/* Usual problems, without memory: an implementation that is for a device
 * supports one of 130 queries, or one of a single query. */
struct ci_problem ci_attention_sample(clinfer_dtype dtype, size_t queries);

/* q, k and v are of one type of two bytes, as matrix units take them, with at
 * most so many features. */
bool ci_suits_units(const struct ci_attention *a, size_t most_features);

/* A power of two, `least` or more, that holds a key and a value, so that few
 * programs are built. */
size_t ci_attention_room(const struct ci_attention *a, size_t least);

/* Heads of q for each of k and v. */
size_t ci_attention_share(const struct ci_attention *a);

/* Bytes, 16 at most, that divide where each row of q, k and v begins, in a
 * buffer that begins where any vector may. */
size_t ci_attention_alignment(const clinfer_attention_terms *terms);

/* What every attention kernel takes as options and arguments, as
 * cl/attention/attention.cl has them. */
void ci_attention_options(struct ci_step *step, const struct ci_attention *a);
void ci_attention_args(struct ci_step *step, const struct ci_attention *a);

#endif
