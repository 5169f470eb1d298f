/* test_misuse.c - bad calls that take more than one spoiled field, and a driver
 * that refuses what is right. */

#include "refusal.h"

#include <string.h>

static void foreign_event(void) {
  refusal_open_other();
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call good = call_make(call_operator_at(i), refusal_ctx(),
                                       &refusal_sizes, refusal_stores[0]);
    struct call bad = good;
    bad.exec.wait_list = &refusal_other.event;
    bad.exec.wait_count = 1;
    t_at("%s", good.op->name);
    refusal_require(&bad, &good,
                    (struct refusal){CLINFER_BAD_ARGUMENT, "wait_list[0]"});
    refusal_require_usable(&good);
    refusal_release();
  }
}

/* A question for scratch is checked like a call, and answers only if right. */
static void bad_question(void) {
  for (size_t i = 0; i < call_operator_count(); i++) {
    const struct call good = call_make(call_operator_at(i), refusal_ctx(),
                                       &refusal_sizes, refusal_stores[0]);
    struct call bad = good;
    size_t needed = 77;
    bad.exec.scratch_needed = &needed;
    bad.args.y.mem = NULL;
    t_at("%s", good.op->name);
    refusal_require(&bad, &good, (struct refusal){CLINFER_BAD_ARGUMENT, "y"});
    assert_int_equal(needed, 77);
    refusal_release();
  }
}

static void foreign_packed(void) {
  refusal_open_other();
  const struct call good = call_make(call_operator_named("linear"),
                                     refusal_ctx(), &refusal_sizes,
                                     refusal_stores[0]);
  struct call bad = good;
  const struct call narrow = call_make(call_operator_named("linear"),
                                       refusal_ctx(),
                                       &(struct call_sizes){3, 6, 10, 4},
                                       refusal_stores[0]);
  clinfer_weight w = narrow.args.weight;
  T_OK(clinfer_weight_pack(refusal_ctx(), t_queue, &w));
  bad.args.weight.packed = w.packed;
  if (w.packed) /* only where this device packs */
    refusal_require(&bad, &good,
                    (struct refusal){CLINFER_BAD_ARGUMENT, "weight"});
  clinfer_weight_unpack(&w);

  clinfer_weight elsewhere = good.args.weight;
  elsewhere.matrix.mem = refusal_other.buffer;
  T_OK(clinfer_weight_pack(refusal_other.ctx, refusal_other.queue, &elsewhere));
  bad.args.weight.packed = elsewhere.packed;
  if (elsewhere.packed)
    refusal_require(&bad, &good,
                    (struct refusal){CLINFER_BAD_ARGUMENT, "weight"});
  clinfer_weight_unpack(&elsewhere);
  refusal_require_usable(&good);
  refusal_release();
}

static void bad_packing(void) {
  refusal_open_other();
  const struct call c = call_make(call_operator_named("linear"), refusal_ctx(),
                                  &refusal_sizes, refusal_stores[0]);
  clinfer_weight w = c.args.weight;
  assert_int_equal(clinfer_weight_pack(NULL, t_queue, &w),
                   CLINFER_BAD_ARGUMENT);
  assert_int_equal(clinfer_weight_pack(c.ctx, t_queue, NULL),
                   CLINFER_BAD_ARGUMENT);
  assert_int_equal(clinfer_weight_pack(c.ctx, NULL, &w), CLINFER_BAD_QUEUE);
  assert_int_equal(clinfer_weight_pack(c.ctx, refusal_other.queue, &w),
                   CLINFER_BAD_QUEUE);
  w.layout = (clinfer_layout)7;
  assert_int_equal(clinfer_weight_pack(c.ctx, t_queue, &w),
                   CLINFER_BAD_ARGUMENT);
  w = c.args.weight;
  w.matrix.mem = refusal_other.buffer;
  assert_int_equal(clinfer_weight_pack(c.ctx, t_queue, &w), CLINFER_BAD_BUFFER);
  assert_null(w.packed);
  w = c.args.weight;
  T_OK(clinfer_weight_pack(c.ctx, t_queue, &w));
  if (w.packed)
    assert_int_equal(clinfer_weight_pack(c.ctx, t_queue, &w),
                     CLINFER_BAD_ARGUMENT);
  clinfer_weight_unpack(&w);
  assert_null(w.packed);
  clinfer_weight_unpack(&w);
  clinfer_weight_unpack(NULL);
}

/* A weight that was packed and then changed. */
static void stale_packed(void) {
  const struct call_sizes square = {3, 6, 10, 6};
  const struct call good = call_make(call_operator_named("linear"),
                                     refusal_ctx(), &square, refusal_stores[0]);
  clinfer_weight w = good.args.weight;
  T_OK(clinfer_weight_pack(refusal_ctx(), t_queue, &w));
  struct call bad = good;
  bad.args.weight = w;
  bad.args.weight.layout = CLINFER_IN_OUT + CLINFER_OUT_IN - w.layout;
  if (w.packed && w.matrix.rows == w.matrix.cols)
    refusal_require(&bad, &good,
                    (struct refusal){CLINFER_BAD_ARGUMENT, "weight"});
  bad.args.weight = w;
  bad.args.weight.matrix.offset = 0;
  if (w.packed)
    refusal_require(&bad, &good,
                    (struct refusal){CLINFER_BAD_ARGUMENT, "weight"});
  clinfer_weight_unpack(&w);
  refusal_release();
}

/* Scratch in which an operand lies. */
static void scratch_is_operand(void) {
  const struct call_sizes roomy = {64, 64, 64, 64};
  const struct call good = call_make(call_operator_named("fused_gemm_gelu"),
                                     refusal_ctx(), &roomy, refusal_stores[0]);
  struct call bad = good;
  size_t needed = 0;
  bad.exec.scratch_needed = &needed;
  T_OK(call_run(&bad));
  bad.exec.scratch_needed = NULL;
  bad.exec.scratch = refusal_buffer(&good, CL_MEM_READ_WRITE,
                                    2 * needed + 4 * 64 * 64);
  bad.args.y = clinfer_matrix_of(bad.exec.scratch, 64, 64, CLINFER_F32);
  refusal_require(&bad, &good,
                  (struct refusal){CLINFER_BAD_ALIAS, "exec.scratch"});
  refusal_release();
}

/* What one kernel writes for another to read. */
static void write_only_between(void) {
  static const char *const names[] = {"qkv_gemm", "mlp_gemm after attention"};
  for (size_t i = 0; i < T_COUNT(names); i++) {
    const struct call good = call_make(call_operator_named(names[i]),
                                       refusal_ctx(), &refusal_sizes,
                                       refusal_stores[0]);
    struct call bad = good;
    bad.args.second = clinfer_matrix_of(refusal_buffer(&good, CL_MEM_WRITE_ONLY,
                                                       4096),
                                        bad.args.second.rows,
                                        bad.args.second.cols, CLINFER_F32);
    t_at("%s", names[i]);
    refusal_require(&bad, &good,
                    (struct refusal){CLINFER_BAD_BUFFER, "normalised"});
    refusal_release();
  }
}

static size_t needed_by(struct call c) {
  size_t needed;
  c.exec.scratch_needed = &needed;
  T_OK(call_run(&c));
  return needed;
}

/* CLBlast's product, which a kernel of the library's own reads, goes to scratch
 * where it could not be read from y. */
static void write_only_output(void) {
  for (const struct t_provider *p = t_next(NULL, "gemm_clblast"); p;
       p = t_next(p, "gemm_clblast")) {
    struct call good = call_make(call_operator_named("linear"), p->ctx,
                                 &refusal_sizes,
                                 (struct t_store){CLINFER_F32, 0, 0});
    struct call own = call_twin(&good);
    struct t_matrix *y = own.made[good.op->count - 1];
    clReleaseMemObject(y->view.mem);
    y->view.mem = clCreateBuffer(clinfer_context_cl(p->ctx), CL_MEM_WRITE_ONLY,
                                 y->bytes, NULL, NULL);
    own.args.y = y->view;
    t_poison(y);
    t_at("%s", p->name);
    if (CI_WITH_CLBLAST && strcmp(p->name, "gemm_clblast") == 0)
      assert_true(needed_by(own) > needed_by(good));
    T_OK(call_run(&good));
    T_OK(call_run(&own));
    call_require_same(&good, &own);
    refusal_release();
  }
}

static const struct t_single singles[] = {
    {"event of another context", foreign_event},
    {"a bad call's scratch", bad_question},
    {"packed for another context or shape", foreign_packed},
    {"packing what cannot be packed", bad_packing},
    {"packed, then changed", stale_packed},
    {"scratch that is an operand", scratch_is_operand},
    {"an intermediate that cannot be read", write_only_between},
    {"an output that cannot be read", write_only_output},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(t_call, singles),
  };
  const int failures = t_main(argc, argv, "misuse", tables, T_COUNT(tables));
  refusal_close_other();
  return failures;
}
