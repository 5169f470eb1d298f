/* mma.c - the GEMM on NVIDIA's matrix units, sm_80 and later: f16, bf16, and
 * f32 where the context's math mode allows rounding to TF32. */

#include "gemm/mma.h"

#include "base/arithmetic.h"
#include "base/view.h"
#include "gemm/gemm.h"
#include "gemm/tile.h"

/* Every variant: name, then struct ci_mma_variant. Slices take 48 KB at the
 * most, which every such device has for each of several groups. */
#define VARIANT_MAP(X)                      \
  X("128x128", 128, 128, 64, 64, 4, 3, 1)   \
  X("128x128/2", 128, 128, 64, 64, 4, 3, 2) \
  X("128x128/4", 128, 128, 64, 64, 4, 3, 4) \
  X("64x128", 64, 128, 32, 64, 4, 4, 1)     \
  X("64x128/2", 64, 128, 32, 64, 4, 4, 2)   \
  X("64x128/4", 64, 128, 32, 64, 4, 4, 4)   \
  X("64x64", 64, 64, 32, 32, 8, 3, 1)       \
  X("64x64/2", 64, 64, 32, 32, 8, 3, 2)     \
  X("64x64/4", 64, 64, 32, 32, 8, 3, 4)     \
  X("32x64", 32, 64, 16, 32, 8, 4, 1)       \
  X("32x64/2", 32, 64, 16, 32, 8, 4, 2)     \
  X("32x64/4", 32, 64, 16, 32, 8, 4, 4)     \
  X("32x64/8", 32, 64, 16, 32, 8, 4, 8)     \
  X("16x128", 16, 128, 16, 32, 4, 5, 1)     \
  X("16x128/4", 16, 128, 16, 32, 4, 5, 4)   \
  X("16x128/8", 16, 128, 16, 32, 4, 5, 8)

#define VARIANT(name, ...) {__VA_ARGS__},
const struct ci_mma_variant ci_mma_variants[CI_MMA_VARIANTS] = {
    VARIANT_MAP(VARIANT)};
#undef VARIANT

#define NAME(name, ...) name,
static const char *const names[] = {VARIANT_MAP(NAME) NULL};
#undef NAME

static size_t tiles(const struct ci_mma_variant *v, size_t M, size_t N) {
  return ci_tile_count(v->rows, v->cols, M, N);
}

static size_t work_items(const struct ci_mma_variant *v) {
  return v->rows / v->warp_rows * (v->cols / v->warp_cols) * 32;
}

static double most(double a, double b) { return a > b ? a : b; }

/* Clocks, roughly, that one multiprocessor is busy with a slice: local memory
 * gives the warps 128 bytes a clock, the cache gives the group 32. */
static double slice_clocks(const struct ci_mma_variant *v, size_t products) {
  const double warps = (double)(work_items(v) / 32);
  const double reads = warps *
                       (double)((v->warp_rows + v->warp_cols) * v->depth * 16) /
                       128;
  const double copies = (double)((v->rows + v->cols) * v->depth * 16) / 32;
  return most(reads * (double)products, copies);
}

/* Clocks, roughly, until all is done: the groups of a multiprocessor share
 * it, but each waits for its own slices, and the last of a tile's groups for
 * the others and then for their sums. */
static double clocks(const struct ci_mma_variant *v,
                     const struct ci_mma_problem *p) {
  const double latency = 800, fixed = 2000, handing_over = 2500;
  const double slices = (double)ci_parts(ci_parts(p->chunks, v->depth),
                                         v->splits);
  const size_t groups = ci_parts(tiles(v, p->M, p->N) * v->splits,
                                 p->compute_units);
  /* 64 x 64 sums a warp leave registers for two groups, fewer for three. */
  const size_t resident = v->warp_rows * v->warp_cols == 64 * 64 ? 2 : 3;
  const double busy = (double)groups * slices * slice_clocks(v, p->products);
  const double waiting = (double)ci_parts(groups, resident) *
                         (slices * latency / (double)(v->stages - 1) + fixed);
  const double total = most(busy, waiting);
  if (v->splits == 1) return total;
  const double bytes = (double)(v->rows * v->cols * sizeof(float));
  return total + handing_over + (double)(groups + v->splits) * bytes / 32;
}

int ci_mma_choice(const struct ci_mma_problem *p) {
  int best = 0;
  double least = clocks(&ci_mma_variants[0], p);
  for (int i = 1; i < CI_MMA_VARIANTS; i++) {
    const struct ci_mma_variant *v = &ci_mma_variants[i];
    /* Splits fill a device that tiles do not; else they would cost a lot of
     * scratch for little. */
    if (v->splits > 1 && tiles(v, p->M, p->N) >= p->compute_units) continue;
    const double c = clocks(v, p);
    if (c < least) least = c, best = i;
  }
  return best;
}

/* The sum of three products needs more registers for its operands, and so
 * leaves fewer for a warp's part. */
static struct ci_mma_variant cut_for(int variant, size_t products) {
  struct ci_mma_variant v = ci_mma_variants[variant];
  if (products > 1 && v.warp_rows * v.warp_cols == 64 * 64) v.warp_cols /= 2;
  return v;
}

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  const struct ci_gemm *g = &problem->gemm;
  const bool rounds = target->math != CLINFER_MATH_F32 &&
                      g->a.dtype == CLINFER_F32 &&
                      g->w.matrix.dtype == CLINFER_F32;
  return target->device.nvidia_sm >= 80 && (ci_is_narrow(g) || rounds);
}

static struct ci_mma_problem problem_of(const struct ci_target *target,
                                        const struct ci_gemm *g) {
  const bool narrow = ci_is_narrow(g);
  return (struct ci_mma_problem){
      .M = g->c.rows,
      .N = ci_weight_out(&g->w),
      .chunks = ci_parts(g->a.cols, narrow ? 8 : 4),
      .products = !narrow && target->math == CLINFER_MATH_TF32X3 ? 3 : 1,
      .compute_units = target->device.compute_units};
}

static int best(const struct ci_target *target,
                const struct ci_problem *problem) {
  const struct ci_mma_problem p = problem_of(target, &problem->gemm);
  return ci_mma_choice(&p);
}

/* The weight; where its halves lie side by side, as if it began where both
 * alignments count. */
static clinfer_matrix halves_of(const struct ci_gemm *g) {
  clinfer_matrix w = g->w.matrix;
  if (g->epilogue.gated && g->w.layout == CLINFER_IN_OUT) w.offset |= g->c.cols;
  return w;
}

static clinfer_status plan_mma(struct ci_plan *plan,
                               const struct ci_problem *problem, int variant) {
  const struct ci_gemm *g = &problem->gemm;
  const struct ci_mma_problem p = problem_of(plan->target, g);
  const struct ci_mma_variant cut = cut_for(variant, p.products), *v = &cut;
  const struct ci_device *device = &plan->target->device;
  const size_t of_a = ci_alignment(device, g->a),
               of_w = ci_alignment(device, halves_of(g));

  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_GEMM_MMA);
  ci_layout_options(step, g);
  ci_option(step, CI_OPTION_GATED, g->epilogue.gated != 0);
  ci_option_type(step, CI_OPTION_A_TYPE, g->a.dtype);
  ci_option(step, CI_OPTION_TILE_M, v->rows);
  ci_option(step, CI_OPTION_TILE_N, v->cols);
  ci_option(step, CI_OPTION_WARP_M, v->warp_rows);
  ci_option(step, CI_OPTION_WARP_N, v->warp_cols);
  ci_option(step, CI_OPTION_DEPTH, v->depth);
  ci_option(step, CI_OPTION_STAGES, v->stages);
  ci_option(step, CI_OPTION_COPY, of_a < of_w ? of_a : of_w);
  ci_option(step, CI_OPTION_C_ALIGNED,
            ci_alignment(device, g->c) == 16 &&
                ci_alignment(device, g->epilogue.residual) == 16);
  ci_option(step, CI_OPTION_SPLIT, v->splits > 1);
  ci_option(step, CI_OPTION_PRODUCTS, p.products);
  ci_gemm_args(step, g);
  if (v->splits > 1)
    ci_arg_shared_tiles(plan, step, tiles(v, p.M, p.N), v->splits,
                        v->rows * v->cols, 1);
  ci_grid2(step, work_items(v), tiles(v, p.M, p.N), v->splits);
  return CLINFER_OK;
}

const struct ci_implementation ci_gemm_mma = {.id = CI_GEMM_MMA,
                                              .supports = supports,
                                              .best = best,
                                              .plan = plan_mma,
                                              .gates = true,
                                              .variants = names,
                                              .proves = CI_PROVES_EVERYWHERE};
