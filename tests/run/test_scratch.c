/* test_scratch.c - what an operator asks for suffices, and nothing is allocated
 * once it has run; and the pool that hands out what callers do not bring. */

#include "refusal.h"

#include "shim.h"
#include "run/scratch.h"

static const struct call_sizes sizes = {17, 33, 65, 33}, few = {3, 33, 65, 33};

static size_t scratch_needed(const struct call *c) {
  size_t needed = 99;
  struct call query = *c;
  cl_event event = REFUSAL_NO_EVENT;
  query.exec.scratch_needed = &needed;
  query.exec.event = &event;
  const size_t commands = shim_commands();
  assert_int_equal(call_run(&query), CLINFER_OK);
  assert_int_equal(shim_commands(), commands);
  assert_true(event == REFUSAL_NO_EVENT);
  return needed;
}

/* Run `body` for each operator through each provider, in either dtype; unless
 * the run is wide, operators take turns. */
static void for_each_call(const struct call_sizes *of,
                          void (*body)(const struct call *good)) {
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_"))
    for (size_t i = 0; i < call_operator_count(); i++)
      for (size_t s = 0; s < REFUSAL_STORES; s++) {
        if (!t_is_wide() && s != i % REFUSAL_STORES) continue;
        const struct call c = call_make(call_operator_at(i), p->ctx, of,
                                        refusal_stores[s]);
        t_at("%s, %s, store %zu", c.op->name, p->name, s);
        body(&c);
        refusal_release();
      }
}

/* Full of zeros, or of NaN: what a call has not written there itself must not
 * count. */
enum { ZEROS = 0, NANS = 0xFF };
static cl_mem filled(const struct call *good, size_t size, cl_uchar byte) {
  cl_mem mem = refusal_buffer(good, CL_MEM_READ_WRITE, size);
  assert_int_equal(clEnqueueFillBuffer(t_queue, mem, &byte, sizeof byte, 0,
                                       size, 0, NULL, NULL),
                   CL_SUCCESS);
  return mem;
}

/* With exactly that much the result is as without, and the bytes behind it are
 * not touched; with a byte less the call is refused. */
static void suffices(const struct call *good) {
  const size_t needed = scratch_needed(good), guard = 4096;
  struct call own = *good;
  call_require_untouched(good);
  T_OK(call_run(good));
  struct call again = *good;
  for (size_t i = 0; i < good->op->count; i++)
    if (good->op->operands[i].kind == CALL_OUTPUT) {
      again.made[i] = t_output(good->made[i]->view.rows,
                               good->made[i]->view.cols,
                               (struct t_store){good->made[i]->view.dtype, 0,
                                                0});
      *call_matrix(&own, &good->op->operands[i]) = again.made[i]->view;
    }
  if (needed == 0) return;
  own.exec.scratch = filled(good, needed, NANS);
  T_OK(call_run(&own));
  call_require_same(good, &again);
  own.exec.scratch = refusal_buffer(good, CL_MEM_READ_WRITE, needed - 1);
  assert_int_equal(call_run(&own), CLINFER_BAD_BUFFER);

  const cl_int pattern = 0x5a5a5a5a;
  cl_mem large = filled(good, needed + guard, ZEROS);
  assert_int_equal(clEnqueueFillBuffer(t_queue, large, &pattern, sizeof pattern,
                                       needed, guard, 0, NULL, NULL),
                   CL_SUCCESS);
  own.exec.scratch = large;
  call_poison(&again);
  T_OK(call_run(&own));
  call_require_same(good, &again);
  cl_int seen[1024];
  assert_int_equal(clEnqueueReadBuffer(t_queue, large, CL_TRUE, needed,
                                       sizeof seen, seen, 0, NULL, NULL),
                   CL_SUCCESS);
  for (size_t i = 0; i < T_COUNT(seen); i++) assert_int_equal(seen[i], pattern);
}
static void needed_suffices(void) {
  for_each_call(&sizes, suffices);
  for_each_call(&few, suffices);
}

/* The first call may allocate, those after it do not. Once the kernels are on
 * disk, no command of an in-order queue makes an event. */
static void settles(const struct call *good) {
  T_OK(call_run(good));
  const size_t buffers = shim_calls(SHIM_clCreateBuffer);
  T_OK(call_run(good));
  const size_t made = shim_made(SHIM_EVENT);
  T_OK(call_run(good));
  assert_int_equal(shim_calls(SHIM_clCreateBuffer), buffers);
  assert_int_equal(shim_made(SHIM_EVENT), made);
}
static void nothing_allocated(void) { for_each_call(&sizes, settles); }

/* All operators in turn, as a model runs them, without ever waiting. */
static void nothing_allocated_in_turn(void) {
  struct call calls[32];
  size_t buffers = 0;
  assert_true(call_operator_count() <= T_COUNT(calls));
  for (size_t i = 0; i < call_operator_count(); i++)
    calls[i] = call_make(call_operator_at(i), refusal_ctx(), &sizes,
                         refusal_stores[1]);
  for (int round = 0; round < 20; round++) {
    if (round == 10) buffers = shim_calls(SHIM_clCreateBuffer);
    for (size_t i = 0; i < call_operator_count(); i++)
      assert_int_equal(call_run(&calls[i]), CLINFER_OK);
  }
  assert_int_equal(shim_calls(SHIM_clCreateBuffer), buffers);
  assert_int_equal(clFinish(t_queue), CL_SUCCESS);
}

/* ---- Scratch and operands in one buffer */

enum { ALIGNED = 4096 }; /* where a sub-buffer may start on any device */

static cl_mem part_of(cl_mem parent, size_t origin, size_t size) {
  const cl_buffer_region region = {origin, size};
  cl_mem part = clCreateSubBuffer(parent, CL_MEM_READ_WRITE,
                                  CL_BUFFER_CREATE_TYPE_REGION, &region, NULL);
  assert_non_null(part);
  return part;
}

static cl_mem *mem_of(struct call *c, size_t operand) {
  const struct call_operand *o = &c->op->operands[operand];
  return o->kind == CALL_VECTOR ? &call_vector(c, o)->mem
                                : &call_matrix(c, o)->mem;
}

/* A multiple of ALIGNED that holds the scratch or the operand. */
static size_t room_for(size_t needed, const struct t_matrix *operand) {
  const size_t bytes = needed > operand->bytes ? needed : operand->bytes;
  return (bytes / ALIGNED + 1) * ALIGNED;
}

/* Where an operand and the scratch lie, of one parent. */
struct overlap {
  cl_mem operand, scratch;
};
enum { OVERLAPS = 4 };

/* `pack`: the operand is a weight, and a packed copy is what kernels read. */
static void refuse(const struct call *good, size_t operand, struct overlap at,
                   bool pack) {
  struct call bad = *good;
  const struct call_operand *o = &good->op->operands[operand];
  *mem_of(&bad, operand) = at.operand;
  clinfer_weight *w = o->role == WEIGHT_OUT ? &bad.args.weight_out
                                            : &bad.args.weight;
  if (pack) T_OK(clinfer_weight_pack(good->ctx, t_queue, w));
  bad.exec.scratch = at.scratch;
  if (scratch_needed(&bad) > 0)
    refusal_require(&bad, good,
                    (struct refusal){CLINFER_BAD_ALIAS, "exec.scratch"});
  if (pack) clinfer_weight_unpack(w);
}

static void refuse_overlaps(const struct call *good, size_t operand,
                            bool pack) {
  const size_t room = room_for(scratch_needed(good), good->made[operand]);
  cl_mem parent = refusal_buffer(good, CL_MEM_READ_WRITE, 2 * room);
  cl_mem front = part_of(parent, 0, room + ALIGNED);
  cl_mem back = part_of(parent, room, room);
  const struct overlap overlaps[OVERLAPS] = {
      {front, front}, {front, parent}, {parent, back}, {front, back}};
  for (size_t i = 0; i < OVERLAPS; i++) {
    t_at("%s, %s, way %zu", good->op->name, good->op->operands[operand].name,
         i);
    refuse(good, operand, overlaps[i], pack);
  }
  clReleaseMemObject(front);
  clReleaseMemObject(back);
  refusal_release_buffers();
}

static void refuse_each(const struct call *good) {
  for (size_t o = 0; o < good->op->count; o++) refuse_overlaps(good, o, false);
}
static void overlaps_refused(void) { for_each_call(&sizes, refuse_each); }

static void refuse_each_weight(const struct call *good) {
  for (size_t o = 0; o < good->op->count; o++) {
    const enum role role = good->op->operands[o].role;
    if (role == WEIGHT || role == WEIGHT_OUT) refuse_overlaps(good, o, true);
  }
}
static void packed_overlaps_refused(void) {
  for_each_call(&sizes, refuse_each_weight);
}

/* Every input in a sub-buffer of its own, and the scratch behind them. */
static void works_apart(const struct call *good) {
  const size_t needed = scratch_needed(good);
  if (needed == 0) return;
  struct call apart = call_run_twin(good);
  cl_mem parts[CALL_MOST_OPERANDS] = {NULL};
  size_t room = 0, end = 0;
  for (size_t i = 0; i < good->op->count; i++)
    room += room_for(needed, good->made[i]);
  cl_mem parent = refusal_buffer(good, CL_MEM_READ_WRITE, room + needed);
  for (size_t i = 0; i < good->op->count; i++) {
    if (good->op->operands[i].kind == CALL_OUTPUT) continue;
    const size_t bytes = good->made[i]->bytes;
    parts[i] = part_of(parent, end, room_for(0, good->made[i]));
    assert_int_equal(clEnqueueCopyBuffer(t_queue, *mem_of(&apart, i), parts[i],
                                         0, 0, bytes, 0, NULL, NULL),
                     CL_SUCCESS);
    *mem_of(&apart, i) = parts[i];
    end += room_for(0, good->made[i]);
  }
  apart.exec.scratch = part_of(parent, end, needed);
  call_poison(&apart);
  T_OK(call_run(&apart));
  T_OK(call_run(good));
  call_require_same(&apart, good);
  clReleaseMemObject(apart.exec.scratch);
  for (size_t i = 0; i < good->op->count; i++)
    if (parts[i]) clReleaseMemObject(parts[i]);
}
static void apart_works(void) { for_each_call(&sizes, works_apart); }

/* ---- The pool by itself */

static struct {
  struct ci_pool pool;
  cl_context cl;
  cl_command_queue queues[2];
  cl_event user[2];
} fix;

static void open_pool(void) {
  const cl_device_id device = clinfer_context_device(refusal_ctx());
  fix.cl = clinfer_context_cl(refusal_ctx());
  pthread_mutex_init(&fix.pool.lock, NULL);
  for (int i = 0; i < 2; i++) {
    fix.queues[i] = clCreateCommandQueue(fix.cl, device, 0, NULL);
    fix.user[i] = clCreateUserEvent(fix.cl, NULL);
  }
}

static void close_pool(void) {
  for (int i = 0; i < 2; i++) {
    clSetUserEventStatus(fix.user[i], CL_COMPLETE);
    clReleaseEvent(fix.user[i]);
  }
  ci_pool_destroy(&fix.pool);
  for (int i = 0; i < 2; i++) clReleaseCommandQueue(fix.queues[i]);
  fix.pool = (struct ci_pool){.blocks = NULL};
}

static struct ci_block *take(int queue, size_t size) {
  struct ci_block *b = NULL;
  assert_int_equal(ci_pool_take(&fix.pool, fix.cl, fix.queues[queue], size, &b),
                   CLINFER_OK);
  assert_non_null(b);
  assert_true(b->size >= size);
  return b;
}

static void same_queue_reuses(void) {
  open_pool();
  struct ci_block *a = take(0, 1000);
  ci_pool_return(&fix.pool, a, NULL);
  assert_ptr_equal(take(0, 500), a);
  assert_null(a->last);
  ci_pool_return(&fix.pool, a, fix.user[0]);
  assert_ptr_equal(take(0, 1000), a);
  assert_ptr_equal(a->last, fix.user[0]);
  ci_pool_return(&fix.pool, a, NULL);
  assert_ptr_equal(take(0, 1000), a);
  assert_ptr_equal(a->last, fix.user[0]); /* nothing new to wait for */
  ci_pool_return(&fix.pool, a, fix.user[1]);
  assert_ptr_equal(take(0, 1000), a);
  assert_ptr_equal(a->last, fix.user[1]);
  ci_pool_return(&fix.pool, a, NULL);
  close_pool();
}

static size_t block_count(void) {
  size_t count = 0;
  for (const struct ci_block *b = fix.pool.blocks; b; b = b->next) count++;
  return count;
}

/* Each queue has its own, and keeps it. */
static void other_queue_does_not(void) {
  open_pool();
  struct ci_block *a = take(0, 1000);
  ci_pool_return(&fix.pool, a, NULL);
  struct ci_block *b = take(1, 1000);
  assert_ptr_not_equal(a, b);
  assert_ptr_not_equal(a->mem, b->mem);
  ci_pool_return(&fix.pool, b, NULL);
  for (int i = 0; i < 3; i++) {
    assert_ptr_equal(take(0, 1000), a);
    assert_ptr_equal(take(1, 1000), b);
    ci_pool_return(&fix.pool, a, NULL);
    ci_pool_return(&fix.pool, b, NULL);
  }
  assert_int_equal(block_count(), 2);
  close_pool();
}

static void taken_is_not_shared(void) {
  open_pool();
  struct ci_block *a = take(0, 1000), *b = take(0, 1000);
  assert_ptr_not_equal(a, b);
  ci_pool_return(&fix.pool, a, NULL);
  ci_pool_return(&fix.pool, b, NULL);
  close_pool();
}

static void grows_by_replacing(void) {
  open_pool();
  for (size_t size = 1000; size < 10000; size += 1000)
    ci_pool_return(&fix.pool, take(0, size), fix.user[0]);
  assert_int_equal(block_count(), 1);
  close_pool();
}

/* Queues that are gone leave no more than that behind; the one in use stays. */
static void bounded(void) {
  static char gone[3 * CI_MOST_BLOCKS];
  open_pool();
  struct ci_block *a = take(0, 1000);
  for (size_t i = 0; i < T_COUNT(gone); i++) {
    struct ci_block *b = NULL;
    ci_pool_return(&fix.pool, a, NULL);
    assert_int_equal(ci_pool_take(&fix.pool, fix.cl, (cl_command_queue)&gone[i],
                                  1000, &b),
                     CLINFER_OK);
    ci_pool_return(&fix.pool, b, fix.user[0]);
    assert_true(block_count() <= CI_MOST_BLOCKS);
    assert_ptr_equal(take(0, 1000), a);
  }
  ci_pool_return(&fix.pool, a, NULL);
  assert_int_equal(block_count(), CI_MOST_BLOCKS);
  close_pool();
}

/* What has ended need not be waited for; what failed must not be. */
static void ended(cl_int state) {
  open_pool();
  struct ci_block *a = take(0, 1000);
  ci_pool_return(&fix.pool, a, fix.user[0]);
  clSetUserEventStatus(fix.user[0], state);
  assert_ptr_equal(take(0, 1000), a);
  assert_null(a->last);
  ci_pool_return(&fix.pool, a, NULL);
  close_pool();
}
static void completed_command(void) { ended(CL_COMPLETE); }
static void failed_command(void) { ended(-1); }

static const struct t_single singles[] = {
    {"what is needed suffices", needed_suffices},
    {"a second call allocates nothing", nothing_allocated},
    {"operators in turn allocate nothing", nothing_allocated_in_turn},
    {"memory that an operand shares is refused", overlaps_refused},
    {"so is that of a weight whose packed copy is read",
     packed_overlaps_refused},
    {"sub-buffers that lie apart work", apart_works},
    {"pool: the same queue reuses a block in flight", same_queue_reuses},
    {"pool: another queue does not", other_queue_does_not},
    {"pool: a taken block is not shared", taken_is_not_shared},
    {"pool: it grows by replacing", grows_by_replacing},
    {"pool: it is bounded", bounded},
    {"pool: a completed command is over", completed_command},
    {"pool: a failed command is over", failed_command},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(t_call, singles)};
  return t_main(argc, argv, "scratch", tables, T_COUNT(tables));
}
