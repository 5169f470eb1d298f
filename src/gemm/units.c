/* units.c - the GEMM of two bytes on the matrix units of AMD's and Intel's
 * GPUs. */

#include "gemm/gemm.h"
#include "cl/gemm/units.h"
#include "gemm/tile.h"

/* What a work-group computes of c, largest first. */
enum { TILES = 3 };
static const char *const names[TILES + 1] = {"128x128", "64x64", "32x64"};
static const struct extent {
  size_t rows, cols;
} tiles[TILES] = {{128, 128}, {64, 64}, {32, 64}};

/* How a kind of units goes about it. */
struct manner {
  size_t lanes;    /* work-items in a sub-group */
  size_t resident; /* sub-groups that keep a compute unit busy */
  /* A sub-group's part of each tile: what leaves a compiler registers, and
   * work enough for the copies. Untuned: no such device was there. */
  struct extent parts[TILES];
};
static const struct manner manners[] = {
    [CI_MFMA] = {64, 4, {{64, 64}, {32, 32}, {32, 32}}},
    [CI_WMMA] = {32, 4, {{32, 64}, {32, 32}, {16, 32}}},
    [CI_DPAS8] = {8, 8, {{16, 16}, {8, 16}, {8, 16}}},
    [CI_DPAS16] = {16, 8, {{16, 32}, {16, 32}, {16, 16}}}};

/* Sub-groups of a work-group. */
static size_t sub_groups(const struct manner *m, size_t tile) {
  return tiles[tile].rows / m->parts[tile].rows *
         (tiles[tile].cols / m->parts[tile].cols);
}

static bool fits(const struct ci_device *device, const struct manner *m,
                 size_t tile) {
  const struct extent t = tiles[tile];
  const size_t halves = UNITS_SLICES * UNITS_SLICE_HALVES(t.rows, t.cols);
  return sub_groups(m, tile) * m->lanes <= device->max_group &&
         halves * sizeof(cl_half) <= device->local_memory;
}

static size_t tile_count(size_t tile, size_t M, size_t N) {
  return ci_tile_count(tiles[tile].rows, tiles[tile].cols, M, N);
}

/* The largest one that fits and keeps the whole device busy, or the smallest.
 */
static size_t best_tile(const struct ci_device *device, const struct manner *m,
                        size_t M, size_t N) {
  const size_t enough = m->resident * device->compute_units;
  size_t tile = 0;
  while (tile < TILES - 1 &&
         (!fits(device, m, tile) ||
          tile_count(tile, M, N) * sub_groups(m, tile) < enough))
    tile++;
  return tile;
}

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  const struct ci_gemm *g = &problem->gemm;
  const struct manner *m = &manners[target->device.units];
  return target->device.units != CI_NO_UNITS && ci_is_narrow(g) &&
         fits(&target->device, m, TILES - 1);
}

static int best(const struct ci_target *target,
                const struct ci_problem *problem) {
  const clinfer_matrix c = problem->gemm.c;
  return (int)best_tile(&target->device, &manners[target->device.units], c.rows,
                        c.cols);
}

static clinfer_status plan_units(struct ci_plan *plan,
                                 const struct ci_problem *problem,
                                 int variant) {
  const struct ci_gemm *g = &problem->gemm;
  const struct ci_device *device = &plan->target->device;
  const struct manner *m = &manners[device->units];
  const size_t M = g->c.rows, N = g->c.cols, tile = (size_t)variant;
  if (!fits(device, m, tile)) return CLINFER_UNSUPPORTED;

  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_GEMM_UNITS);
  ci_layout_options(step, g);
  ci_option_type(step, CI_OPTION_A_TYPE, g->a.dtype);
  ci_option_word(step, CI_OPTION_UNITS, ci_units_word(device->units));
  ci_option(step, CI_OPTION_SUB_GROUP, device->intel_lanes);
  ci_option(step, CI_OPTION_TILE_M, tiles[tile].rows);
  ci_option(step, CI_OPTION_TILE_N, tiles[tile].cols);
  ci_option(step, CI_OPTION_PART_M, m->parts[tile].rows);
  ci_option(step, CI_OPTION_PART_N, m->parts[tile].cols);
  ci_option(step, CI_OPTION_A_ALIGNED, ci_alignment(device, g->a) == 16);
  ci_option(step, CI_OPTION_W_ALIGNED, ci_alignment(device, g->w.matrix) == 16);
  ci_gemm_args(step, g);
  ci_grid(step, sub_groups(m, tile) * m->lanes, tile_count(tile, M, N));
  return CLINFER_OK;
}

const struct ci_implementation ci_gemm_units = {.id = CI_GEMM_UNITS,
                                                .supports = supports,
                                                .best = best,
                                                .plan = plan_units,
                                                .variants = names,
                                                .proves = CI_PROVES_EVERYWHERE};
