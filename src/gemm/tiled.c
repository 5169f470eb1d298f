/* tiled.c - the portable GPU GEMM, with tiles in local memory. */

#include "gemm/gemm.h"
#include "gemm/tile.h"

/* Of ci_tiles, in its order. */
static const char *const names[CI_TILES + 1] = {"128x128", "128x64", "64x64",
                                                "32x64",   "32x32",  "16x16"};

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  const clinfer_matrix c = problem->gemm.c;
  return ci_best_tile(&target->device, c.rows, c.cols) < CI_TILES;
}

/* Whether each four elements that the kernel moves at once are aligned, and
 * all in the matrix if the first one is. */
static bool is_aligned(const struct ci_device *device, clinfer_matrix m) {
  return ci_alignment(device, m) >= 4 * clinfer_dtype_size(m.dtype) &&
         m.cols % 4 == 0;
}

static void plan_tile(struct ci_plan *plan, const struct ci_gemm *g,
                      const struct ci_tile *tile) {
  const struct ci_device *device = &plan->target->device;
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_GEMM_TILED);
  ci_gemm_options(step, g);
  ci_option(step, CI_OPTION_SUB_GROUP, device->intel_lanes);
  ci_option(step, CI_OPTION_TILE_M, tile->rows);
  ci_option(step, CI_OPTION_TILE_N, tile->cols);
  ci_option(step, CI_OPTION_ITEM_M, tile->item_rows);
  ci_option(step, CI_OPTION_ITEM_N, tile->item_cols);
  ci_option(step, CI_OPTION_DEPTH, tile->depth);
  ci_option(step, CI_OPTION_KEEP_LOCAL, tile->keeps_local);
  ci_option(step, CI_OPTION_A_ALIGNED, is_aligned(device, g->a));
  ci_option(step, CI_OPTION_W_ALIGNED, is_aligned(device, g->w.matrix));
  ci_option(step, CI_OPTION_C_ALIGNED,
            is_aligned(device, g->c) &&
                is_aligned(device, g->epilogue.residual));
  ci_gemm_args(step, g);
  ci_grid(step, ci_tile_group(tile),
          ci_tile_count(tile->rows, tile->cols, g->c.rows, g->c.cols));
}

static int best(const struct ci_target *target,
                const struct ci_problem *problem) {
  const clinfer_matrix c = problem->gemm.c;
  return (int)ci_best_tile(&target->device, c.rows, c.cols);
}

static clinfer_status plan_tiled(struct ci_plan *plan,
                                 const struct ci_problem *problem,
                                 int variant) {
  const struct ci_tile *tile = &ci_tiles[variant];
  if (!ci_tile_fits(&plan->target->device, tile)) return CLINFER_UNSUPPORTED;
  plan_tile(plan, &problem->gemm, tile);
  return CLINFER_OK;
}

const struct ci_implementation ci_gemm_tiled = {.id = CI_GEMM_TILED,
                                                .supports = supports,
                                                .best = best,
                                                .plan = plan_tiled,
                                                .variants = names};

/* ---- The same with a tile that another driver may not build */

static bool supports_local(const struct ci_target *target,
                           const struct ci_problem *problem) {
  const struct ci_gemm *g = &problem->gemm;
  return ci_local_tile_is_best(&target->device, g->c.rows, g->c.cols);
}

static clinfer_status plan_local(struct ci_plan *plan,
                                 const struct ci_problem *problem,
                                 int variant) {
  const struct ci_gemm *g = &problem->gemm;
  (void)variant;
  plan_tile(plan, g, &ci_local_tile);
  return CLINFER_OK;
}

const struct ci_implementation ci_gemm_local = {.id = CI_GEMM_LOCAL,
                                                .supports = supports_local,
                                                .plan = plan_local,
                                                .proves = CI_PROVES_EVERYWHERE};
