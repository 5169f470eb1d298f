/* test_queues.c - operators on queues of every kind: they never block, start
 * after what they are told to wait for, and are over when their event is. */

#include "queues.h"

#include <string.h>

static const struct call_sizes sizes = {17, 33, 65, 33};
static const struct t_store f32 = {CLINFER_F32, 0, 0};
static const struct t_store f16 = {CLINFER_F16, 1, 3};

/* ---- Kinds of queues */

struct kind {
  const char *name;
  cl_command_queue_properties properties;
};
static const struct kind kinds[] = {
    {"in order", 0},
    {"out of order", CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE},
    {"profiling", CL_QUEUE_PROFILING_ENABLE},
    {"out of order, profiling",
     CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE | CL_QUEUE_PROFILING_ENABLE},
};

/* Nothing is written before the user event is set; the operator's own event
 * alone says when all is written. */
static void check_wait(struct call *c, cl_command_queue queue) {
  const struct call twin = call_run_twin(c);
  cl_event user = queue_user_event(), done = NULL;
  c->exec = (clinfer_exec){
      .queue = queue, .wait_count = 1, .wait_list = &user, .event = &done};
  assert_int_equal(call_run(c), CLINFER_OK);
  assert_non_null(done);
  clFlush(queue);
  assert_true(queue_state_of(done) > CL_COMPLETE);
  call_require_untouched(c);
  clSetUserEventStatus(user, CL_COMPLETE);
  assert_int_equal(clWaitForEvents(1, &done), CL_SUCCESS);
  assert_int_equal(queue_state_of(done), CL_COMPLETE);
  call_require_same(c, &twin);
  clReleaseEvent(done);
  clReleaseEvent(user);
}

static void waits_for_user_event(void **state) {
  const struct kind *kind = *state;
  if (!queue_possible(kind->properties)) skip();
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_"))
    for (size_t i = 0; i < 2 * call_operator_count(); i++) {
      cl_command_queue queue = queue_make(kind->properties);
      struct call c = call_make(call_operator_at(i / 2), p->ctx, &sizes,
                                i % 2 ? f16 : f32);
      t_at("%s, %s, %s", c.op->name, p->name, i % 2 ? "f16" : "f32");
      check_wait(&c, queue);
      clReleaseCommandQueue(queue);
      t_release();
    }
}

/* A problem without elements has an event, and waits like any other. */
static void waits_without_elements(void **state) {
  const struct kind *kind = *state;
  if (!queue_possible(kind->properties)) skip();
  const struct call_sizes none = {0, 33, 65, 33};
  for (size_t i = 0; i < call_operator_count(); i++) {
    cl_command_queue queue = queue_make(kind->properties);
    struct call c = call_make(call_operator_at(i), queue_ctx(), &none, f32);
    t_at("%s", c.op->name);
    check_wait(&c, queue);
    clReleaseCommandQueue(queue);
    t_release();
  }
}

/* PoCL 3.1 aborts when an event fails that nobody but its queue refers to, as
 * is the one between two kernels of an operator. Not so for a single kernel. */
static bool can_fail(const struct call_operator *op) {
  return !call_platform_is("Portable Computing Language") ||
         !call_operand_in(op, WEIGHT);
}

/* What cannot start does not succeed, and spoils no later call. */
static void fails_with_user_event(void **state) {
  const struct kind *kind = *state;
  if (!queue_possible(kind->properties)) skip();
  if (call_platform_is("rusticl")) skip(); /* it runs what it should not */
  /* It calls complete what it did not run, and may crash afterwards. */
  if (call_platform_is("Intel(R) OpenCL")) skip();
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_"))
    for (size_t i = 0; i < call_operator_count(); i++) {
      if (!can_fail(call_operator_at(i))) continue;
      cl_command_queue queue = queue_make(kind->properties);
      struct call c = call_make(call_operator_at(i), p->ctx, &sizes, f32);
      cl_event user = queue_user_event(), done = NULL;
      t_at("%s, %s", c.op->name, p->name);
      c.exec = (clinfer_exec){
          .queue = queue, .wait_count = 1, .wait_list = &user, .event = &done};
      assert_int_equal(call_run(&c), CLINFER_OK);
      clSetUserEventStatus(user, -1);
      assert_true(clWaitForEvents(1, &done) != CL_SUCCESS);
      assert_true(queue_state_of(done) < 0);
      call_require_untouched(&c);
      c.exec = t_exec;
      T_OK(call_run(&c));
      clReleaseEvent(done);
      clReleaseEvent(user);
      clReleaseCommandQueue(queue);
      t_release();
    }
}

/* A call that has to wait for its scratch still waits for its own events. */
static void waits_for_both(void **state) {
  const struct kind *kind = *state;
  if (!queue_possible(kind->properties)) skip();
  const struct call_operator *last = call_operator_at(call_operator_count() -
                                                      1);
  cl_command_queue queue = queue_make(kind->properties);
  cl_event user[2], done[2];
  struct call calls[2], twins[2];
  for (size_t i = 0; i < 2; i++) {
    calls[i] = call_make(last, queue_ctx(), &sizes, f32);
    twins[i] = call_run_twin(&calls[i]);
    user[i] = queue_user_event();
    calls[i].exec = (clinfer_exec){.queue = queue,
                                   .wait_count = 1,
                                   .wait_list = &user[i],
                                   .event = &done[i]};
    assert_int_equal(call_run(&calls[i]), CLINFER_OK);
  }
  clSetUserEventStatus(user[0], CL_COMPLETE);
  assert_int_equal(clWaitForEvents(1, &done[0]), CL_SUCCESS);
  T_OK(call_run(&twins[0])); /* time enough for the other to start */
  assert_true(queue_state_of(done[1]) > CL_COMPLETE);
  call_require_untouched(&calls[1]);
  clSetUserEventStatus(user[1], CL_COMPLETE);
  assert_int_equal(clWaitForEvents(1, &done[1]), CL_SUCCESS);
  for (size_t i = 0; i < 2; i++) {
    call_require_same(&calls[i], &twins[i]);
    clReleaseEvent(user[i]);
    clReleaseEvent(done[i]);
  }
  clReleaseCommandQueue(queue);
}

/* ---- Many calls in flight */

enum { CHAIN = 100 };

/* y of each call is what the next one reads. */
static void turn(struct call *c) {
  const clinfer_matrix y = c->args.y;
  c->args.y = c->args.residual;
  c->args.residual = y;
}

static struct call make_link(clinfer_context *ctx) {
  const struct call_operator *beside = call_operator_at(call_operator_count() -
                                                        1);
  return call_make(beside, ctx, &sizes, f32);
}

/* The same link, sharing nothing that a chain writes. */
static struct call copy_link(const struct call *c) {
  const clinfer_matrix r = c->args.residual;
  struct call copy = call_twin(c);
  struct t_matrix *residual = t_output(r.rows, r.cols, f32);
  memcpy(residual->values, c->made[0]->values,
         r.rows * r.cols * sizeof(double));
  t_write(residual);
  copy.made[0] = residual;
  copy.args.residual = t_view(residual);
  return copy;
}

/* On t_queue, with a wait after every call. */
static void run_slowly(struct call *c) {
  for (int n = 0; n < CHAIN; n++, turn(c)) T_OK(call_run(c));
}

static void require_same_chain(const struct call *a, const struct call *b) {
  call_require_same(a, b);
  T_SAME(a->made[0], b->made[0]);
}

/* Each call waits for the one before by its event alone. */
static void run_chain(struct call *c, cl_command_queue queue) {
  cl_event events[CHAIN];
  c->exec.queue = queue;
  for (int n = 0; n < CHAIN; n++, turn(c)) {
    c->exec.event = &events[n];
    c->exec.wait_count = n > 0;
    c->exec.wait_list = n > 0 ? &events[n - 1] : NULL;
    assert_int_equal(call_run(c), CLINFER_OK);
  }
  assert_int_equal(clWaitForEvents(1, &events[CHAIN - 1]), CL_SUCCESS);
  for (int n = 0; n < CHAIN; n++) {
    assert_int_equal(queue_state_of(events[n]), CL_COMPLETE);
    clReleaseEvent(events[n]);
  }
}

static void chains(void **state) {
  const struct kind *kind = *state;
  if (!queue_possible(kind->properties)) skip();
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_")) {
    t_at("%s", p->name);
    struct call slow = make_link(p->ctx), fast = copy_link(&slow);
    run_slowly(&slow);
    cl_command_queue queue = queue_make(kind->properties);
    run_chain(&fast, queue);
    require_same_chain(&slow, &fast);
    clReleaseCommandQueue(queue);
    t_release();
  }
}

/* Nobody waits for anything but the queue's end. */
static void unwatched_chain(void) {
  struct call slow = make_link(queue_ctx()), fast = copy_link(&slow);
  run_slowly(&slow);
  for (int n = 0; n < CHAIN; n++, turn(&fast))
    assert_int_equal(call_run(&fast), CLINFER_OK);
  assert_int_equal(clFinish(t_queue), CL_SUCCESS);
  require_same_chain(&slow, &fast);
}

static const struct t_single singles[] = {
    {"100 calls, unwatched", unwatched_chain},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(waits_for_user_event, kinds),
      T_TABLE(waits_without_elements, kinds),
      T_TABLE(fails_with_user_event, kinds),
      T_TABLE(waits_for_both, kinds),
      T_TABLE(chains, kinds),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "queues", tables, T_COUNT(tables));
}
