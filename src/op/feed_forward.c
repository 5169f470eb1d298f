/* feed_forward.c - act(x W + bias) W_out. */

#include "op/feed_forward.h"

#include "gemm/gemm.h"
#include "op/validate.h"
#include "op/weight.h"

clinfer_status ci_check_feed_forward(const clinfer_context *ctx,
                                     const struct ci_feed_forward *f, size_t in,
                                     size_t out) {
  const size_t middle = ci_weight_out(&f->weight);
  CI_TRY(ci_check_activation(f->activation));
  CI_TRY(ci_check_weight(ctx, "weight", &f->weight, in, middle));
  CI_TRY(ci_check_vector(ctx, "bias", f->bias, middle));
  return ci_check_weight(ctx, "weight_out", &f->weight_out, middle, out);
}

clinfer_status ci_check_apart_feed_forward(const char *y_name, clinfer_matrix y,
                                           const struct ci_feed_forward *f) {
  CI_TRY(ci_check_apart(y_name, y, "weight", f->weight.matrix,
                        CI_SAME_REFUSED));
  CI_TRY(ci_check_apart(y_name, y, "weight_out", f->weight_out.matrix,
                        CI_SAME_REFUSED));
  return ci_check_apart_vector(y_name, y, "bias", f->bias);
}

struct gemms {
  struct ci_gemm first, second;
};

static struct gemms gemms_of(struct ci_plan *plan, clinfer_matrix x,
                             const struct ci_feed_forward *f,
                             clinfer_dtype middle, clinfer_matrix y) {
  const clinfer_matrix h = ci_plan_matrix(plan, x.rows,
                                          ci_weight_out(&f->weight), middle);
  return (struct gemms){
      {x, f->weight, {.bias = f->bias, .activation = f->activation}, h},
      {.a = h, .w = f->weight_out, .c = y}};
}

clinfer_status ci_plan_feed_forward(struct ci_plan *plan, clinfer_matrix x,
                                    const struct ci_feed_forward *f,
                                    clinfer_dtype middle, clinfer_matrix y) {
  const struct gemms g = gemms_of(plan, x, f, middle, y);
  if (!ci_is_empty(g.first.c)) CI_TRY(ci_plan_gemm(plan, &g.first));
  return ci_plan_gemm(plan, &g.second);
}

clinfer_status ci_plan_normalised_feed_forward(struct ci_plan *plan,
                                               struct ci_normalised_gemm n,
                                               const struct ci_feed_forward *f,
                                               clinfer_dtype middle,
                                               clinfer_matrix y) {
  const struct gemms g = gemms_of(plan, n.n.y, f, middle, y);
  n.gemm = g.first;
  CI_TRY(ci_plan_normalised_gemm(plan, &n));
  return ci_is_empty(y) ? CLINFER_OK : ci_plan_gemm(plan, &g.second);
}
