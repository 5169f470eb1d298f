/* test_faults_recording.c - recordings and packed weights, while the calls that
 * they make fail. */

#include "faults.h"
#include "known_call.h"
#include "base/status.h"

#include <string.h>

static const struct call_sizes sizes = {3, 6, 10, 5};
static const struct t_store f32 = {CLINFER_F32, 3, 2};

/* ---- A recording of two operators, run once */

struct recorded {
  struct known_call k;
  clinfer_recording *r;
};

static clinfer_status record(struct recorded *d) {
  struct call c = d->k.c;
  c.exec = (clinfer_exec){.recording = d->r};
  CI_TRY(call_run(&c));
  return call_run(&c); /* whatever it computes twice is the same */
}

static clinfer_status record_and_run(void *state) {
  struct recorded *d = state;
  const clinfer_exec exec = {
      .queue = t_queue, .event = &d->k.event, .first = &d->k.first};
  CI_TRY(clinfer_recording_create(d->k.c.ctx, &d->r));
  clinfer_status status = record(d);
  if (status == CLINFER_OK) status = clinfer_recording_run(d->r, &exec);
  clinfer_recording_destroy(d->r);
  return status;
}

static const char *judge_recorded(void *state, clinfer_status status) {
  struct recorded *d = state;
  return known_call_judge(&d->k, status);
}

static void records(void) {
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_")) {
    struct recorded d;
    const struct faults_work work = {.name = p->name,
                                     .state = &d,
                                     .prepare = known_call_prepare,
                                     .run = record_and_run,
                                     .judge = judge_recorded};
    known_call_learn(&d.k,
                     call_make(call_operator_named("mlp_gemm after attention"),
                               p->ctx, &sizes, f32));
    faults_sweep(&work);
    known_call_free(&d.k);
    t_release();
  }
}

/* An operator that could not be recorded leaves nothing behind but scratch,
 * which goes with the recording; what was recorded before still runs. */
static void keeps_what_it_had(void) {
  struct recorded d;
  struct known_call *k = &d.k;
  known_call_learn(k, call_make(call_operator_named("linear"),
                                t_next(NULL, "")->ctx, &sizes, f32));
  struct call other = call_make(call_operator_named("mlp_gemm after attention"),
                                k->c.ctx, &sizes, f32);
  struct known_call once; /* its kernels stay */
  known_call_learn(&once, other);
  known_call_free(&once);
  const struct faults_census before = faults_take_census();
  assert_int_equal(clinfer_recording_create(k->c.ctx, &d.r), CLINFER_OK);
  struct call first = k->c;
  first.exec = other.exec = (clinfer_exec){.recording = d.r};
  assert_int_equal(call_run(&first), CLINFER_OK);
  for (size_t n = 1;; n++) {
    shim_fail(SHIM_clRetainMemObject, n, CL_OUT_OF_RESOURCES);
    const clinfer_status status = call_run(&other);
    if (!shim_has_failed()) break;
    assert_int_equal(status, CLINFER_OPENCL_ERROR);
    known_call_prepare(k);
    assert_null(known_call_judge(k, clinfer_recording_run(d.r, &k->c.exec)));
  }
  clinfer_recording_destroy(d.r);
  assert_null(faults_compare(&before));
  known_call_free(k);
}

/* ---- A weight, packed and used */

static clinfer_status pack_and_run(void *state) {
  struct known_call *k = state;
  struct call c = k->c;
  CI_TRY(clinfer_weight_pack(c.ctx, t_queue, &c.args.weight));
  const clinfer_status status = call_run(&c);
  clinfer_weight_unpack(&c.args.weight);
  return status;
}

static void packs(void) {
  struct known_call k;
  const struct faults_work work = {.name = "pack",
                                   .state = &k,
                                   .prepare = known_call_prepare,
                                   .run = pack_and_run,
                                   .judge = known_call_judge};
  known_call_learn(&k, call_make(call_operator_named("linear"),
                                 t_next(NULL, "")->ctx, &sizes, f32));
  faults_sweep(&work);
  known_call_free(&k);
}

static const struct t_single singles[] = {
    {"a recording", records},
    {"an operator that is not recorded", keeps_what_it_had},
    {"a packed weight", packs},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  const int failures = t_main(argc, argv, "faults_recording", tables,
                              T_COUNT(tables));
  faults_print();
  return failures;
}
