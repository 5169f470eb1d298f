/* gemm_clblast.c - CLBlast for f32; bias and activation follow in a step of
 * their own. Never for f16: CLBlast sums halves in half. */

#include <stdint.h>

#include "clblast.h"
#include "gemm.h"
#include "rows.h"
#include "submit.h"
#include "validate.h"

static bool has_epilogue(const struct ci_gemm *g) {
  return ci_has_vector(g->bias) || g->activation != CLINFER_NONE;
}

/* CLBlast counts elements in int, also in copies that it pads. */
static bool fits_int(clinfer_matrix m) {
  const size_t most = INT32_MAX / 4;
  return m.offset <= most && m.ld <= (most - m.offset) / m.rows;
}

/* The epilogue reads c again. */
static bool is_readable(clinfer_matrix m) {
  cl_mem_flags flags = CL_MEM_READ_WRITE;
  if (m.mem != CI_SCRATCH)
    clGetMemObjectInfo(m.mem, CL_MEM_FLAGS, sizeof flags, &flags, NULL);
  return !(flags & CL_MEM_WRITE_ONLY);
}

static bool supports(const clinfer_context *ctx, const struct ci_gemm *g) {
  (void)ctx;
  return g->a.dtype == CLINFER_F32 && g->w.matrix.dtype == CLINFER_F32 &&
         g->c.dtype == CLINFER_F32 && g->a.cols > 0 && fits_int(g->a) &&
         fits_int(g->w.matrix) && fits_int(g->c) &&
         (!has_epilogue(g) || is_readable(g->c));
}

static clinfer_status plan_clblast(struct ci_plan *plan,
                                   const struct ci_gemm *g, int variant) {
  (void)variant;
  size_t temporary;
  CI_TRY(ci_clblast_temporary(plan->exec->queue, g, &temporary));
  atomic_store(&plan->ctx->used_clblast, true);
  ci_plan_clblast(plan, g, temporary);
  if (has_epilogue(g))
    ci_plan_bias_activation(plan, g->c, g->bias, g->activation, g->c);
  return CLINFER_OK;
}

const struct ci_gemm_provider ci_gemm_clblast = {
    .id = CI_GEMM_CLBLAST, .supports = supports, .plan = plan_clblast};
