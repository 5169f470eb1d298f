/* test_recording.c - what is recorded computes what the direct call does, bit
 * for bit, with nothing but an enqueue for each kernel. */

#include "queues.h"

#include <string.h>

#include "shim.h"
#include "refusal.h"

static const struct call_sizes sizes = {17, 33, 65, 33};
static const struct t_store f32 = {CLINFER_F32, 0, 0};
static const struct t_store f16 = {CLINFER_F16, 1, 3};

static clinfer_recording *create(clinfer_context *ctx) {
  clinfer_recording *r = NULL;
  assert_int_equal(clinfer_recording_create(ctx, &r), CLINFER_OK);
  assert_non_null(r);
  return r;
}

static clinfer_status record(clinfer_recording *r, struct call *c) {
  const clinfer_exec exec = c->exec;
  c->exec = (clinfer_exec){.recording = r};
  const clinfer_status status = call_run(c);
  c->exec = exec;
  return status;
}

/* The call that was recorded gives what a direct one does. */
static void require_same_as_direct(const struct call *c) {
  const struct call twin = call_run_twin(c);
  call_require_same(c, &twin);
}

/* ---- One operator, several */

static void each_operator(void) {
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_"))
    for (size_t i = 0; i < 2 * call_operator_count(); i++) {
      struct call c = call_make(call_operator_at(i / 2), p->ctx, &sizes,
                                i % 2 ? f16 : f32);
      t_at("%s, %s, %s", c.op->name, p->name, i % 2 ? "f16" : "f32");
      clinfer_recording *r = create(p->ctx);
      const size_t commands = shim_commands();
      assert_int_equal(record(r, &c), CLINFER_OK);
      assert_int_equal(shim_commands(), commands);
      call_require_untouched(&c);
      T_OK(clinfer_recording_run(r, &t_exec));
      require_same_as_direct(&c);
      clinfer_recording_destroy(r);
      t_release();
    }
}

/* Scratch grows on the way, and every operator keeps what it was given. */
static void all_in_one(void) {
  enum { MOST = 32 };
  struct call calls[MOST];
  const struct call_sizes small = {3, 6, 10, 5};
  const size_t count = 2 * call_operator_count();
  clinfer_recording *r = create(queue_ctx());
  assert_true(count <= MOST);
  for (size_t i = 0; i < count; i++) {
    const bool second = i >= call_operator_count();
    calls[i] = call_make(call_operator_at(i % call_operator_count()),
                         queue_ctx(), second ? &sizes : &small, f32);
    assert_int_equal(record(r, &calls[i]), CLINFER_OK);
  }
  for (int run = 0; run < 2; run++) {
    for (size_t i = 0; i < count; i++) call_poison(&calls[i]);
    T_OK(clinfer_recording_run(r, &t_exec));
    for (size_t i = 0; i < count; i++) require_same_as_direct(&calls[i]);
  }
  clinfer_recording_destroy(r);
}

static const struct call_operator *last_operator(void) {
  return call_operator_at(call_operator_count() - 1);
}

/* Two recordings of the same kernels do not disturb each other, nor do direct
 * calls between them. */
static void interleaved(void) {
  struct call a = call_make(last_operator(), queue_ctx(), &sizes, f32);
  struct call b = call_make(last_operator(), queue_ctx(), &sizes, f32);
  struct call direct = call_make(last_operator(), queue_ctx(), &sizes, f32);
  clinfer_recording *ra = create(queue_ctx()), *rb = create(queue_ctx());
  assert_int_equal(record(ra, &a), CLINFER_OK);
  assert_int_equal(record(rb, &b), CLINFER_OK);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(clinfer_recording_run(ra, &t_exec), CLINFER_OK);
    assert_int_equal(call_run(&direct), CLINFER_OK);
    T_OK(clinfer_recording_run(rb, &t_exec));
  }
  require_same_as_direct(&a);
  require_same_as_direct(&b);
  require_same_as_direct(&direct);
  clinfer_recording_destroy(ra);
  clinfer_recording_destroy(rb);
}

/* ---- Buffers */

static void new_contents(void) {
  struct call c = call_make(last_operator(), queue_ctx(), &sizes, f32);
  struct t_matrix *x = c.made[0];
  clinfer_recording *r = create(queue_ctx());
  assert_int_equal(record(r, &c), CLINFER_OK);
  for (int run = 0; run < 3; run++) {
    for (size_t i = 0; i < x->view.rows * x->view.cols; i++)
      x->values[i] = (double)(run + 1) * ((double)(i % 7) - 3.0);
    t_write(x);
    T_OK(clinfer_recording_run(r, &t_exec));
    require_same_as_direct(&c);
  }
  clinfer_recording_destroy(r);
}

/* The caller's references are gone before the first run; what takes the memory
 * that they would have left does not show in the result. */
static void released_buffers(void) {
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_"))
    for (size_t i = 0; i < call_operator_count(); i++) {
      struct call c = call_make(call_operator_at(i), p->ctx, &sizes, f32);
      t_at("%s, %s", c.op->name, p->name);
      const struct call twin = call_run_twin(&c);
      clinfer_recording *r = create(p->ctx);
      assert_int_equal(record(r, &c), CLINFER_OK);
      for (size_t k = 0; k < c.op->count; k++) {
        if (c.op->operands[k].kind == CALL_OUTPUT) continue;
        clReleaseMemObject(c.made[k]->view.mem);
        c.made[k]->view.mem = NULL; /* t_release has nothing to do */
      }
      call_make(call_operator_at(i), p->ctx, &sizes, f32);
      T_OK(clinfer_recording_run(r, &t_exec));
      call_require_same(&c, &twin);
      clinfer_recording_destroy(r);
      t_release();
    }
}

/* ---- What a run costs */

static void require_no_event_lost(clinfer_recording *r) {
  cl_event first, done;
  const long events = shim_live(SHIM_EVENT);
  const clinfer_exec exec = {.queue = t_queue, .event = &done, .first = &first};
  T_OK(clinfer_recording_run(r, &exec));
  assert_int_equal(shim_live(SHIM_EVENT), events + 2);
  clReleaseEvent(first);
  clReleaseEvent(done);
}

static void only_enqueues(void) {
  for (size_t i = 0; i < call_operator_count(); i++) {
    struct call c = call_make(call_operator_at(i), queue_ctx(), &sizes, f32);
    t_at("%s", c.op->name);
    T_OK(call_run(&c));
    T_OK(call_run(&c)); /* its kernels are saved */
    const size_t before = shim_commands();
    T_OK(call_run(&c));
    const size_t kernels = shim_commands() - before;
    clinfer_recording *r = create(queue_ctx());
    assert_int_equal(record(r, &c), CLINFER_OK);
    const size_t commands = shim_commands(),
                 sets = shim_calls(SHIM_clSetKernelArg),
                 queries = shim_calls(SHIM_clGetMemObjectInfo),
                 buffers = shim_calls(SHIM_clCreateBuffer),
                 events = shim_made(SHIM_EVENT);
    T_OK(clinfer_recording_run(r, &t_exec));
    assert_int_equal(shim_commands() - commands, kernels);
    assert_int_equal(shim_calls(SHIM_clSetKernelArg), sets);
    assert_int_equal(shim_calls(SHIM_clGetMemObjectInfo), queries);
    assert_int_equal(shim_calls(SHIM_clCreateBuffer), buffers);
    assert_int_equal(shim_made(SHIM_EVENT), events);
    require_no_event_lost(r);
    clinfer_recording_destroy(r);
    t_release();
  }
}

/* ---- Queues and events */

struct kind {
  const char *name;
  cl_command_queue_properties properties;
};
static const struct kind kinds[] = {
    {"in order", CL_QUEUE_PROFILING_ENABLE},
    {"out of order",
     CL_QUEUE_PROFILING_ENABLE | CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE},
};

static cl_ulong time_of(cl_event event, cl_profiling_info what) {
  cl_ulong time = 0;
  assert_int_equal(clGetEventProfilingInfo(event, what, sizeof time, &time,
                                           NULL),
                   CL_SUCCESS);
  return time;
}

/* Held back by a user event; then over when its event is, within the time from
 * the first command's start. */
static void check_events(clinfer_recording *r, const struct call *c,
                         cl_command_queue queue) {
  cl_event user = queue_user_event(), first = NULL, done = NULL;
  struct call direct = *c;
  const clinfer_exec exec = {.queue = queue,
                             .wait_count = 1,
                             .wait_list = &user,
                             .event = &done,
                             .first = &first};
  direct.exec = exec;
  assert_int_equal(r ? clinfer_recording_run(r, &exec) : call_run(&direct),
                   CLINFER_OK);
  assert_true(first != NULL && done != NULL);
  clFlush(queue);
  assert_true(queue_state_of(done) > CL_COMPLETE);
  call_require_untouched(c);
  clSetUserEventStatus(user, CL_COMPLETE);
  assert_int_equal(clWaitForEvents(1, &done), CL_SUCCESS);
  if (!call_platform_is("rusticl")) /* which tells of it later */
    assert_int_equal(queue_state_of(first), CL_COMPLETE);
  assert_int_equal(clWaitForEvents(1, &first), CL_SUCCESS);
  assert_true(time_of(first, CL_PROFILING_COMMAND_START) <=
              time_of(done, CL_PROFILING_COMMAND_END));
  assert_int_equal(clFinish(queue), CL_SUCCESS);
  clReleaseEvent(first);
  clReleaseEvent(done);
  clReleaseEvent(user);
}

static void waits_and_tells(void **state) {
  const struct kind *kind = *state;
  if (!queue_possible(kind->properties)) skip();
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_"))
    for (size_t i = 0; i < 2 * call_operator_count(); i++) {
      cl_command_queue queue = queue_make(kind->properties);
      struct call c = call_make(call_operator_at(i / 2), p->ctx, &sizes, f32);
      clinfer_recording *r = i % 2 ? create(p->ctx) : NULL;
      t_at("%s, %s, %s", c.op->name, p->name, r ? "recorded" : "direct");
      if (r) assert_int_equal(record(r, &c), CLINFER_OK);
      check_events(r, &c, queue);
      require_same_as_direct(&c);
      clinfer_recording_destroy(r);
      clReleaseCommandQueue(queue);
      t_release();
    }
}

/* Without operators, or with one that has no elements: a marker. */
static void empty(void **state) {
  const struct kind *kind = *state;
  const struct call_sizes none = {0, 33, 65, 33};
  if (!queue_possible(kind->properties)) skip();
  struct call c = call_make(last_operator(), queue_ctx(), &none, f32);
  clinfer_recording *r = create(queue_ctx());
  cl_command_queue queue = queue_make(kind->properties);
  check_events(r, &c, queue);
  assert_int_equal(record(r, &c), CLINFER_OK);
  check_events(r, &c, queue);
  clReleaseCommandQueue(queue);
  clinfer_recording_destroy(r);
}

/* An operator reads what the one before it wrote; runs wait for each other by
 * their events. */
static void chains(void **state) {
  enum { RUNS = 20 };
  const struct kind *kind = *state;
  if (!queue_possible(kind->properties)) skip();
  struct call to = call_make(last_operator(), queue_ctx(), &sizes, f32);
  struct call back = to;
  back.args.residual = to.args.y;
  back.args.y = to.args.residual;
  clinfer_recording *r = create(queue_ctx());
  assert_int_equal(record(r, &to), CLINFER_OK);
  assert_int_equal(record(r, &back), CLINFER_OK);

  struct t_matrix *const tokens = to.made[0]; /* the residual */
  double before[17 * 33], direct[17 * 33];
  memcpy(before, tokens->values, sizeof before);
  for (int n = 0; n < RUNS; n++) {
    T_OK(call_run(&to));
    T_OK(call_run(&back));
  }
  T_READ(tokens);
  memcpy(direct, tokens->values, sizeof direct);
  memcpy(tokens->values, before, sizeof before);
  t_write(tokens);

  cl_command_queue queue = queue_make(kind->properties);
  cl_event events[RUNS];
  for (int n = 0; n < RUNS; n++) {
    const clinfer_exec exec = {.queue = queue,
                               .wait_count = n > 0,
                               .wait_list = n > 0 ? &events[n - 1] : NULL,
                               .event = &events[n]};
    assert_int_equal(clinfer_recording_run(r, &exec), CLINFER_OK);
  }
  assert_int_equal(clWaitForEvents(1, &events[RUNS - 1]), CL_SUCCESS);
  for (int n = 0; n < RUNS; n++) clReleaseEvent(events[n]);
  T_READ(tokens);
  assert_memory_equal(tokens->values, direct, sizeof direct);
  clReleaseCommandQueue(queue);
  clinfer_recording_destroy(r);
}

/* ---- Misuse */

static void require_words(clinfer_status status, clinfer_status want,
                          const char *words) {
  assert_int_equal(status, want);
  if (strstr(clinfer_last_error()->message, words) == NULL)
    fail_msg("\"%s\" is not in \"%s\"", words, clinfer_last_error()->message);
}

static void nulls(void) {
  clinfer_recording *r = create(queue_ctx());
  const clinfer_exec no_queue = {.queue = NULL};
  assert_int_equal(clinfer_recording_create(queue_ctx(), NULL),
                   CLINFER_BAD_ARGUMENT);
  assert_int_equal(clinfer_recording_create(NULL, &r), CLINFER_BAD_ARGUMENT);
  assert_int_equal(clinfer_recording_run(NULL, &t_exec), CLINFER_BAD_ARGUMENT);
  assert_int_equal(clinfer_recording_run(r, NULL), CLINFER_BAD_ARGUMENT);
  assert_int_equal(clinfer_recording_run(r, &no_queue), CLINFER_BAD_QUEUE);
  clinfer_recording_destroy(r);
  clinfer_recording_destroy(NULL);
}

/* What goes with a queue does not go with a recording, and no refusal leaves a
 * trace in it. */
static void refused_while_recording(void) {
  cl_event event = NULL, user = queue_user_event();
  size_t needed = 0;
  struct call c = call_make(last_operator(), queue_ctx(), &sizes, f32);
  clinfer_recording *r = create(queue_ctx());
  const clinfer_exec bad[] = {
      {.recording = r, .event = &event},
      {.recording = r, .first = &event},
      {.recording = r, .scratch = c.args.x.mem ? c.args.x.mem : c.args.y.mem},
      {.recording = r, .scratch_needed = &needed},
      {.recording = r, .prepare = 1},
      {.recording = r, .wait_count = 1, .wait_list = &user},
  };
  for (size_t i = 0; i < T_COUNT(bad); i++) {
    c.exec = bad[i];
    require_words(call_run(&c), CLINFER_BAD_ARGUMENT, "exec.recording");
  }
  struct call small = c;
  small.args.y.cols--;
  small.args.y.ld--;
  assert_true(record(r, &small) != CLINFER_OK);
  const size_t commands = shim_commands();
  T_OK(clinfer_recording_run(r, &t_exec));
  assert_int_equal(shim_commands() - commands, 1); /* a marker */
  call_require_untouched(&c);
  assert_int_equal(record(r, &c), CLINFER_OK);
  T_OK(clinfer_recording_run(r, &t_exec));
  require_same_as_direct(&c);
  clinfer_recording_destroy(r);
  clSetUserEventStatus(user, CL_COMPLETE);
  clReleaseEvent(user);
}

static void refused_run(void) {
  size_t needed = 0;
  refusal_open_other();
  struct call c = call_make(last_operator(), queue_ctx(), &sizes, f32);
  clinfer_recording *r = create(queue_ctx());
  clinfer_recording *other = create(refusal_other.ctx);
  require_words(record(other, &c), CLINFER_BAD_ARGUMENT, "another context");
  assert_int_equal(record(r, &c), CLINFER_OK);
  const clinfer_exec bad[] = {
      {.queue = t_queue, .recording = r},
      {.queue = t_queue, .scratch = c.args.y.mem},
      {.queue = t_queue, .scratch_needed = &needed},
      {.queue = t_queue, .prepare = 1},
      {.queue = t_queue, .wait_count = 1, .wait_list = &refusal_other.event},
      {.queue = t_queue, .wait_count = 1},
  };
  for (size_t i = 0; i < T_COUNT(bad); i++)
    assert_int_equal(clinfer_recording_run(r, &bad[i]), CLINFER_BAD_ARGUMENT);
  const clinfer_exec foreign = {.queue = refusal_other.queue};
  assert_int_equal(clinfer_recording_run(r, &foreign), CLINFER_BAD_QUEUE);
  call_require_untouched(&c);
  clinfer_recording_destroy(other);
  clinfer_recording_destroy(r);
}

/* The driver refuses a kernel half-way: no event, and the next run is right. */
static void refused_kernel(void) {
  struct call c = call_make(last_operator(), queue_ctx(), &sizes, f32);
  clinfer_recording *r = create(queue_ctx());
  assert_int_equal(record(r, &c), CLINFER_OK);
  cl_event event = REFUSAL_NO_EVENT, first = REFUSAL_NO_EVENT;
  const clinfer_exec exec = {
      .queue = t_queue, .event = &event, .first = &first};
  shim_fail(SHIM_clEnqueueNDRangeKernel, 2, CL_OUT_OF_RESOURCES);
  assert_int_equal(clinfer_recording_run(r, &exec), CLINFER_OPENCL_ERROR);
  assert_true(event == REFUSAL_NO_EVENT && first == REFUSAL_NO_EVENT);
  T_OK(clinfer_recording_run(r, &t_exec));
  require_same_as_direct(&c);
  clinfer_recording_destroy(r);
}

static const struct t_single singles[] = {
    {"each operator", each_operator},
    {"all in one", all_in_one},
    {"two, interleaved", interleaved},
    {"new contents", new_contents},
    {"released buffers", released_buffers},
    {"a run only enqueues", only_enqueues},
    {"NULL", nulls},
    {"refused while recording", refused_while_recording},
    {"a refused run", refused_run},
    {"a kernel that the driver refuses", refused_kernel},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(t_call, singles),
      T_TABLE(waits_and_tells, kinds),
      T_TABLE(empty, kinds),
      T_TABLE(chains, kinds),
  };
  const int failures = t_main(argc, argv, "recording", tables, T_COUNT(tables));
  refusal_close_other();
  return failures;
}
