/* gemm_units.c - the f16 GEMM on the matrix units of AMD's and Intel's GPUs. */

#include "gemm.h"

/* What a work-group computes of c, and a sub-group of that. */
struct cut {
  size_t rows, cols, part_rows, part_cols;
};

/* Largest first. */
enum { CUTS = 3 };
static const char *const names[CUTS + 1] = {"128x128", "64x64", "32x64"};

/* How a kind of units goes about it. Parts are as large as registers allow. */
struct manner {
  const char *word; /* UNITS of units.cl */
  size_t lanes;     /* work-items in a sub-group */
  struct cut cuts[CUTS];
};
static const struct manner manners[] = {
    [CI_MFMA] = {"mfma",
                 64,
                 {{128, 128, 64, 64}, {64, 64, 32, 32}, {32, 64, 32, 32}}},
    [CI_WMMA] = {"wmma",
                 32,
                 {{128, 128, 32, 64}, {64, 64, 32, 32}, {32, 64, 16, 32}}},
    [CI_DPAS8] = {"dpas8",
                  8,
                  {{128, 128, 16, 16}, {64, 64, 8, 16}, {32, 64, 8, 16}}},
    [CI_DPAS16] = {"dpas16",
                   16,
                   {{128, 128, 16, 32}, {64, 64, 16, 32}, {32, 64, 16, 16}}}};

static size_t group_of(const struct manner *m, const struct cut *c) {
  return c->rows / c->part_rows * (c->cols / c->part_cols) * m->lanes;
}

static bool fits(const struct ci_device *device, const struct manner *m,
                 const struct cut *c) {
  /* Two slices each of a and w, their lines 40 halves long. */
  return group_of(m, c) <= device->max_group &&
         2 * (c->rows + c->cols) * 40 * sizeof(cl_half) <= device->local_memory;
}

static size_t tiles(const struct cut *c, size_t M, size_t N) {
  return (M + c->rows - 1) / c->rows * ((N + c->cols - 1) / c->cols);
}

/* The largest cut that fits and keeps the whole device busy, or the smallest.
 */
static const struct cut *best_cut(const struct ci_device *device,
                                  const struct manner *m, size_t M, size_t N) {
  const struct cut *c = m->cuts;
  while (c < m->cuts + CUTS - 1 &&
         (!fits(device, m, c) || tiles(c, M, N) < device->compute_units))
    c++;
  return c;
}

static bool supports(const clinfer_context *ctx, const struct ci_gemm *g) {
  const struct manner *m = &manners[ctx->device.units];
  return ctx->device.units != CI_NO_UNITS && g->a.dtype == CLINFER_F16 &&
         g->w.matrix.dtype == CLINFER_F16 &&
         fits(&ctx->device, m, &m->cuts[CUTS - 1]);
}

static clinfer_status plan_units(struct ci_plan *plan, const struct ci_gemm *g,
                                 int variant) {
  const struct ci_device *device = &plan->ctx->device;
  const struct manner *m = &manners[device->units];
  const size_t M = g->c.rows, N = g->c.cols;
  const struct cut *c = variant == CI_ANY_VARIANT ? best_cut(device, m, M, N)
                                                  : &m->cuts[variant];
  if (!fits(device, m, c))
    return ci_fail(CLINFER_UNSUPPORTED, 0, "the device is too small for %s",
                   names[c - m->cuts]);

  struct ci_step *step = ci_plan_kernel(plan, "gemm_units");
  ci_gemm_options(step, g);
  ci_option_word(step, "UNITS", m->word);
  ci_option_sub_group(step, device);
  ci_option(step, "TILE_M", c->rows);
  ci_option(step, "TILE_N", c->cols);
  ci_option(step, "PART_M", c->part_rows);
  ci_option(step, "PART_N", c->part_cols);
  ci_option(step, "A_ALIGNED", ci_alignment(g->a) == 16);
  ci_option(step, "W_ALIGNED", ci_alignment(g->w.matrix) == 16);
  ci_gemm_args(step, g);
  ci_grid(step, group_of(m, c), tiles(c, M, N));
  return CLINFER_OK;
}

const struct ci_gemm_provider ci_gemm_units = {.id = CI_GEMM_UNITS,
                                               .supports = supports,
                                               .plan = plan_units,
                                               .variants = names,
                                               .must_prove = true};
