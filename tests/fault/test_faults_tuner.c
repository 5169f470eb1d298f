/* test_faults_tuner.c - clinfer-check's tuner lets a provider compute a case,
 * while the calls that this takes fail: no time is claimed for a call that did
 * not succeed, and the next provider gets its turn. */

#include "calls.h"
#include "faults.h"

#include <stdlib.h>
#include <string.h>

#include "engine/contender.h"
#include "engine/tune_case.h"
#include "choose/clblast_parameters.h"
#include "lib/json.h"

struct tuning {
  struct session session;
  struct case_list cases;
  struct contender contender;
  bool timed, told; /* what the line says */
};

static clinfer_status tune(void *state) {
  struct tuning *t = state;
  struct tune_round round = {0};
  cJSON *line = tune_case(&round, &t->contender, &t->session, &t->cases,
                          t->cases.items);
  t->timed = json_number(line, "wall_us", 0) > 0;
  t->told = *json_text(line, "message") || *json_text(line, "skip");
  cJSON_Delete(line);
  tune_round_end(&round);
  contender_close(&t->contender);
  return t->timed ? CLINFER_OK : CLINFER_OPENCL_ERROR;
}

static const char *judge(void *state, clinfer_status status) {
  const struct tuning *t = state;
  (void)status;
  return t->timed == t->told ? "neither a time nor why, or both" : NULL;
}

static struct contender find(const char *name) {
  const struct options options = {.command = "tune"};
  struct contender_list list = contenders_of(&options);
  struct contender found = {0};
  for (size_t i = 0; i < list.count; i++)
    if (strcmp(list.items[i].name, name) == 0) found = list.items[i];
  free(list.items);
  assert_string_equal(found.name, name);
  return found;
}

static struct tuning tuning_of(const char *name, struct test_case *c) {
  clinfer_context *ctx = t_next(NULL, "")->ctx;
  *c = (struct test_case){.seed = 17};
  const char *wrong = case_parse("linear:f32:m=3,k=7,n=5,pack=1", c);
  assert_null(wrong);
  return (struct tuning){.session = {.device = clinfer_context_device(ctx),
                                     .context = clinfer_context_cl(ctx),
                                     .queue = t_queue,
                                     .ctx = ctx,
                                     .largest = 1 << 20},
                         .cases = {c, 1},
                         .contender = find(name)};
}

#if CI_WITH_CLBLAST
/* CLBlast is timed with the parameters that the table has: here those that the
 * library gives it on PoCL, whose kernels other tests compile as well. It gets
 * parameters once, so this is the first case. */
static void parameters(void) {
  struct test_case c;
  struct tuning t = tuning_of("gemm_clblast", &c);
  const size_t built_in = call_platform_is("Portable Computing Language")
                              ? CI_CLBLAST_KERNELS
                              : 0;
  t.contender.clblast =
      "clblast Copy: COPY_DIMX=16 COPY_DIMY=8 COPY_VW=8 COPY_WPT=4\n";
  assert_int_equal(shim_calls(SHIM_CLBlastOverrideParameters), 0);
  assert_int_equal(tune(&t), CLINFER_OK);
  assert_int_equal(shim_calls(SHIM_CLBlastOverrideParameters), built_in + 1);
}
#else
static void parameters(void) { skip(); }
#endif

/* No kernels come from disk: one of those that cannot be launched is compiled,
 * which gets around the fault. */
static void survives(void **state) {
  const char *const *name = *state;
  assert_int_equal(setenv("CLINFER_CACHE_DIR", "", 1), 0);
  struct test_case c;
  struct tuning t = tuning_of(*name, &c);
  if (!contender_suits(&t.contender, &t.session)) skip();
  const struct faults_work work = {
      .name = *name,
      .state = &t,
      .run = tune,
      .judge = judge,
      /* The tool ends without memory; the device's description may have gaps;
       * without the table's file there is no trial; at a trial's end nothing
       * depends on what clFinish says. */
      .ways = {{SHIM_malloc, FAULTS_SKIPPED},
               {SHIM_calloc, FAULTS_SKIPPED},
               {SHIM_realloc, FAULTS_SKIPPED},
               {SHIM_strdup, FAULTS_SKIPPED},
               {SHIM_clGetDeviceInfo, FAULTS_EITHER},
               {SHIM_clGetPlatformInfo, FAULTS_EITHER},
               {SHIM_clGetPlatformIDs, FAULTS_EITHER},
               {SHIM_clGetDeviceIDs, FAULTS_EITHER},
               {SHIM_clGetEventInfo, FAULTS_EITHER},
               {SHIM_clRetainEvent, FAULTS_EITHER},
               {SHIM_clGetProgramInfo, FAULTS_AROUND},
               {SHIM_clCreateProgramWithBinary, FAULTS_AROUND},
               {SHIM_clBuildProgram, FAULTS_EITHER},
               {SHIM_clCreateKernel, FAULTS_EITHER},
               {SHIM_clFinish, FAULTS_EITHER},
               {SHIM_rename, FAULTS_EITHER}},
      .untold = true,
      .one_error = true,
      .endless = true};
  faults_sweep(&work);
}

int main(int argc, char **argv) {
  static const char *const names[] = {"gemm_tiled 16x16", "gemm_cpu 4x4"};
  static const struct t_single first[] = {{"CLBlast's parameters", parameters}};
  static const struct t_table tables[] = {T_TABLE(t_call, first),
                                          T_TABLE(survives, names)};
  const int failures = t_main(argc, argv, "faults_tuner", tables,
                              T_COUNT(tables));
  faults_print();
  return failures;
}
