/* test_prepare.c - calls with exec.prepare make what the later ones need, for
 * every number of rows, and do nothing else. */

#define _GNU_SOURCE /* RTLD_NEXT */

#include <dlfcn.h>
#if CI_WITH_CLBLAST
#include <clblast_c.h>
#endif

#include "cached_call.h"
#include "files.h"
#include "refusal.h"
#include "shim.h"

enum { MOST_ROWS = 20 };

static const struct t_store stores[] = {{CLINFER_F32, 0, 0},
                                        {CLINFER_F16, 1, 3}};

/* ---- What is built, by the library and by CLBlast: both call this one */

typedef void CL_CALLBACK notify(cl_program program, void *user);
typedef cl_int build(cl_program, cl_uint, const cl_device_id *, const char *,
                     notify *, void *);

static size_t builds;

__attribute__((visibility("default"))) cl_int
clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices,
               const char *options, notify *done, void *user) {
  build *next;
  *(void **)&next = dlsym(RTLD_NEXT, "clBuildProgram");
  builds++;
  return next(program, count, devices, options, done, user);
}

/* What CLBlast has compiled for this process. */
static void forget_clblast(void) {
#if CI_WITH_CLBLAST
  assert_int_equal(CLBlastClearCache(), CLBlastSuccess);
#endif
}

/* ---- Every operator, with every number of rows */

static struct call call_of(size_t op, clinfer_context *ctx, size_t rows,
                           struct t_store store) {
  const struct call_sizes sizes = {rows, 33, 65, 33};
  const struct call c = call_make(call_operator_at(op), ctx, &sizes, store);
  t_at("%s, %zu rows, f%d", c.op->name, rows,
       store.dtype == CLINFER_F16 ? 16 : 32);
  return c;
}

/* Nothing is enqueued, and no operand and no event is touched. */
static void prepare(struct call c) {
  cl_event event = REFUSAL_NO_EVENT, first = REFUSAL_NO_EVENT;
  size_t needed = 99, asked = 99;
  c.exec.event = &event;
  c.exec.first = &first;
  c.exec.prepare = 1;
  const size_t commands = shim_commands();
  assert_int_equal(call_run(&c), CLINFER_OK);
  c.exec.scratch_needed = &needed;
  assert_int_equal(call_run(&c), CLINFER_OK);
  c.exec.prepare = 0;
  c.exec.scratch_needed = &asked;
  assert_int_equal(call_run(&c), CLINFER_OK);
  assert_int_equal(needed, asked);
  assert_int_equal(shim_commands(), commands);
  assert_true(event == REFUSAL_NO_EVENT && first == REFUSAL_NO_EVENT);
  call_require_untouched(&c);
}

static void run(struct call c) {
  const size_t before = builds;
  T_OK(call_run(&c));
  assert_int_equal(builds, before);
}

/* In either store; unless the run is wide, operators take turns. */
static void for_each_call(clinfer_context *ctx, void (*body)(struct call c)) {
  for (size_t s = 0; s < T_COUNT(stores); s++)
    for (size_t op = 0; op < call_operator_count(); op++)
      for (size_t rows = 0; rows <= MOST_ROWS; rows++) {
        if (!t_is_wide() && s != op % T_COUNT(stores)) continue;
        body(call_of(op, ctx, rows, stores[s]));
        t_release();
      }
}

static void by_providers(const char *prefix) {
  const size_t before = builds;
  for (const struct t_provider *p = t_next(NULL, prefix); p;
       p = t_next(p, prefix)) {
    forget_clblast();
    for_each_call(p->ctx, prepare);
    for_each_call(p->ctx, run);
  }
  assert_true(builds > before);
}
/* Of GEMMs, unless the run is wide, the free choice and the plain kernels. */
static void by_gemm_providers(void) {
  by_providers(t_prefix(T_WIDELY, "gemm_"));
}
static void by_row_providers(void) { by_providers("row_"); }

/* ---- Where the kernels come from */

static void from_the_cache_folder(void) {
  char folder[FILES_PATH];
  files_make_folder(folder);
  for (int start = 0; start < 2; start++) {
    struct cached_call log = {0};
    clinfer_context *ctx = cached_call_open(folder, &log);
    for_each_call(ctx, prepare);
    const struct cached_call prepared = log;
    assert_true((start ? log.loaded : log.built) > 0);
    assert_int_equal(start ? log.built : log.loaded, 0);
    for_each_call(ctx, run);
    assert_int_equal(log.built, prepared.built);
    assert_int_equal(log.loaded, prepared.loaded);
    clinfer_context_destroy(ctx);
  }
  files_remove(folder);
}

/* ---- Recordings: what was recorded builds nothing when it runs */

static void recorded_products(void) {
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_")) {
    forget_clblast();
    clinfer_recording *r = NULL;
    assert_int_equal(clinfer_recording_create(p->ctx, &r), CLINFER_OK);
    for (size_t op = 0; op < call_operator_count(); op++) {
      struct call c = call_of(op, p->ctx, 3, stores[0]);
      c.exec = (clinfer_exec){.recording = r};
      assert_int_equal(call_run(&c), CLINFER_OK);
    }
    const size_t before = builds;
    T_OK(clinfer_recording_run(r, &t_exec));
    assert_int_equal(builds, before);
    clinfer_recording_destroy(r);
    t_release();
  }
}

/* ---- Refusals */

/* What a call refuses, a preparing one does. */
static void bad_arguments(void) {
  for (size_t op = 0; op < call_operator_count(); op++) {
    const struct call good = call_of(op, refusal_ctx(), 3, stores[0]);
    struct call bad = good;
    bad.exec.prepare = 1;
    bad.args.y.ld = bad.args.y.cols - 1;
    refusal_require(&bad, &good, (struct refusal){CLINFER_BAD_SHAPE, "y: "});
    bad = good;
    bad.exec.prepare = 1;
    bad.exec.queue = NULL;
    refusal_require(&bad, &good, (struct refusal){CLINFER_BAD_QUEUE, "queue"});
    t_release();
  }
}

/* A kernel that does not build: the message says so, and nothing is stored. */
static void failed_build(void) {
  struct cached_call log = {0};
  clinfer_context *ctx = cached_call_open("", &log);
  size_t needed = 99;
  const struct call good = call_of(1, ctx, 3, stores[0]);
  struct call c = good;
  c.exec.prepare = 1;
  c.exec.scratch_needed = &needed;
  shim_fail(SHIM_clBuildProgram, 1, CL_BUILD_PROGRAM_FAILURE);
  refusal_require(&c, &good, (struct refusal){CLINFER_BUILD_FAILED, "build"});
  assert_int_equal(needed, 99);
  prepare(good);
  run(good);
  clinfer_context_destroy(ctx);
}

static const struct t_single singles[] = {
    {"a recording", recorded_products},
    {"every number of rows, by each provider of GEMMs", by_gemm_providers},
    {"every number of rows, by each provider of rows", by_row_providers},
    {"from the cache folder", from_the_cache_folder},
    {"bad arguments", bad_arguments},
    {"a kernel that does not build", failed_build},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  return t_main(argc, argv, "prepare", tables, T_COUNT(tables));
}
