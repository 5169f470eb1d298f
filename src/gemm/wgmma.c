/* wgmma.c - types of two bytes on NVIDIA's sm_90: wgmma and TMA; and floats, if
 * the math mode allows it, as sums of bf16. */

#include "gemm/gemm.h"
#include "row/rows.h"
#include "gemm/tile.h"
#include "cl/gemm/find_tile.h"
#include "cl/gemm/wgmma.h"
#include "cl/lib/hopper.h"
#include "base/arithmetic.h"
#include "base/view.h"

enum { LOCAL_BYTES = 226 << 10 }; /* that a group may have */

/* A tile, whether two warp groups take turns, how many work-groups share a
 * tile, and what was measured of it: microseconds for a slice, for storing c,
 * and for adding up the parts of a shared tile. */
struct variant {
  size_t tile_m, tile_n, stages;
  bool turns;
  size_t split;
  float slice, store, add;
};

/* Every variant: name, then struct variant. */
#define VARIANT_MAP(X)                                         \
  X("128x256", 128, 256, 4, false, 1, 0.62f, 1.8f, 0)          \
  X("128x192", 128, 192, 4, false, 1, 0.47f, 1.4f, 0)          \
  X("128x128-turns", 128, 128, 6, true, 1, 0.365f, 0.3f, 1.5f) \
  X("128x128", 128, 128, 6, false, 1, 0.35f, 1.0f, 0)          \
  X("128x64", 128, 64, 7, false, 1, 0.19f, 0.6f, 0)            \
  X("64x256", 64, 256, 4, false, 1, 0.335f, 1.0f, 0)           \
  X("64x128", 64, 128, 6, false, 1, 0.18f, 0.7f, 0)            \
  X("64x64", 64, 64, 8, false, 1, 0.13f, 0.5f, 0)              \
  X("64x64/2", 64, 64, 8, false, 2, 0.13f, 0.5f, 4)            \
  X("64x64/4", 64, 64, 8, false, 4, 0.13f, 0.5f, 5)            \
  X("128x128/2", 128, 128, 6, false, 2, 0.35f, 0.8f, 5)

#define VARIANT(name, ...) {__VA_ARGS__},
static const struct variant variants[] = {VARIANT_MAP(VARIANT)};
#undef VARIANT

#define NAME(name, ...) name,
static const char *const names[] = {VARIANT_MAP(NAME) NULL};
#undef NAME

/* Warp groups that multiply. */
static size_t teams_of(const struct variant *v) {
  return WGMMA_TEAMS(v->tile_m, v->turns);
}

static size_t tiles_of(const struct variant *v, size_t M, size_t N) {
  return ci_tile_count(v->tile_m, v->tile_n, M, N);
}

/* A slice at least for each part of K; and of a gated tile, each half of the
 * columns is made of whole boxes. */
static bool fits(const struct variant *v, bool gated, size_t K) {
  return K > (v->split - 1) * WGMMA_DEPTH && (!gated || v->tile_n % 128 == 0);
}

/* The time a GEMM takes, beyond what all variants have in common. */
static float cost(const struct variant *v, size_t units, size_t M, size_t N,
                  size_t K) {
  const size_t parts = tiles_of(v, M, N) * v->split;
  const size_t rounds = ci_parts(parts, units);
  const size_t slices = ci_parts(ci_parts(K, WGMMA_DEPTH), v->split);
  return (float)rounds * ((float)slices * v->slice + v->store) + v->add;
}

static size_t fastest(size_t units, bool gated, size_t M, size_t N, size_t K) {
  size_t found = 0;
  for (size_t i = 1; i < sizeof variants / sizeof *variants; i++)
    if (fits(&variants[i], gated, K) &&
        cost(&variants[i], units, M, N, K) <
            cost(&variants[found], units, M, N, K))
      found = i;
  return found;
}

/* TMA moves 16 bytes at addresses that are multiples of 16. */
static bool is_aligned(const struct ci_target *target, clinfer_matrix m) {
  return ci_alignment(&target->device, m) == 16;
}

/* Products of planes that make a float's, see split_bf16.cl: 6 keep nearly all
 * of it, 3 keep 16 bits, more than TF32 does. 1: a and w are what they are. */
static size_t products_of(const struct ci_target *target,
                          const struct ci_gemm *g) {
  if (ci_is_narrow(g)) return 1;
  return target->math == CLINFER_MATH_TF32X3 ? 6 : 3;
}

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  const struct ci_gemm *g = &problem->gemm;
  enum { FEWEST_ROWS = 256 }; /* for which taking w apart pays */
  const clinfer_matrix a = g->a, w = g->w.matrix;
  if (target->device.nvidia_sm != 90 || a.cols == 0 ||
      a.rows > CL_INT_MAX / 4 || a.cols > CL_INT_MAX / 4 ||
      ci_weight_out(&g->w) > CL_INT_MAX / 4)
    return false;
  if (ci_is_narrow(g)) return is_aligned(target, a) && is_aligned(target, w);
  return target->math != CLINFER_MATH_F32 && a.dtype == CLINFER_F32 &&
         w.dtype == CLINFER_F32 && a.rows >= FEWEST_ROWS;
}

/* The planes of m, each of `rows` x `cols` with zeros around m. */
static clinfer_matrix plan_split(struct ci_plan *plan, clinfer_matrix m,
                                 size_t rows, size_t cols, size_t products) {
  const size_t planes = WGMMA_PLANES(products);
  const clinfer_matrix y = ci_plan_matrix(plan, planes * rows, cols,
                                          CLINFER_BF16);
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_GEMM_SPLIT_BF16);
  ci_option(step, CI_OPTION_PLANES, planes);
  ci_arg_matrix(step, m);
  ci_arg_matrix(step, y);
  ci_arg_uint(step, m.rows);
  ci_arg_uint(step, m.cols);
  ci_arg_uint(step, rows);
  ci_grid2(step, SPLIT_BF16_GROUP, ci_parts(cols, SPLIT_BF16_GROUP), rows);
  return y;
}

/* The same GEMM on planes. Its K is what they have, a whole number of slices.
 */
static struct ci_gemm plan_planes(struct ci_plan *plan, const struct ci_gemm *g,
                                  size_t products) {
  const size_t K = ci_round_up(g->a.cols, WGMMA_DEPTH);
  const clinfer_matrix w = g->w.matrix;
  struct ci_gemm planes = *g;
  planes.a = plan_split(plan, g->a, g->a.rows, K, products);
  planes.w.matrix = g->w.layout == CLINFER_OUT_IN
                        ? plan_split(plan, w, w.rows, K, products)
                        : plan_split(plan, w, K, ci_round_up(w.cols, 8),
                                     products);
  planes.a.cols = K;
  return planes;
}

/* Local memory that is left when `stages` slices have theirs. */
static bool stages_fit(const struct variant *v, size_t stages,
                       const struct ci_gemm *g) {
  const size_t teams = teams_of(v);
  const size_t slices = stages * WGMMA_STAGE_BYTES(v->tile_m, v->tile_n);
  const size_t bias = teams * v->tile_n *
                      clinfer_dtype_size(g->epilogue.bias.dtype);
  return slices + WGMMA_C_BOXES(teams) * WGMMA_BOX_BYTES + bias +
             WGMMA_OTHER_BYTES <=
         LOCAL_BYTES;
}

static int best(const struct ci_target *target,
                const struct ci_problem *problem) {
  const struct ci_gemm *g = &problem->gemm;
  return (int)fastest(target->device.compute_units, g->epilogue.gated,
                      g->c.rows, ci_weight_out(&g->w),
                      products_of(target, g) * g->a.cols);
}

static clinfer_status plan_wgmma(struct ci_plan *plan,
                                 const struct ci_problem *problem,
                                 int variant) {
  const struct ci_gemm *g = &problem->gemm;
  const size_t products = products_of(plan->target, g);
  const size_t M = g->c.rows, N = ci_weight_out(&g->w),
               K = products * g->a.cols;
  const size_t units = plan->target->device.compute_units;
  const struct variant *v = &variants[variant];
  if (!fits(v, g->epilogue.gated, K)) return CLINFER_UNSUPPORTED;
  const size_t tiles = tiles_of(v, M, N), parts = tiles * v->split;
  const size_t groups = parts < units ? parts : units;
  const size_t teams = teams_of(v);
  /* TMA writes whole words, also at the end of a row. */
  const bool by_tma = clinfer_dtype_size(g->c.dtype) == 2 &&
                      is_aligned(plan->target, g->c) &&
                      is_aligned(plan->target, g->epilogue.residual) &&
                      g->c.cols % 8 == 0;
  size_t stages = v->stages;
  while (!stages_fit(v, stages, g)) stages--;

  const struct ci_gemm narrow = products > 1 ? plan_planes(plan, g, products)
                                             : *g;
  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_GEMM_WGMMA);
  ci_layout_options(step, &narrow);
  ci_option(step, CI_OPTION_GATED, g->epilogue.gated != 0);
  ci_option_type(step, CI_OPTION_A_TYPE, narrow.a.dtype);
  ci_option(step, CI_OPTION_PRODUCTS, products);
  ci_option(step, CI_OPTION_TILE_M, v->tile_m);
  ci_option(step, CI_OPTION_TILE_N, v->tile_n);
  ci_option(step, CI_OPTION_STAGES, stages);
  ci_option(step, CI_OPTION_TAKE_TURNS, v->turns);
  ci_option(step, CI_OPTION_SPLIT, v->split);
  ci_option(step, CI_OPTION_W_ONCE,
            ci_outgrows_cache(g->w.matrix) && M <= TILE_BAND * v->tile_m);
  ci_option(step, CI_OPTION_C_BY_TMA, by_tma);
  ci_gemm_args(step, &narrow);
  ci_arg_matrix(step, ci_plan_matrix(plan, groups, WGMMA_MAPS * MAP_BYTES / 4,
                                     CLINFER_F32));
  if (v->split > 1)
    ci_arg_shared_tiles(plan, step, tiles, v->split, v->tile_m * v->tile_n,
                        teams);
  ci_grid(step, WGMMA_GROUP(teams), groups);
  return CLINFER_OK;
}

const struct ci_implementation ci_gemm_wgmma = {.id = CI_GEMM_WGMMA,
                                                .supports = supports,
                                                .best = best,
                                                .plan = plan_wgmma,
                                                .gates = true,
                                                .variants = names,
                                                .proves = CI_PROVES_EVERYWHERE};
