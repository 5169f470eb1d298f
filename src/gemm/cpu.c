/* cpu.c - the CPU's GEMM, on f32 activations and f32 panels or rows of
 * weights; steps before it convert and pack what is stored otherwise. */

#include "gemm/gemm.h"
#include "row/rows.h"
#include "gemm/cpu.h"
#include "base/arithmetic.h"
#include "base/view.h"
#include "gemm/panels.h"
#include "cl/gemm/cpu.h"

/* What a work-item computes: so many tiles, one below the other, in each of so
 * many panels. */
#define VARIANT_MAP(X) \
  X("16x4", 16, 4)     \
  X("8x4", 8, 4)       \
  X("4x4", 4, 4)       \
  X("2x4", 2, 4)       \
  X("16x2", 16, 2)     \
  X("8x2", 8, 2)       \
  X("4x2", 4, 2)       \
  X("16x1", 16, 1)     \
  X("8x1", 8, 1)       \
  X("4x1", 4, 1)       \
  X("2x1", 2, 1)       \
  X("1x1", 1, 1)

#define VARIANT(name, ...) {__VA_ARGS__},
static const struct ci_cpu_block variants[] = {VARIANT_MAP(VARIANT)};
#undef VARIANT

#define NAME(name, ...) name,
static const char *const names[] = {VARIANT_MAP(NAME) NULL};
#undef NAME

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  (void)problem;
  return ci_is_vector_cpu(&target->device);
}

/* a as f32: converting each element once beats doing so for every block of
 * columns. */
static clinfer_status plan_activations(struct ci_plan *plan,
                                       clinfer_matrix *a) {
  if (a->dtype == CLINFER_F32 || a->cols == 0) return CLINFER_OK;
  const clinfer_matrix stored = *a;
  *a = ci_plan_matrix(plan, a->rows, a->cols, CLINFER_F32);
  return ci_plan_bias_activation(plan, stored, &(clinfer_epilogue){0}, *a);
}

/* Panels of w: the packed ones, or some made for this call. */
static clinfer_matrix plan_panels(struct ci_plan *plan,
                                  const clinfer_weight *w) {
  if (w->packed) return w->packed->panels;
  clinfer_matrix panels = ci_panels(&plan->target->device, w);
  panels = ci_plan_matrix(plan, panels.rows, panels.cols, panels.dtype);
  if (!ci_is_empty(panels)) ci_plan_pack(plan, w, panels);
  return panels;
}

static clinfer_status plan_cpu(struct ci_plan *plan,
                               const struct ci_problem *problem, int variant) {
  const struct ci_gemm *g = &problem->gemm;
  const size_t M = g->c.rows, N = g->c.cols;
  const struct ci_cpu_tile tile = ci_cpu_tile(&plan->target->device, M);
  const struct ci_cpu_block block = variant == CI_ANY_VARIANT
                                        ? ci_cpu_block(&plan->target->device, M,
                                                       N)
                                        : variants[variant];
  const size_t width = CPU_PANEL_WIDTH(tile.lanes);
  const bool as_it_lies = !g->w.packed && g->w.layout == CLINFER_IN_OUT &&
                          g->w.matrix.dtype == CLINFER_F32;
  struct ci_gemm f32 = *g;
  CI_TRY(plan_activations(plan, &f32.a));
  if (!as_it_lies) f32.w = clinfer_weight_of(plan_panels(plan, &g->w));

  struct ci_step *step = ci_plan_kernel(plan, CI_KERNEL_GEMM_CPU);
  if (g->w.packed) step->packed_from = g->w.matrix.mem;
  ci_option(step, CI_OPTION_LANES, tile.lanes);
  ci_option(step, CI_OPTION_ROWS, tile.rows);
  ci_option(step, CI_OPTION_W_PACKED, !as_it_lies);
  ci_gemm_args(step, &f32);
  ci_arg_uint(step, block.tiles);
  ci_arg_uint(step, block.panels);
  const size_t rows = block.tiles * tile.rows, cols = block.panels * width;
  ci_grid2(step, 1, ci_parts(M, rows), ci_parts(N, cols));
  return CLINFER_OK;
}

const struct ci_implementation ci_gemm_cpu = {.id = CI_GEMM_CPU,
                                              .supports = supports,
                                              .plan = plan_cpu,
                                              .variants = names};
