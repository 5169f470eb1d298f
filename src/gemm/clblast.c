/* clblast.c - CLBlast for f32; bias and activation follow in a step of
 * their own. Never for f16: CLBlast sums halves in half. */

#include <stdint.h>

#include "gemm/clblast_calls.h"
#include "gemm/gemm.h"
#include "row/rows.h"
#include "run/submit.h"
#include "base/view.h"

static bool has_epilogue(const struct ci_gemm *g) {
  return ci_has_vector(g->bias) || g->activation != CLINFER_NONE;
}

/* CLBlast counts elements in int, also in copies that it pads. */
static bool fits_int(clinfer_matrix m) {
  const size_t most = INT32_MAX / 4;
  return m.offset <= most && m.ld <= (most - m.offset) / m.rows;
}

static bool supports(const clinfer_context *ctx, const struct ci_gemm *g) {
  (void)ctx;
  return g->a.dtype == CLINFER_F32 && g->w.matrix.dtype == CLINFER_F32 &&
         g->c.dtype == CLINFER_F32 && g->a.cols > 0 && fits_int(g->a) &&
         fits_int(g->w.matrix) && fits_int(g->c);
}

/* Where the product goes: into c, unless the epilogue could not read it there.
 */
static clinfer_status choose_product(struct ci_plan *plan,
                                     const struct ci_gemm *g,
                                     clinfer_matrix *product) {
  cl_mem_flags flags = CL_MEM_READ_WRITE;
  if (has_epilogue(g) && g->c.mem != CI_SCRATCH)
    CI_TRY(ci_cl_for(clGetMemObjectInfo(g->c.mem, CL_MEM_FLAGS, sizeof flags,
                                        &flags, NULL),
                     "clGetMemObjectInfo", "y"));
  *product = flags & CL_MEM_WRITE_ONLY
                 ? ci_plan_matrix(plan, g->c.rows, g->c.cols, CLINFER_F32)
                 : g->c;
  return CLINFER_OK;
}

static clinfer_status plan_clblast(struct ci_plan *plan,
                                   const struct ci_gemm *g, int variant) {
  (void)variant;
  size_t temporary;
  struct ci_gemm bare = *g;
  CI_TRY(choose_product(plan, g, &bare.c));
  CI_TRY(ci_clblast_temporary(plan, &bare, &temporary));
  ci_plan_clblast(plan, &bare, temporary);
  if (has_epilogue(g))
    ci_plan_bias_activation(plan, bare.c, g->bias, g->activation, g->c);
  return CLINFER_OK;
}

const struct ci_gemm_provider ci_gemm_clblast = {
    .id = CI_GEMM_CLBLAST, .supports = supports, .plan = plan_clblast};
