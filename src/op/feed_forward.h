/* feed_forward.h - act(x W + bias) W_out: what fused_gemm_gelu and mlp_gemm
 * share. */
#ifndef CI_FEED_FORWARD_H
#define CI_FEED_FORWARD_H

#include "context/context.h"

struct ci_feed_forward {
  clinfer_weight weight;
  clinfer_vector bias;
  clinfer_activation activation;
  clinfer_weight weight_out;
};

/* The parameters take `in` features to `out`. */
clinfer_status ci_check_feed_forward(const clinfer_context *ctx,
                                     const struct ci_feed_forward *f, size_t in,
                                     size_t out);

/* The output `y` overlaps none of the parameters. */
clinfer_status ci_check_apart_feed_forward(const char *y_name, clinfer_matrix y,
                                           const struct ci_feed_forward *f);

/* Two GEMMs; what the first hands to the second is stored as `middle`. */
clinfer_status ci_plan_feed_forward(struct ci_plan *plan, clinfer_matrix x,
                                    const struct ci_feed_forward *f,
                                    clinfer_dtype middle, clinfer_matrix y);

/* The same for n.y, as ci_plan_normalised_gemm takes it; y may be empty. */
clinfer_status ci_plan_normalised_feed_forward(struct ci_plan *plan,
                                               struct ci_normalised_gemm n,
                                               const struct ci_feed_forward *f,
                                               clinfer_dtype middle,
                                               clinfer_matrix y);

#endif
