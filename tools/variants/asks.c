/* asks.c - the kernels that the library asks for, on devices that are made up.
 *
 * Planning touches no device. So problems are drawn at random, devices too, and
 * planned: what options a kernel is asked for with, only the library knows. */

#include "asks.h"

#include "attention/attention.h"
#include "gemm/gemm.h"
#include "row/rows.h"
#include "gemm/cpu.h"
#include "base/types.h"
#include "base/view.h"
#include "context/implementations.h"
#include "gemm/panels.h"

const struct kind kinds[] = {
    {"cpu", .is_cpu = true},
    {"gpu", .is_cpu = false},
    {"nvidia_75", .nvidia_sm = 75},
    {"nvidia_80", .nvidia_sm = 80},
    {"nvidia_90", .nvidia_sm = 90},
    {"amd_mfma", .units = CI_MFMA},
    {"amd_wmma", .units = CI_WMMA},
    {"intel_8", .intel_lanes = 8},
    {"intel_dpas8", .intel_lanes = 8, .units = CI_DPAS8},
    {"intel_dpas16", .intel_lanes = 16, .units = CI_DPAS16},
};
const size_t kind_count = sizeof kinds / sizeof *kinds;

static size_t below(struct draw *d, size_t n) {
  d->state = d->state * 6364136223846793005u + 1442695040888963407u;
  return (size_t)(d->state >> 33) % n;
}

#define ONE_OF(d, list) (list)[below(d, sizeof(list) / sizeof *(list))]

/* ---- Devices */

static struct ci_device draw_device(struct draw *d, const struct kind *kind) {
  static const size_t groups[] = {1, 32, 64, 256, 1024};
  static const cl_ulong locals[] = {0, 16 << 10, 32 << 10, 48 << 10, 64 << 10};
  static const cl_uint floats[] = {1, 4, 8, 16};
  static const cl_uint units[] = {1, 8, 64, 132};
  struct ci_device device = {.is_cpu = kind->is_cpu,
                             .max_group = ONE_OF(d, groups),
                             .local_memory = ONE_OF(d, locals),
                             .max_alloc = (cl_ulong)1 << 40,
                             .compute_units = ONE_OF(d, units),
                             .native_floats = 1,
                             .nvidia_sm = kind->nvidia_sm,
                             .intel_lanes = kind->intel_lanes,
                             .units = kind->units};
  if (kind->is_cpu) device.native_floats = ONE_OF(d, floats);
  if (kind->nvidia_sm) device.max_group = 1024, device.local_memory = 48 << 10;
  return device;
}

/* CLBlast is not there: its kernels are its own. */
static void draw_target(struct draw *d, const struct kind *kind,
                        struct ci_target *target) {
  *target = (struct ci_target){.device = draw_device(d, kind),
                               .math = (clinfer_math)below(d, 3)};
  for (size_t p = 0; p < CI_PROVIDERS; p++) target->enabled[p] = below(d, 2);
  target->enabled[CI_REFERENCE] = true;
  ci_list_implementations(target);
}

/* ---- Operands: no memory, but types and places */

static clinfer_dtype draw_dtype(struct draw *d) {
#define NAME(name, value, word, bytes) name,
  static const clinfer_dtype dtypes[] = {CLINFER_DTYPE_MAP(NAME)};
#undef NAME
  return ONE_OF(d, dtypes);
}

static size_t draw_place(struct draw *d) {
  static const size_t places[] = {0, 4, 2, 1};
  return d->aligned ? 0 : ONE_OF(d, places);
}

static clinfer_matrix draw_matrix(struct draw *d, size_t rows, size_t cols) {
  clinfer_matrix m = clinfer_matrix_of(NULL, rows, cols, draw_dtype(d));
  m.offset = draw_place(d);
  m.ld = (cols + 7) / 8 * 8;
  return m;
}

static clinfer_matrix maybe_matrix(struct draw *d, size_t rows, size_t cols) {
  return below(d, 2) ? draw_matrix(d, rows, cols) : clinfer_no_matrix();
}

static clinfer_vector draw_vector(struct draw *d, size_t size) {
  clinfer_vector v = clinfer_vector_of(NULL, size, draw_dtype(d));
  v.offset = draw_place(d);
  return v;
}

static clinfer_vector maybe_vector(struct draw *d, size_t size) {
  return below(d, 2) ? draw_vector(d, size) : clinfer_no_vector();
}

static size_t draw_size(struct draw *d) {
  static const size_t sizes[] = {1,   7,    64,   100,  300,  768,
                                 999, 1200, 2400, 4096, 5000, 30000};
  return ONE_OF(d, sizes);
}

static size_t draw_rows(struct draw *d) {
  static const size_t rows[] = {1, 3, 9, 40, 300, 5000};
  return ONE_OF(d, rows);
}

static clinfer_activation draw_activation(struct draw *d) {
  size_t count = 0;
  while (ci_is_activation((clinfer_activation)count)) count++;
  return (clinfer_activation)below(d, count);
}

static clinfer_epilogue draw_epilogue(struct draw *d, size_t rows,
                                      size_t cols) {
  clinfer_epilogue e = {.activation = draw_activation(d),
                        .gated = (int)below(d, 2),
                        .residual = maybe_matrix(d, rows, cols)};
  e.bias = maybe_vector(d, ci_product_cols(&e, cols));
  return e;
}

/* ---- Problems of each kind, and what packs a weight */

static void bias_activation(struct draw *d, struct ci_plan *plan) {
  const size_t rows = draw_rows(d), cols = draw_size(d);
  const clinfer_epilogue e = draw_epilogue(d, rows, cols);
  ci_plan_bias_activation(plan, draw_matrix(d, rows, ci_product_cols(&e, cols)),
                          &e, draw_matrix(d, rows, cols));
}

static void residual_add(struct draw *d, struct ci_plan *plan) {
  const size_t rows = draw_rows(d), cols = draw_size(d);
  clinfer_residual t = {.form = (clinfer_residual_form)below(d, 3),
                        .hidden = draw_matrix(d, rows, cols),
                        .residual = draw_matrix(d, rows, cols),
                        .final_bias = maybe_vector(d, cols),
                        .mp_size = 1};
  if (t.form != CLINFER_RESIDUAL_POST_NORM) {
    t.attention = draw_matrix(d, rows, cols);
    t.attention_bias = maybe_vector(d, cols);
  }
  ci_plan_residual_add(plan, &t, draw_matrix(d, rows, cols));
}

/* A normalisation, and the norm that it points to. */
static struct ci_normalise draw_normalise(struct draw *d, size_t rows,
                                          size_t cols, clinfer_norm *norm) {
  *norm = (clinfer_norm){.gamma = maybe_vector(d, cols),
                         .beta = maybe_vector(d, cols),
                         .eps = 1e-5f};
  struct ci_normalise n = {.x = draw_matrix(d, rows, cols),
                           .bias = maybe_vector(d, cols),
                           .residual = maybe_matrix(d, rows, cols),
                           .norm = norm,
                           .y = draw_matrix(d, rows, cols),
                           .sum = maybe_matrix(d, rows, cols)};
  if (below(d, 2)) { /* clinfer_rms_norm */
    n.rms = true;
    n.bias = norm->beta = clinfer_no_vector();
    n.residual = n.sum = clinfer_no_matrix();
  }
  return n;
}

static void normalise(struct draw *d, struct ci_plan *plan) {
  clinfer_norm norm;
  const struct ci_normalise n = draw_normalise(d, draw_rows(d), draw_size(d),
                                               &norm);
  ci_plan_normalise(plan, &n);
}

static struct ci_gemm draw_gemm(struct draw *d, size_t M, size_t K) {
  const size_t N = draw_size(d);
  const bool out_in = below(d, 2);
  struct ci_gemm g = {.a = draw_matrix(d, M, K),
                      .epilogue = draw_epilogue(d, M, N),
                      .c = draw_matrix(d, M, N)};
  const size_t out = ci_product_cols(&g.epilogue, N);
  g.w = out_in ? clinfer_weight_transposed(draw_matrix(d, out, K))
               : clinfer_weight_of(draw_matrix(d, K, out));
  if (below(d, 2)) g.w.matrix.dtype = g.a.dtype; /* matrix units want that */
  return g;
}

/* By a provider and a variant that a tuning table might name, or freely. */
static void gemm(struct draw *d, struct ci_plan *plan) {
  const struct ci_problem problem = {
      .kind = CI_GEMM, .gemm = draw_gemm(d, draw_rows(d), draw_size(d))};
  const enum ci_provider id = (enum ci_provider)below(d, CI_PROVIDERS);
  struct ci_choice choice = {ci_find_implementation(plan->target, CI_GEMM, id),
                             CI_ANY_VARIANT};
  size_t variants = 0;
  while (clinfer_provider_variant(id, variants)) variants++;
  choice.variant = (int)below(d, variants + 1) - 1;
  if (choice.implementation && plan->target->enabled[id] &&
      choice.implementation->supports(plan->target, &problem))
    ci_plan_by(plan, &problem, &choice);
  else
    ci_plan(plan, &problem);
}

static void normalised_gemm(struct draw *d, struct ci_plan *plan) {
  clinfer_norm norm;
  const size_t M = draw_rows(d), K = draw_size(d);
  struct ci_normalised_gemm both = {.n = draw_normalise(d, M, K, &norm)};
  both.n.sum = clinfer_no_matrix();
  both.keeps_y = below(d, 2);
  both.gemm = draw_gemm(d, M, K);
  ci_plan_normalised_gemm(plan, &both);
}

static clinfer_view draw_heads(struct draw *d, size_t heads, size_t rows,
                               size_t size, clinfer_dtype dtype) {
  const clinfer_matrix m = draw_matrix(d, rows, heads * size);
  clinfer_view v = clinfer_heads_of(m, 1, 0, heads, size);
  if (below(d, 2)) v.dtype = dtype; /* matrix units want one for all */
  return v;
}

static void attention(struct draw *d, struct ci_plan *plan) {
  static const size_t sizes[] = {1, 24, 32, 40, 64, 80, 128, 200, 256, 300};
  const size_t size = ONE_OF(d, sizes), value_size = ONE_OF(d, sizes);
  const size_t queries = draw_rows(d), keys = draw_rows(d);
  const clinfer_dtype dtype = draw_dtype(d);
  struct ci_attention a = {
      .terms = {.q = draw_heads(d, 4, queries, size, dtype),
                .k = draw_heads(d, 2, keys, size, dtype),
                .v = draw_heads(d, 2, keys, value_size, dtype),
                .soft_cap = (float)below(d, 2)},
      .y = draw_heads(d, 4, queries, value_size, dtype),
      .reads_lengths = below(d, 2),
      .reads_positions = below(d, 2)};
  if (below(d, 2)) a.terms.mask = draw_heads(d, 1, queries, keys, dtype);
  ci_plan_attention(plan, &a);
}

/* As clinfer_weight_pack has it. */
static void pack(struct draw *d, struct ci_plan *plan) {
  const struct ci_device *device = &plan->target->device;
  const struct ci_gemm g = draw_gemm(d, 1, draw_size(d));
  if (!plan->target->enabled[CI_GEMM_CPU] || !ci_is_vector_cpu(device)) return;
  ci_plan_pack(plan, &g.w, ci_panels(device, &g.w));
}

void draw_problem(struct draw *d, const struct kind *kind,
                  struct ci_target *target, struct ci_plan *plan) {
  static void (*const problems[])(struct draw * d, struct ci_plan * plan) = {
      bias_activation, residual_add, normalise, gemm, gemm,
      normalised_gemm, attention,    pack};
  static const clinfer_exec exec = {.queue = NULL};
  draw_target(d, kind, target);
  d->aligned = below(d, 2);
  plan->target = target;
  plan->exec = &exec;
  ci_plan_clear(plan);
  ONE_OF(d, problems)(d, plan);
}
