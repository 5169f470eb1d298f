/* test_kernels.c - kernels are found by what they are built from, made once,
 * and no argument is set in vain. */

#define _POSIX_C_SOURCE 200809L

#include "context/context.h"
#include "files.h"
#include "run/plan.h"
#include "shim.h"
#include "tester.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void count_built(void *user, const char *line) {
  size_t *built = user;
  *built += strncmp(line, "built ", 6) == 0;
}

/* A context that keeps nothing on disk, and counts what it builds. */
static clinfer_context *open_own(size_t *built) {
  clinfer_context *chooser = t_next(NULL, "")->ctx, *ctx = NULL;
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = "",
                                   .log = count_built,
                                   .log_user = built};
  *built = 0;
  assert_int_equal(clinfer_context_create(clinfer_context_cl(chooser),
                                          clinfer_context_device(chooser),
                                          &options, &ctx),
                   CLINFER_OK);
  return ctx;
}

static struct ci_kernel *get(clinfer_context *ctx,
                             const struct ci_kernel_id *id) {
  struct ci_kernel *kernel = NULL;
  assert_int_equal(ci_kernel_get(&ctx->runtime.programs, id, &kernel),
                   CLINFER_OK);
  assert_non_null(kernel);
  return kernel;
}

static struct ci_kernel_id make_id(enum ci_word activation) {
  struct ci_plan plan = {.step_count = 0};
  struct ci_step
      *step = ci_plan_kernel(&plan, CI_KERNEL_ROW_BIAS_ACTIVATION_REFERENCE);
  ci_option_type(step, CI_OPTION_X_TYPE, CLINFER_F32);
  ci_option_word(step, CI_OPTION_BIAS_TYPE, CI_WORD_none);
  ci_option_type(step, CI_OPTION_Y_TYPE, CLINFER_F32);
  ci_option_word(step, CI_OPTION_ACTIVATION, activation);
  ci_option(step, CI_OPTION_GATED, 0);
  ci_option_matrix(step, CI_OPTION_RESIDUAL_TYPE, clinfer_no_matrix());
  ci_option(step, CI_OPTION_SPLIT, CI_WORD_f32); /* the kernel reads none */
  return step->id;
}

static void made_once(void) {
  size_t built;
  clinfer_context *ctx = open_own(&built);
  const struct ci_kernel_id id = make_id(CI_WORD_relu),
                            again = make_id(CI_WORD_relu);
  struct ci_kernel *kernel = get(ctx, &id);
  assert_int_equal(built, 1);
  assert_ptr_equal(get(ctx, &id), kernel);
  assert_ptr_equal(get(ctx, &again), kernel);
  assert_int_equal(built, 1);
  clinfer_context_destroy(ctx);
}

/* Bytes between its fields and behind its last option tell nothing. */
static void same_elsewhere(void) {
  size_t built;
  clinfer_context *ctx = open_own(&built);
  const struct ci_kernel_id id = make_id(CI_WORD_relu);
  struct ci_kernel_id other;
  memset(&other, 0xa5, sizeof other);
  other.kernel = id.kernel;
  other.option_count = id.option_count;
  memcpy(other.options, id.options, id.option_count * sizeof *id.options);
  struct ci_kernel *kernel = get(ctx, &id);
  assert_ptr_equal(get(ctx, &other), kernel);
  assert_int_equal(built, 1);
  clinfer_context_destroy(ctx);
}

static void other_options(void) {
  size_t built;
  clinfer_context *ctx = open_own(&built);
  const struct ci_kernel_id id = make_id(CI_WORD_relu),
                            word = make_id(CI_WORD_silu);
  struct ci_kernel_id number = id, fewer = id, kind = id;
  number.options[4].value++;
  fewer.option_count--;
  kind.options[4].is_word = true; /* of the same number */
  const struct ci_kernel_id *const ids[] = {&id, &word, &number, &fewer, &kind};
  struct ci_kernel *kernels[T_COUNT(ids)];
  for (size_t i = 0; i < T_COUNT(ids); i++) {
    kernels[i] = get(ctx, ids[i]);
    assert_int_equal(built, i + 1);
    for (size_t k = 0; k < i; k++) assert_ptr_not_equal(kernels[k], kernels[i]);
  }
  for (size_t i = 0; i < T_COUNT(ids); i++)
    assert_ptr_equal(get(ctx, ids[i]), kernels[i]);
  clinfer_context_destroy(ctx);
}

/* A context with kernels of its own, which are only this one. */
static clinfer_context *open_with(const char *text, size_t *built) {
  char folder[FILES_PATH], path[FILES_PATH + 64];
  files_make_folder(folder);
  snprintf(path, sizeof path, "%s/row", folder);
  assert_int_equal(mkdir(path, 0700), 0);
  snprintf(path, sizeof path, "%s/row/residual_add.cl", folder);
  files_write(path, text, strlen(text));
  setenv("CLINFER_CL_DIR", folder, 1);
  clinfer_context *ctx = open_own(built);
  unsetenv("CLINFER_CL_DIR");
  return ctx;
}

static void close_with(clinfer_context *ctx) {
  files_remove(ctx->runtime.programs.cl_dir);
  clinfer_context_destroy(ctx);
}

/* A failure is not remembered as a kernel. */
static void missing_kernel(void) {
  size_t built;
  clinfer_context *ctx = open_with("", &built);
  const struct ci_kernel_id id = make_id(CI_WORD_relu);
  struct ci_kernel *kernel;
  for (int i = 0; i < 2; i++)
    assert_int_equal(ci_kernel_get(&ctx->runtime.programs, &id, &kernel),
                     CLINFER_BAD_FILE);
  close_with(ctx);
}

/* No kernel has a default: the user reads which file lacks something. */
static void missing_option(void) {
  size_t built;
  clinfer_context *ctx = open_own(&built);
  struct ci_kernel_id id = make_id(CI_WORD_relu);
  struct ci_kernel *kernel;
  id.option_count = 2;
  assert_int_equal(ci_kernel_get(&ctx->runtime.programs, &id, &kernel),
                   CLINFER_BUILD_FAILED);
  assert_non_null(
      strstr(clinfer_last_error()->build_log,
             "row/bias_activation_reference.cl: a macro is missing"));
  clinfer_context_destroy(ctx);
}

/* In release builds, too, what there is no room for is refused. */
static void too_much(void) {
  size_t built;
  clinfer_context *ctx = open_own(&built);
  struct ci_kernel_id id = make_id(CI_WORD_relu);
  struct ci_kernel *kernel = get(ctx, &id);
  const cl_uint number = 1;
  assert_int_equal(ci_kernel_set(kernel, CI_MOST_VALUES, sizeof number,
                                 &number),
                   CLINFER_UNSUPPORTED);
  assert_int_equal(ci_kernel_set_buffer(kernel, CI_MOST_VALUES, NULL),
                   CLINFER_UNSUPPORTED);
  while (id.option_count < CI_MOST_OPTIONS)
    ci_id_number(&id, CI_OPTION_GROUP, 1);
  get(ctx, &id);
  for (int i = 0; i < 2; i++) {
    ci_id_number(&id, CI_OPTION_GROUP, 1);
    assert_int_equal(ci_kernel_get(&ctx->runtime.programs, &id, &kernel),
                     CLINFER_UNSUPPORTED);
    assert_non_null(strstr(clinfer_last_error()->message, "too many options"));
  }
  clinfer_context_destroy(ctx);
}

static size_t sets; /* of kernel arguments, up to the last check */

static void require_sets(clinfer_status got, clinfer_status want, size_t more) {
  assert_int_equal(got, want);
  assert_int_equal(shim_calls(SHIM_clSetKernelArg) - sets, more);
  sets += more;
}

/* The kernel's arguments: x, x_at, bias, bias_at, y, y_at, cols. */
static void values_once(void) {
  size_t built;
  clinfer_context *ctx = open_own(&built);
  const struct ci_kernel_id id = make_id(CI_WORD_relu);
  struct ci_kernel *k = get(ctx, &id);
  const cl_mem mem = t_output(1, 1, (struct t_store){CLINFER_F32, 0, 0})
                         ->view.mem;
  const cl_ulong at[] = {3, 5}, other[] = {3, 6};
  const cl_uint cols = 7;
  sets = shim_calls(SHIM_clSetKernelArg);
  require_sets(ci_kernel_set(k, 1, sizeof at, at), CLINFER_OK, 1);
  require_sets(ci_kernel_set(k, 1, sizeof at, at), CLINFER_OK, 0);
  require_sets(ci_kernel_set(k, 5, sizeof at, at), CLINFER_OK, 1);
  require_sets(ci_kernel_set(k, 1, sizeof at, other), CLINFER_OK, 1);
  require_sets(ci_kernel_set(k, 1, sizeof at, at), CLINFER_OK, 1);
  require_sets(ci_kernel_set_buffer(k, 2, NULL), CLINFER_OK, 1);
  require_sets(ci_kernel_set_buffer(k, 2, NULL), CLINFER_OK, 0);
  for (int i = 0; i < 2; i++) /* it may be another buffer by now */
    require_sets(ci_kernel_set_buffer(k, 2, mem), CLINFER_OK, 1);
  require_sets(ci_kernel_set_buffer(k, 2, NULL), CLINFER_OK, 1);
  require_sets(ci_kernel_set(k, 6, sizeof cols, &cols), CLINFER_OK, 1);
  require_sets(ci_kernel_set(k, 6, 1, "x"), CLINFER_OPENCL_ERROR, 1);
  require_sets(ci_kernel_set(k, 6, sizeof cols, &cols), CLINFER_OK, 1);
  clinfer_context_destroy(ctx);
}

/* A source with Hopper's instructions is retargeted, or refused elsewhere. */
static void marked_source(void) {
  static const char text[] =
      "__kernel void row_residual_add(__global int *y) {\n"
      "#ifdef __NV_CL_C_VERSION\n"
      "  asm volatile(\"//sm_90a wgmma.fence.sync.aligned;\" ::: \"memory\");\n"
      "#endif\n"
      "  y[0] = 1;\n"
      "}\n";
  size_t built;
  clinfer_context *ctx = open_with(text, &built);
  const struct ci_kernel_id id = {.kernel = CI_KERNEL_ROW_RESIDUAL_ADD};
  struct ci_kernel *kernel;
  assert_int_equal(ci_kernel_get(&ctx->runtime.programs, &id, &kernel),
                   ctx->target.device.nvidia_sm == 90 ? CLINFER_OK
                                                      : CLINFER_BUILD_FAILED);
  close_with(ctx);
}

static const struct t_single singles[] = {
    {"made once", made_once},
    {"the same elsewhere", same_elsewhere},
    {"other options", other_options},
    {"a missing kernel", missing_kernel},
    {"a missing option", missing_option},
    {"too much", too_much},
    {"values are set once", values_once},
    {"a marked source", marked_source},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  return t_main(argc, argv, "kernels", tables, T_COUNT(tables));
}
