/* test_faults_device.c - devices that lack something, and one that is lost. */

#include "base/device.h"
#include "faults.h"
#include "known_call.h"
#include "queues.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

static const struct t_store f32 = {CLINFER_F32, 0, 0};
static const struct t_store f16 = {CLINFER_F16, 0, 0};

static clinfer_context *chooser(void) { return t_next(NULL, "")->ctx; }

static clinfer_status create(const char *disable, clinfer_context **ctx) {
  const clinfer_options options = {
      .struct_size = sizeof options, .cache_dir = "", .disable = disable};
  return clinfer_context_create(clinfer_context_cl(chooser()),
                                clinfer_context_device(chooser()), &options,
                                ctx);
}

static int back(void **state) {
  (void)state;
  shim_device = (struct shim_device){0};
  shim_find_device();
  return 0;
}

/* ---- Devices that are refused */

static const struct refused {
  const char *name;
  struct shim_device device;
  const char *words;
} refused[] = {
    {"no compiler", {.without_compiler = true}, "no OpenCL C compiler"},
    {"OpenCL 1.1", {.version = "OpenCL 1.1 x"}, "has OpenCL 1.1 x;"},
    {"no version", {.version = ""}, "OpenCL 1.2 is needed"},
    {"no number", {.version = "OpenCL"}, "OpenCL 1.2 is needed"},
};

static void refuses(void **state) {
  const struct refused *r = *state;
  clinfer_context *ctx = chooser();
  const struct faults_census before = faults_take_census();
  shim_device = r->device;
  assert_int_equal(create(NULL, &ctx), CLINFER_UNSUPPORTED);
  assert_non_null(strstr(clinfer_last_error()->message, r->words));
  assert_null(ctx);
  if (r->device.without_compiler) {
    cl_device_id device = NULL;
    assert_int_equal(clinfer_find_device("0", &device), CLINFER_NO_DEVICE);
    assert_null(device);
  }
  back(NULL);
  assert_null(faults_compare(&before));
  assert_int_equal(create(NULL, &ctx), CLINFER_OK);
  clinfer_context_destroy(ctx);
}

/* ---- Devices that are small, or have small registers */

static const struct small {
  const char *name;
  struct shim_device device;
  bool same_kernels; /* as without it */
} small[] = {
    {"groups of 1", {.max_group = 1}, false},
    {"groups of 64", {.max_group = 64}, false},
    {"16 KiB of local memory", {.local_memory = 16 << 10}, false},
    {"groups of 64, 16 KiB",
     {.max_group = 64, .local_memory = 16 << 10},
     false},
    {"small sub-groups of Intel's",
     {.type = CL_DEVICE_TYPE_GPU,
      .text = "Intel(R)",
      .extensions = "cl_intel_required_subgroup_size",
      .sub_group = 8},
     false},
    {"1 MiB a buffer", {.max_alloc = 1 << 20}, true},
    {"no compute units", {.without_units = true}, true},
    {"empty texts", {.text = ""}, true},
    {"OpenCL 3.0", {.version = "OpenCL 3.0 x"}, true},
};

/* What an operator is called with, and how far two results may be apart: sums
 * are taken in the order that the groups' size brings with it. f16 lies so that
 * matrix units would take it. */
static const struct form {
  struct call_sizes sizes;
  const struct t_store *store;
  double absolute, relative;
} forms[] = {
    {{33, 300, 80, 130}, &f32, 1e-4, 1e-5},
    {{3, 70, 140, 35}, &f32, 1e-4, 1e-5},
    {{33, 320, 80, 136}, &f16, 0.05, 2e-3},
};

static void require_close(const struct call *got, const struct call *want,
                          const struct form *form) {
  for (size_t i = 0; i < got->op->count; i++) {
    struct t_matrix *a = got->made[i], *b = want->made[i];
    if (got->op->operands[i].kind != CALL_OUTPUT) continue;
    T_READ(a);
    T_READ(b);
    for (size_t e = 0; e < a->view.rows * a->view.cols; e++)
      if (!(fabs(a->values[e] - b->values[e]) <=
            form->absolute + form->relative * fabs(b->values[e])))
        fail_msg("%s: element %zu is %g, not %g", got->op->name, e,
                 a->values[e], b->values[e]);
  }
}

/* Only `ctx` is of the small device. */
static void compare_all(clinfer_context *ctx, const struct small *s,
                        const struct form *form) {
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call want = call_make(call_operator_at(i), chooser(),
                                       &form->sizes, *form->store);
    struct call got = call_twin(&want);
    got.ctx = ctx;
    t_at("%s", got.op->name);
    back(NULL);
    T_OK(call_run(&want));
    shim_device = s->device;
    T_OK(call_run(&got));
    back(NULL);
    require_close(&got, &want, form);
    t_release();
  }
}

/* In the wide run all; else one as the device is, and as it would be were it no
 * CPU, in turns, one of the others. */
static bool meets(const struct small *s, size_t way, size_t form) {
  const size_t turn = (size_t)(s - small) % 2 * 2;
  return s->same_kernels || t_is_wide() || form == (way == 0 ? 1 : turn);
}

/* As the device is, and as it would be were it no CPU. */
static void suffices(void **state) {
  static const char *const disabled[] = {NULL,
                                         "row_item,gemm_cpu,gemm_clblast"};
  const struct small *s = *state;
  if (s->device.local_memory && call_platform_is("rusticl"))
    skip(); /* it says twice of what a kernel takes */
  const size_t ways = s->same_kernels ? 1 : T_COUNT(disabled);
  const size_t count = s->same_kernels ? 1 : T_COUNT(forms);
  for (size_t d = 0; d < ways; d++) {
    clinfer_context *ctx = NULL;
    shim_device = s->device;
    if (create(disabled[d], &ctx) != CLINFER_OK)
      fail_msg("%s", clinfer_last_error()->message);
    back(NULL);
    for (size_t i = 0; i < count; i++)
      if (meets(s, d, i)) compare_all(ctx, s, &forms[i]);
    clinfer_context_destroy(ctx);
  }
}

/* ---- What a device says of itself */

static struct ci_device describe(struct shim_device device) {
  struct ci_device d;
  shim_device = device;
  assert_int_equal(ci_device_query(clinfer_context_device(chooser()), &d),
                   CLINFER_OK);
  back(NULL);
  return d;
}

/* Work is shared out among them, so there is one at least. */
static void no_units(void) {
  assert_int_equal(describe((struct shim_device){.without_units = true})
                       .compute_units,
                   1);
}

/* What matters may be said last. */
static void many_extensions(void) {
  static char extensions[20000];
  static const char last[] = " cl_intel_required_subgroup_size";
  memset(extensions, 'x', sizeof extensions - 1);
  strcpy(extensions + sizeof extensions - sizeof last, last);
  const struct ci_device d = describe((struct shim_device){
      .type = CL_DEVICE_TYPE_GPU,
      .text = "Intel(R)",
      .extensions = extensions,
      .sub_group = 8});
  assert_int_equal(d.intel_lanes, 8);
}

/* A driver that takes less than it said: groups too large for it are refused
 * when they are enqueued, as are kernels that take too much local memory. */
static void breaks_its_word(void) {
  static const struct call_sizes sizes = {33, 300, 80, 130};
  static const struct {
    struct shim_device device;
    cl_int code;
  } words[] = {{{.max_group = 1}, CL_INVALID_WORK_GROUP_SIZE},
               {{.local_memory = 1}, CL_OUT_OF_RESOURCES}};
  clinfer_context *ctx = NULL;
  assert_int_equal(create("row_item,gemm_cpu,gemm_clblast", &ctx), CLINFER_OK);
  const struct call c = call_make(call_operator_named("layer_norm"), ctx,
                                  &sizes, f32);
  for (size_t i = 0; i < T_COUNT(words); i++) {
    shim_device = words[i].device;
    assert_int_equal(call_run(&c), CLINFER_OPENCL_ERROR);
    assert_int_equal(clinfer_last_error()->code, words[i].code);
    assert_non_null(strstr(clinfer_last_error()->message,
                           "clEnqueueNDRangeKernel"));
    call_require_untouched(&c);
    back(NULL);
  }
  T_OK(call_run(&c));
  clinfer_context_destroy(ctx);
}

/* Scratch and packed weights larger than any buffer. */
static void too_large(void) {
  static const struct call_sizes sizes = {64, 8, 8192, 8};
  clinfer_context *ctx = NULL;
  shim_device = (struct shim_device){.max_alloc = 1 << 20};
  assert_int_equal(create(NULL, &ctx), CLINFER_OK);
  const struct call c = call_make(call_operator_named("fused_gemm_gelu"), ctx,
                                  &sizes, f32);
  const size_t commands = shim_commands();
  assert_int_equal(call_run(&c), CLINFER_OUT_OF_MEMORY);
  assert_non_null(strstr(clinfer_last_error()->message, "scratch"));
  assert_int_equal(shim_commands(), commands);
  call_require_untouched(&c);

  const struct t_matrix *m = t_random(512, 640, f16, -1, 1);
  clinfer_weight w = clinfer_weight_of(m->view);
  const clinfer_status status = clinfer_weight_pack(ctx, t_queue, &w);
  assert_null(w.packed);
  if (status != CLINFER_OK) { /* else the device takes it as it lies */
    assert_int_equal(status, CLINFER_OUT_OF_MEMORY);
    assert_non_null(strstr(clinfer_last_error()->message, "clCreateBuffer"));
  }
  back(NULL);
  clinfer_context_destroy(ctx);
}

/* ---- A device that is lost */

struct life {
  struct known_call k;
  bool cold; /* in a context of its own */
  clinfer_context *warm;
};

static clinfer_status live(struct life *l) {
  l->k.c.ctx = l->warm;
  if (!l->cold) return call_run(&l->k.c);
  CI_TRY(create(NULL, &l->k.c.ctx));
  const clinfer_status status = call_run(&l->k.c);
  clinfer_context_destroy(l->k.c.ctx);
  return status;
}

/* After n calls; whether there were as many. */
static bool lose(struct life *l, size_t n) {
  const struct faults_census before = faults_take_census();
  known_call_prepare(&l->k);
  shim_lose_device(n);
  const clinfer_status status = live(l);
  const bool lost = status != CLINFER_OK;
  if (lost) {
    assert_true(clinfer_last_error()->code == CL_OUT_OF_RESOURCES);
    assert_int_not_equal(live(l), CLINFER_OK);
  }
  shim_find_device();
  const char *wrong = known_call_judge(&l->k, status);
  known_call_prepare(&l->k);
  if (wrong == NULL) wrong = known_call_judge(&l->k, live(l));
  if (wrong == NULL) wrong = faults_compare(&before);
  if (wrong) fail_msg("after %zu calls: %s", n, wrong);
  return lost;
}

static void lost(void) {
  static const struct call_sizes sizes = {3, 6, 10, 5};
  for (const struct t_provider *p = t_next(NULL, "gemm_clblast"); p;
       p = t_next(p, "gemm_clblast"))
    for (int cold = 0; cold < 2; cold++) {
      struct life l = {.warm = p->ctx};
      known_call_learn(
          &l.k, call_make(call_operator_named("mlp_gemm after attention"),
                          p->ctx, &sizes, f32));
      l.cold = cold && p->ctx == chooser();
      size_t n = 0;
      while (lose(&l, n)) n++;
      assert_true(n > 10);
      known_call_free(&l.k);
      t_release();
    }
}

/* The device is lost between two kernels of a queue without order: no marker
 * can cover the first, so its scratch must not go to the next call. */
static void uncovered(void) {
  static const struct call_sizes sizes = {3, 6, 10, 5};
  if (!queue_possible(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE)) return;
  struct known_call k;
  struct call c = call_make(call_operator_named("mlp_gemm after attention"),
                            chooser(), &sizes, f32);
  c.exec.queue = queue_make(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
  known_call_learn(&k, c);
  size_t half_way = 0;
  for (size_t n = 0;; n++) {
    known_call_prepare(&k);
    const long buffers = shim_live(SHIM_BUFFER);
    shim_lose_device(n);
    const clinfer_status status = call_run(&k.c);
    shim_find_device();
    if (shim_commands() > k.commands && status != CLINFER_OK) {
      half_way++;
      assert_int_equal(shim_live(SHIM_BUFFER), buffers - 1);
    }
    assert_null(known_call_judge(&k, status));
    if (status == CLINFER_OK) break;
    known_call_prepare(&k);
    assert_null(known_call_judge(&k, call_run(&k.c)));
  }
  assert_true(half_way > 0);
  clReleaseCommandQueue(c.exec.queue);
  known_call_free(&k);
}

static const struct t_single singles[] = {
    {"one compute unit at least", no_units},
    {"20 KB of extensions", many_extensions},
    {"a driver that takes less than it said", breaks_its_word},
    {"more than a buffer holds", too_large},
    {"a device that is lost", lost},
    {"scratch of a device that is lost", uncovered},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(refuses, refused),
                                          T_TABLE(suffices, small),
                                          T_TABLE(t_call, singles)};
  return t_main(argc, argv, "faults_device", tables, T_COUNT(tables));
}
