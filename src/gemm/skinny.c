/* skinny.c - the GPU GEMM for a few rows, as fast as memory hands over the
 * weights. */

#include "gemm/gemm.h"
#include "gemm/tile.h"
#include "base/arithmetic.h"
#include "base/view.h"
#include "cl/gemm/skinny.h"

enum { WIDEST = 64 };

/* More rows than that go faster elsewhere: two bytes through matrix units.
 * Where a work-group has registers for one row only, each reads the weights
 * again. */
static size_t most_rows(const struct ci_device *device,
                        const struct ci_gemm *g) {
  if (device->intel_lanes) return 4;
  const bool has_units = device->nvidia_sm >= 80 || device->units;
  return has_units && ci_is_narrow(g) ? 8 : 16;
}

static bool supports(const struct ci_target *target,
                     const struct ci_problem *problem) {
  const struct ci_gemm *g = &problem->gemm;
  const struct ci_device *device = &target->device;
  return g->c.rows <= most_rows(device, g) &&
         device->max_group >= SKINNY_GROUP && device->local_memory >= 32 << 10;
}

/* Rows that a work-group computes: more than 8, or 4 of f32, would leave no
 * registers for weights on their way, nor would more than one on Intel's GPUs.
 * Another group then finds these in the cache. */
static size_t rows_of(const struct ci_device *device, const struct ci_gemm *g) {
  if (g->c.rows == 1 || device->intel_lanes) return 1;
  return g->c.rows <= 4 || !ci_is_narrow(g) ? 4 : 8;
}

/* Columns of the product that a work-group computes: as many as leave most of
 * the device's compute units a group. */
static size_t width_of(const struct ci_device *device,
                       const struct ci_gemm *g) {
  const size_t N = ci_weight_out(&g->w), least = g->epilogue.gated ? 16 : 8;
  size_t width = WIDEST;
  while (width > least && N / width * 4 < (size_t)device->compute_units * 3)
    width /= 2;
  return width;
}

/* Whether wide.cl may load the matrix wide. */
static bool is_wide(const struct ci_device *device, clinfer_matrix m) {
  return ci_alignment(device, m) == 16;
}

/* Whether the second half of a gated weight lies like the first. */
static bool halves_are_alike(const struct ci_gemm *g) {
  return !g->epilogue.gated || g->w.layout == CLINFER_OUT_IN ||
         g->c.cols * clinfer_dtype_size(g->w.matrix.dtype) % 16 == 0;
}

/* W_WIDE of cl/gemm/skinny_blocks.cl. */
static size_t w_wide(const struct ci_device *device, const struct ci_gemm *g) {
  const clinfer_matrix w = g->w.matrix;
  if (!is_wide(device, w) || !halves_are_alike(g)) return 0;
  return device->nvidia_sm >= 80 && ci_outgrows_cache(w) ? 2 : 1;
}

static struct ci_step *plan_kernel(struct ci_plan *plan,
                                   enum ci_kernel_name kernel,
                                   const struct ci_gemm *g) {
  const struct ci_device *device = &plan->target->device;
  const size_t rows = rows_of(device, g);
  const size_t width = width_of(device, g);
  const size_t c_width = g->epilogue.gated ? width / 2 : width;
  struct ci_step *step = ci_plan_kernel(plan, kernel);
  ci_gemm_options(step, g);
  ci_option(step, CI_OPTION_GATED, g->epilogue.gated != 0);
  ci_option(step, CI_OPTION_SUB_GROUP, device->intel_lanes);
  ci_option(step, CI_OPTION_ROWS, rows);
  ci_option(step, CI_OPTION_WIDTH, width);
  ci_option(step, CI_OPTION_W_WIDE, w_wide(device, g));
  ci_option(step, CI_OPTION_AHEAD, device->intel_lanes == 0);
  ci_option(step, CI_OPTION_NVIDIA, device->nvidia_sm >= 70);
  ci_gemm_args(step, g);
  ci_grid2(step, SKINNY_GROUP, ci_parts(g->c.rows, rows),
           ci_parts(g->c.cols, c_width));
  return step;
}

static clinfer_status plan_skinny(struct ci_plan *plan,
                                  const struct ci_problem *problem,
                                  int variant) {
  const struct ci_gemm *g = &problem->gemm;
  (void)variant;
  struct ci_step *step = plan_kernel(plan, CI_KERNEL_GEMM_SKINNY, g);
  ci_option(step, CI_OPTION_A_WIDE, is_wide(&plan->target->device, g->a));
  return CLINFER_OK;
}

/* The power of two elements of local memory that hold a row of y; 0: there is
 * no room for as many rows as a work-group computes. */
static size_t room_of(const struct ci_device *device, const struct ci_gemm *g,
                      clinfer_dtype y_dtype) {
  const size_t rows = rows_of(device, g);
  const size_t sums = SKINNY_MEETING_BYTES(rows) + SKINNY_NORM_BYTES;
  size_t room = 512;
  while (room < g->a.cols) room *= 2;
  const size_t bytes = sums + rows * room * clinfer_dtype_size(y_dtype);
  return bytes <= device->local_memory ? room : 0;
}

/* Whether wide.cl may load all that the normalised rows are made of wide. */
static bool all_wide(const struct ci_device *device,
                     const struct ci_normalise *n) {
  const clinfer_vector vectors[] = {n->bias, n->norm->gamma, n->norm->beta};
  for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
    if (ci_has_vector(vectors[i]) &&
        !is_wide(device, (clinfer_matrix){.offset = vectors[i].offset,
                                          .dtype = vectors[i].dtype}))
      return false;
  return is_wide(device, n->x) &&
         (!ci_has_matrix(n->residual) || is_wide(device, n->residual));
}

static void add_norm(struct ci_step *step, const struct ci_normalise *n,
                     bool keeps_y) {
  const clinfer_norm *norm = n->norm;
  ci_option(step, CI_OPTION_SUBTRACT_MEAN, !n->rms);
  ci_option_vector(step, CI_OPTION_A_BIAS_TYPE, n->bias);
  ci_option_matrix(step, CI_OPTION_A_RESIDUAL_TYPE, n->residual);
  ci_option_vector(step, CI_OPTION_GAMMA_TYPE, norm->gamma);
  ci_option_vector(step, CI_OPTION_BETA_TYPE, norm->beta);
  ci_option_type(step, CI_OPTION_Y_TYPE, n->y.dtype);
  ci_option(step, CI_OPTION_STORES_Y, keeps_y);
  ci_arg_vector(step, n->bias);
  ci_arg_matrix(step, n->residual);
  ci_arg_vector(step, norm->gamma);
  ci_arg_vector(step, norm->beta);
  ci_arg_matrix(step, n->y);
  ci_arg_float(step, norm->eps);
}

/* Every work-group normalises all of its rows: beyond so many elements, that
 * takes longer than a launch. */
static bool is_worth_it(const struct ci_device *device,
                        const struct ci_gemm *g) {
  enum { MOST_ELEMENTS = 4096 };
  const size_t rows = rows_of(device, g);
  return rows == 1 || rows * g->a.cols <= MOST_ELEMENTS;
}

/* Where ci_gemm_skinny is what computes the GEMM best, the rows have room, and
 * no group that starts late would read what another one has normalised. */
static bool supports_normalised(const struct ci_target *target,
                                const struct ci_problem *problem) {
  const struct ci_normalised_gemm *both = &problem->normalised_gemm;
  struct ci_problem product = {.kind = CI_GEMM, .gemm = both->gemm};
  product.gemm.a = both->n.y;
  if (ci_is_empty(both->n.y) || ci_is_empty(both->gemm.c) || both->in_place ||
      ci_has_matrix(both->n.sum) || !supports(target, &product) ||
      ci_best(target, &product).implementation != &ci_gemm_skinny)
    return false;
  product.gemm.a = both->n.x;
  return room_of(&target->device, &product.gemm, both->n.y.dtype) > 0 &&
         is_worth_it(&target->device, &product.gemm);
}

static clinfer_status plan_normalised(struct ci_plan *plan,
                                      const struct ci_problem *problem,
                                      int variant) {
  const struct ci_normalise *n = &problem->normalised_gemm.n;
  struct ci_gemm of_inputs = problem->normalised_gemm.gemm;
  of_inputs.a = n->x;
  struct ci_step *step = plan_kernel(plan, CI_KERNEL_GEMM_SKINNY_NORMALISED,
                                     &of_inputs);
  (void)variant;
  ci_option(step, CI_OPTION_A_WIDE, all_wide(&plan->target->device, n));
  ci_option(step, CI_OPTION_ROOM,
            room_of(&plan->target->device, &of_inputs, n->y.dtype));
  add_norm(step, n, problem->normalised_gemm.keeps_y);
  return CLINFER_OK;
}

const struct ci_implementation ci_gemm_skinny = {.id = CI_GEMM_SKINNY,
                                                 .supports = supports,
                                                 .plan = plan_skinny,
                                                 .gates = true,
                                                 .proves = CI_PROVES_ON_NVIDIA},
                               ci_gemm_skinny_normalised = {
                                   .id = CI_GEMM_SKINNY,
                                   .supports = supports_normalised,
                                   .plan = plan_normalised,
                                   .gates = true,
                                   .proves = CI_PROVES_ON_NVIDIA};
