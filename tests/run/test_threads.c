/* test_threads.c - a context used from several queues and threads, and its end
 * while work of its own is under way. */

#include "queues.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "shim.h"

static const struct call_sizes sizes = {17, 33, 65, 33};
static const struct t_store f32 = {CLINFER_F32, 0, 0};
static const struct t_store f16 = {CLINFER_F16, 1, 3};

static clinfer_context *open_own(const clinfer_options *options) {
  clinfer_context *ctx = NULL;
  assert_int_equal(clinfer_context_create(clinfer_context_cl(queue_ctx()),
                                          clinfer_context_device(queue_ctx()),
                                          options, &ctx),
                   CLINFER_OK);
  return ctx;
}

/* Calls on two queues in turn, none of which waits for the other. */
static void two_queues(void) {
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_")) {
    cl_command_queue queues[2] = {queue_make(0), queue_make(0)};
    struct call calls[2][32], twins[2][32];
    for (size_t i = 0; i < call_operator_count(); i++)
      for (size_t q = 0; q < 2; q++) {
        calls[q][i] = call_make(call_operator_at(i), p->ctx, &sizes, f16);
        twins[q][i] = call_run_twin(&calls[q][i]);
        calls[q][i].exec.queue = queues[q];
      }
    for (int round = 0; round < 5; round++)
      for (size_t i = 0; i < 2 * call_operator_count(); i++)
        assert_int_equal(call_run(&calls[i % 2][i / 2]), CLINFER_OK);
    for (size_t q = 0; q < 2; q++)
      assert_int_equal(clFinish(queues[q]), CL_SUCCESS);
    t_at("%s", p->name);
    for (size_t i = 0; i < 2 * call_operator_count(); i++)
      call_require_same(&calls[i % 2][i / 2], &twins[i % 2][i / 2]);
    clReleaseCommandQueue(queues[0]);
    clReleaseCommandQueue(queues[1]);
    t_release();
  }
}

/* ---- Threads */

enum { THREADS = 4, ROUNDS = 5 };

struct worker {
  pthread_t thread;
  cl_command_queue queue;
  struct call calls[32];
  bool well;
};

static void *work(void *argument) {
  struct worker *w = argument;
  w->well = true;
  for (int round = 0; round < ROUNDS; round++) {
    for (size_t i = 0; i < call_operator_count(); i++)
      w->well = call_run(&w->calls[i]) == CLINFER_OK && w->well;
    w->well = clFinish(w->queue) == CL_SUCCESS && w->well;
  }
  return NULL;
}

/* Each call in a context of its own, which is gone before the next one. */
static void *come_and_go(void *argument) {
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = ""};
  struct worker *w = argument;
  w->well = true;
  for (size_t i = 0; i < call_operator_count() && w->well; i++) {
    struct call c = w->calls[i];
    w->well = clinfer_context_create(clinfer_context_cl(c.ctx),
                                     clinfer_context_device(c.ctx), &options,
                                     &c.ctx) == CLINFER_OK;
    if (!w->well) break;
    w->well = call_run(&c) == CLINFER_OK && clFinish(w->queue) == CL_SUCCESS;
    clinfer_context_destroy(c.ctx);
  }
  return NULL;
}

/* Every other thread's queue is out of order; there, as its calls do not depend
 * on one another, they may overtake each other. The last thread does `last`. */
static void run_threads(clinfer_context *ctx, struct t_store store,
                        void *(*last)(void *)) {
  static struct worker workers[THREADS];
  struct call originals[32];
  const bool unordered = queue_possible(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
  for (size_t i = 0; i < call_operator_count(); i++)
    originals[i] = call_make(call_operator_at(i), ctx, &sizes, store);
  for (size_t t = 0; t < THREADS; t++) {
    workers[t].queue = queue_make(unordered && t % 2
                                      ? CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE
                                      : 0);
    for (size_t i = 0; i < call_operator_count(); i++) {
      workers[t].calls[i] = call_twin(&originals[i]);
      workers[t].calls[i].exec.queue = workers[t].queue;
    }
  }
  for (size_t t = 0; t < THREADS; t++)
    assert_int_equal(pthread_create(&workers[t].thread, NULL,
                                    t == THREADS - 1 ? last : work,
                                    &workers[t]),
                     0);
  for (size_t t = 0; t < THREADS; t++) pthread_join(workers[t].thread, NULL);
  for (size_t i = 0; i < call_operator_count(); i++)
    T_OK(call_run(&originals[i]));
  for (size_t t = 0; t < THREADS; t++) {
    assert_true(workers[t].well);
    for (size_t i = 0; i < call_operator_count(); i++)
      call_require_same(&workers[t].calls[i], &originals[i]);
    clReleaseCommandQueue(workers[t].queue);
  }
  t_release();
}

static void threads(void) {
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_")) {
    t_at("%s", p->name);
    run_threads(p->ctx, f32, work);
    run_threads(p->ctx, f16, work);
  }
}

/* ---- Built once, however many threads ask for it */

enum { MOST_LINES = 64 };
static struct log {
  pthread_mutex_t lock;
  size_t count, twice;
  char lines[MOST_LINES][1024];
} built = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void note_built(void *user, const char *line) {
  (void)user;
  if (strncmp(line, "built ", 6) != 0) return;
  pthread_mutex_lock(&built.lock);
  for (size_t i = 0; i < built.count; i++)
    built.twice += strcmp(built.lines[i], line) == 0;
  if (built.count < MOST_LINES)
    snprintf(built.lines[built.count++], sizeof *built.lines, "%s", line);
  pthread_mutex_unlock(&built.lock);
}

/* No kernel is there yet when the threads start. */
static void threads_from_the_start(void) {
  const clinfer_options options = {
      .struct_size = sizeof options, .cache_dir = "", .log = note_built};
  clinfer_context *ctx = open_own(&options);
  run_threads(ctx, f32, work);
  clinfer_context_destroy(ctx);
  assert_true(built.count > 0 && built.count < MOST_LINES);
  assert_int_equal(built.twice, 0);
}

static void contexts_come_and_go(void) {
  const clinfer_options options = {.struct_size = sizeof options,
                                   .cache_dir = ""};
  clinfer_context *ctx = open_own(&options);
  run_threads(ctx, f16, come_and_go);
  clinfer_context_destroy(ctx);
}

/* ---- The end of a context */

/* Every reference to an event that the library got or took, it gave back. */
static void releases_events(void) {
  const clinfer_options options = {.struct_size = sizeof options,
                                   .disable = "gemm_clblast",
                                   .cache_dir = ""};
  const long references = shim_live(SHIM_EVENT);
  for (size_t q = 0; q < 2; q++) {
    if (q == 1 && !queue_possible(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE))
      break;
    clinfer_context *ctx = open_own(&options);
    cl_command_queue
        queue = queue_make(q == 1 ? CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE : 0);
    for (size_t i = 0; i < 2 * call_operator_count(); i++) {
      struct call c = call_make(call_operator_at(i / 2), ctx, &sizes, f16);
      cl_event done = NULL;
      c.exec.queue = queue;
      c.exec.event = i % 2 ? &done : NULL;
      assert_int_equal(call_run(&c), CLINFER_OK);
      if (done) clReleaseEvent(done);
    }
    assert_int_equal(clFinish(queue), CL_SUCCESS);
    clReleaseCommandQueue(queue);
    clinfer_context_destroy(ctx);
    assert_int_equal(shim_live(SHIM_EVENT), references);
    t_release();
  }
}

/* A context may go while kernels wait; OpenCL keeps their scratch. */
static void destroy_while_waiting(const struct call_operator *op) {
  const clinfer_options options = {.struct_size = sizeof options};
  clinfer_context *ctx = open_own(&options);
  struct call c = call_make(op, ctx, &sizes, f32);
  c.ctx = queue_ctx();
  const struct call twin = call_run_twin(&c);
  cl_event user = queue_user_event(), done = NULL;
  t_at("%s", op->name);
  c.ctx = ctx;
  c.exec = (clinfer_exec){
      .queue = t_queue, .wait_count = 1, .wait_list = &user, .event = &done};
  assert_int_equal(call_run(&c), CLINFER_OK);
  clinfer_context_destroy(ctx);
  clSetUserEventStatus(user, CL_COMPLETE);
  assert_int_equal(clWaitForEvents(1, &done), CL_SUCCESS);
  call_require_same(&c, &twin);
  clReleaseEvent(done);
  clReleaseEvent(user);
  t_release();
}

static void destroyed_while_waiting(void) {
  for (size_t i = 0; i < call_operator_count(); i++)
    destroy_while_waiting(call_operator_at(i));
}

static const struct t_single singles[] = {
    {"two queues in turn", two_queues},
    {"four threads", threads},
    {"four threads from the start", threads_from_the_start},
    {"contexts come and go beside others", contexts_come_and_go},
    {"events are released", releases_events},
    {"destroyed while kernels wait", destroyed_while_waiting},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  return t_main(argc, argv, "threads", tables, T_COUNT(tables));
}
