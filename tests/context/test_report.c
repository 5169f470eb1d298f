/* test_report.c - what has become of each provider in a context. */

#include "context/context.h"
#include "context/implementations.h"
#include "tester.h"

#include <string.h>

static size_t index_of(const char *name) {
  size_t i = 0;
  while (strcmp(clinfer_provider_name(i), name) != 0) i++;
  return i;
}

static void report(void) {
  const clinfer_options options = {
      .struct_size = sizeof options, .disable = "gemm_tiled", .cache_dir = ""};
  clinfer_context *chooser = t_next(NULL, "")->ctx, *ctx = NULL;
  assert_int_equal(clinfer_context_create(clinfer_context_cl(chooser),
                                          clinfer_context_device(chooser),
                                          &options, &ctx),
                   CLINFER_OK);
  const size_t tiled = index_of("gemm_tiled");
  assert_int_equal(clinfer_context_provider(chooser, tiled),
                   CLINFER_PROVIDER_READY);
  assert_int_equal(clinfer_context_provider(ctx, tiled),
                   CLINFER_PROVIDER_DISABLED);
  assert_int_equal(clinfer_context_provider(ctx, index_of("reference")),
                   CLINFER_PROVIDER_READY);
  assert_int_equal(clinfer_context_provider(ctx, index_of("row_group")),
                   CLINFER_PROVIDER_READY);
  ctx->target.device.is_cpu = false;
  assert_int_equal(clinfer_context_provider(ctx, index_of("row_item")),
                   CLINFER_PROVIDER_ABSENT);
  assert_int_equal(clinfer_context_provider(ctx, index_of("gemm_cpu")),
                   CLINFER_PROVIDER_ABSENT);
  assert_int_equal(clinfer_context_provider(ctx, CI_PROVIDERS),
                   CLINFER_PROVIDER_ABSENT);
  assert_int_equal(clinfer_context_provider(NULL, 0), CLINFER_PROVIDER_ABSENT);
  clinfer_context_destroy(ctx);
}

/* Of a provider for one vendor's hardware, on an invented device. */
static void report_of_proofs(void) {
  struct clinfer_context ctx = {.target.device.nvidia_sm = 90};
  const size_t wgmma = index_of("gemm_wgmma");
  ci_list_implementations(&ctx.target);
  assert_int_equal(clinfer_context_provider(&ctx, wgmma),
                   CLINFER_PROVIDER_DISABLED);
  ctx.target.enabled[wgmma] = true;
  assert_int_equal(clinfer_context_provider(&ctx, wgmma),
                   CLINFER_PROVIDER_UNTESTED);
  ctx.proofs.of[CI_GEMM][wgmma].proof = CI_PROVEN;
  assert_int_equal(clinfer_context_provider(&ctx, wgmma),
                   CLINFER_PROVIDER_READY);
  ctx.proofs.of[CI_GEMM][wgmma].proof = CI_REFUTED;
  assert_int_equal(clinfer_context_provider(&ctx, wgmma),
                   CLINFER_PROVIDER_FAILED);
  ctx.target.device.nvidia_sm = 75;
  assert_int_equal(clinfer_context_provider(&ctx, wgmma),
                   CLINFER_PROVIDER_ABSENT);
}

/* Whatever the number of its multiprocessors: whole GPUs, and parts of one. */
static void report_of_units(void) {
  const size_t local = index_of("gemm_local");
  for (cl_uint units = 1; units <= 192; units++) {
    struct clinfer_context ctx = {.target.device = {.nvidia_sm = 90,
                                                    .compute_units = units,
                                                    .max_group = 1024,
                                                    .local_memory = 48 << 10}};
    ci_list_implementations(&ctx.target);
    ctx.target.enabled[local] = true;
    assert_int_equal(clinfer_context_provider(&ctx, local),
                     CLINFER_PROVIDER_UNTESTED);
  }
}

/* One name for two implementations. */
static void report_of_two(void) {
  struct clinfer_context ctx = {.target.device = {.nvidia_sm = 90,
                                                  .max_group = 1024,
                                                  .local_memory = 48 << 10}};
  const size_t skinny = index_of("gemm_skinny");
  ci_list_implementations(&ctx.target);
  ctx.target.enabled[skinny] = true;
  ctx.proofs.of[CI_NORMALISED_GEMM][skinny].proof = CI_PROVEN;
  assert_int_equal(clinfer_context_provider(&ctx, skinny),
                   CLINFER_PROVIDER_READY);
  ctx.proofs.of[CI_NORMALISED_GEMM][skinny].proof = CI_REFUTED;
  ctx.proofs.of[CI_GEMM][skinny].proof = CI_PROVEN;
  assert_int_equal(clinfer_context_provider(&ctx, skinny),
                   CLINFER_PROVIDER_FAILED);
}

/* No device has what the build has not. */
static void report_of_clblast(void) {
  const size_t clblast = index_of("gemm_clblast");
  clinfer_context *ctx = t_next(NULL, "")->ctx;
  assert_int_equal(clinfer_context_provider(ctx, clblast),
                   CI_WITH_CLBLAST ? CLINFER_PROVIDER_READY
                                   : CLINFER_PROVIDER_ABSENT);
}

static void variants(void) {
  const size_t tiled = index_of("gemm_tiled");
  size_t count = 0;
  while (clinfer_provider_variant(tiled, count) != NULL) count++;
  assert_true(count > 1);
  assert_null(clinfer_provider_variant(tiled, count + 1));
  assert_null(clinfer_provider_variant(index_of("gemm_skinny"), 0));
  assert_null(clinfer_provider_variant(index_of("row_item"), 0));
  assert_null(clinfer_provider_variant(CI_PROVIDERS, 0));
}

static const struct t_single singles[] = {
    {"the report", report},
    {"the report of proofs", report_of_proofs},
    {"the report of two implementations", report_of_two},
    {"the report on GPUs of any size", report_of_units},
    {"the report of CLBlast", report_of_clblast},
    {"names of variants", variants},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  return t_main(argc, argv, "report", tables, T_COUNT(tables));
}
