/* test_units.c - the GEMM for matrix units that are not here: the kernels
 * run on PoCL with the one instruction that matters emulated. */

#define _DEFAULT_SOURCE

#include "choose/comparison.h"
#include "context/context.h"
#include "gemm/gemm.h"
#include "gemm/samples.h"
#include "tester.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "files.h"

/* ---- The library's kernels, with another unit_instructions.cl */

/* Where the lanes of the emulation meet, 32 halves each: PoCL's kernels can
 * reach the host's memory. Groups are as many as the largest sample has
 * tiles; more would spoil one another's results. The address stays the
 * same, if it can be had, so that PoCL knows the kernels again. */
enum { GROUPS = 1700, MEETING_SIZE = GROUPS * 512 * 32 * 2 };
static void *meeting;

static void emulate_units(const char *folder, bool wrong) {
  char path[2 * FILES_PATH], text[8192];
  size_t size;
  unsigned char *emulation = files_read(TEST_EMULATION, &size);
  const int length = snprintf(text, sizeof text,
                              "#define MEETING %" PRIuPTR
                              "ul\n#define GROUPS %d\n#define WRONG %d\n%s",
                              (uintptr_t)meeting, GROUPS, wrong,
                              (char *)emulation);
  assert_in_range(length, 1, sizeof text - 1);
  snprintf(path, sizeof path, "%s/lib/unit_instructions.cl", folder);
  files_write(path, text, (size_t)length);
  free(emulation);
}

/* ---- It is right, in every sample and variant, or refused */

static const struct emulated {
  const char *name;
  enum ci_units units;
  cl_uint intel_lanes;
  enum { RIGHT, WRONG, NOT_EMULATED } how;
  unsigned flags; /* whether every kernel is compiled */
} emulated[] = {
    {"mfma", CI_MFMA, 0, RIGHT, T_WIDELY},
    {"wmma", CI_WMMA, 0, RIGHT, T_WIDELY},
    {"dpas8", CI_DPAS8, 8, RIGHT, T_WIDELY},
    {"dpas16", CI_DPAS16, 16, RIGHT, T_EVERYWHERE},
    {"rows of a in other places", CI_DPAS16, 16, WRONG, T_EVERYWHERE},
    {"a device that does not know them", CI_DPAS16, 16, NOT_EMULATED,
     T_EVERYWHERE},
};

/* Every tile meets the ungated samples of halves, but for the largest, which
 * takes long; all samples meet the best one. */
static bool is_wanted(const struct ci_target *target,
                      const struct ci_problem *p, int variant) {
  const struct ci_gemm *g = &p->gemm;
  const bool by_every_tile = g->c.rows < 1000 && g->a.dtype == CLINFER_F16 &&
                             !g->epilogue.gated;
  return ci_gemm_units.supports(target, p) &&
         (by_every_tile || variant == ci_gemm_units.best(target, p));
}

static void check_every_tile(clinfer_context *ctx) {
  for (size_t i = 0; i < ci_gemm_sample_count; i++) {
    const struct ci_problem gemm = ci_gemm_sample(i);
    for (int v = 0; ci_gemm_units.variants[v]; v++) {
      if (!is_wanted(&ctx->target, &gemm, v)) continue;
      t_at("%s, sample %zu", ci_gemm_units.variants[v], i);
      T_OK(ci_compare(&ctx->runtime, &ctx->target, &gemm,
                      (struct ci_choice){&ci_gemm_units, v}));
    }
  }
}

/* Whether it computes a GEMM in the context, after a proof. */
static bool is_used(clinfer_context *ctx) {
  const struct ci_problem gemm = ci_gemm_sample(0);
  struct ci_plan plan;
  T_OK(ci_begin(&plan, ctx, &t_exec));
  T_OK(ci_plan(&plan, &gemm));
  return plan.steps[plan.step_count - 1].id.kernel == CI_KERNEL_GEMM_UNITS;
}

static void proves_itself(void **state) {
  const struct emulated *e = *state;
  clinfer_context *chooser = t_next(NULL, "")->ctx, *ctx = NULL;
  const clinfer_options options = {.struct_size = sizeof options,
                                   .disable = "gemm_cpu,gemm_skinny",
                                   .cache_dir = ""};
  char folder[FILES_PATH];
  if (strstr(chooser->target.device.platform, "PoCL") == NULL) skip();
  if (!t_goes_everywhere(e->flags)) skip();
  files_make_folder(folder);
  files_copy(TEST_CL_DIR, folder);
  if (e->how != NOT_EMULATED) emulate_units(folder, e->how == WRONG);
  setenv("CLINFER_CL_DIR", folder, 1);
  const clinfer_status
      created = clinfer_context_create(clinfer_context_cl(chooser),
                                       clinfer_context_device(chooser),
                                       &options, &ctx);
  unsetenv("CLINFER_CL_DIR");
  assert_int_equal(created, CLINFER_OK);
  ctx->target.device.units = e->units;
  ctx->target.device.intel_lanes = e->intel_lanes;
  assert_int_equal(is_used(ctx), e->how == RIGHT);
  assert_int_equal(clinfer_context_provider(ctx, CI_GEMM_UNITS),
                   e->how == RIGHT ? CLINFER_PROVIDER_READY
                                   : CLINFER_PROVIDER_FAILED);
  if (e->how == RIGHT && t_is_wide()) check_every_tile(ctx);
  clinfer_context_destroy(ctx);
  files_remove(folder);
}

/* ---- Which devices have which units */

#define DPAS "cl_khr_fp16 cl_intel_subgroup_matrix_multiply_accumulate"
#define AMD "Advanced Micro Devices, Inc."

static const struct known {
  const char *name, *vendor, *extensions;
  cl_uint intel_lanes;
  enum ci_units units;
} known[] = {
    {"gfx90a:sramecc+:xnack-", AMD, "", 0, CI_MFMA},
    {"gfx942:sramecc+:xnack-", AMD, "", 0, CI_MFMA},
    {"gfx1100", AMD, "", 0, CI_WMMA},
    {"gfx906:sramecc+:xnack-", AMD, "", 0, CI_NO_UNITS},
    {"gfx1030", AMD, "", 0, CI_NO_UNITS},
    {"gfx1200", AMD, "", 0, CI_NO_UNITS},
    {"AMD Radeon RX 7900 XT (radeonsi, navi31)", "AMD", "", 0, CI_NO_UNITS},
    {"Intel(R) Arc(TM) A770 Graphics", "Intel(R) Corporation", DPAS, 8,
     CI_DPAS8},
    {"Intel(R) Data Center GPU Max 1550", "Intel(R) Corporation", DPAS, 16,
     CI_DPAS16},
    {"Intel(R) UHD Graphics 770", "Intel(R) Corporation", "cl_khr_fp16", 8,
     CI_NO_UNITS},
    {"an Intel GPU of other sub-groups", "Intel(R) Corporation", DPAS, 32,
     CI_NO_UNITS},
};

static void knows(void **state) {
  const struct known *k = *state;
  struct ci_device device = {.intel_lanes = k->intel_lanes};
  snprintf(device.name, sizeof device.name, "%s", k->name);
  snprintf(device.vendor, sizeof device.vendor, "%s", k->vendor);
  assert_int_equal(ci_units_of(&device, k->extensions), k->units);
}

/* ---- Plans */

static void is_for_halves(void) {
  struct ci_target target = {
      .device = {.max_group = 1024, .local_memory = 64 << 10}};
  const struct ci_problem f16 = {
      .kind = CI_GEMM,
      .gemm = {.a.dtype = CLINFER_F16, .w.matrix.dtype = CLINFER_F16}};
  struct ci_problem mixed = f16;
  mixed.gemm.w.matrix.dtype = CLINFER_F32;
  assert_false(ci_gemm_units.supports(&target, &f16));
  target.device.units = CI_MFMA;
  assert_true(ci_gemm_units.supports(&target, &f16));
  assert_false(ci_gemm_units.supports(&target, &mixed));
  target.device.max_group = 64;
  assert_false(ci_gemm_units.supports(&target, &f16));
}

static size_t groups_of(const struct ci_target *target, size_t M, size_t N) {
  struct ci_plan plan = {.target = target};
  const clinfer_matrix w = clinfer_matrix_of(NULL, 64, N, CLINFER_F16);
  const struct ci_problem p = {
      .kind = CI_GEMM,
      .gemm = {.a = clinfer_matrix_of(NULL, M, 64, CLINFER_F16),
               .w = clinfer_weight_of(w),
               .c = clinfer_matrix_of(NULL, M, N, CLINFER_F16)}};
  struct ci_choice units = {&ci_gemm_units, CI_ANY_VARIANT};
  assert_int_equal(ci_plan_by(&plan, &p, &units), CLINFER_OK);
  return plan.steps[0].global[0] / plan.steps[0].local[0];
}

/* Tiles of 128 x 128, 64 x 64 and 32 x 64. */
static void keeps_the_device_busy(void) {
  struct ci_target target = {.device = {.max_group = 1024,
                                        .local_memory = 64 << 10,
                                        .compute_units = 104,
                                        .units = CI_MFMA}};
  assert_int_equal(groups_of(&target, 4096, 4096), 1024);
  assert_int_equal(groups_of(&target, 512, 1024), 128);
  assert_int_equal(groups_of(&target, 33, 65), 4);
  target.device.local_memory = 32 << 10;
  assert_int_equal(groups_of(&target, 4096, 4096), 4096);
}

static const struct t_single singles[] = {
    {"halves only", is_for_halves},
    {"a busy device", keeps_the_device_busy},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(proves_itself, emulated),
                                          T_TABLE(knows, known),
                                          T_TABLE(t_call, singles)};
  meeting = mmap((void *)0x200000000000, MEETING_SIZE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (meeting == MAP_FAILED) return 1;
  return t_main(argc, argv, "gemm_units", tables, T_COUNT(tables));
}
