/* test_faults_operators.c - every operator, on queues of both kinds, while the
 * calls that it makes fail. */

#include "faults.h"
#include "known_call.h"
#include "queues.h"

#include <stdio.h>

static const struct call_sizes sizes = {3, 6, 10, 5};
static const struct t_store f32 = {CLINFER_F32, 3, 2};

static clinfer_status run(void *known_call) {
  const struct known_call *k = known_call;
  return call_run(&k->c);
}

static void sweep(const struct call_operator *op, const struct t_provider *p,
                  cl_command_queue queue) {
  char name[128];
  cl_event over = queue_user_event();
  struct call c = call_make(op, p->ctx, &sizes, f32);
  struct known_call k;
  const struct faults_work work = {
      .name = name,
      .state = &k,
      .prepare = known_call_prepare,
      .run = run,
      .judge = known_call_judge,
      /* Scratch whose last user cannot be asked, or kept, is not shared. */
      .ways = {{SHIM_clGetEventInfo, FAULTS_EITHER},
               {SHIM_clRetainEvent, FAULTS_EITHER}}};
  snprintf(name, sizeof name, "%s, %s, %s order", op->name, p->name,
           queue == t_queue ? "in" : "out of");
  clSetUserEventStatus(over, CL_COMPLETE);
  c.exec = (clinfer_exec){.queue = queue, .wait_count = 1, .wait_list = &over};
  known_call_learn(&k, c);
  faults_sweep(&work);
  known_call_free(&k);
  clReleaseEvent(over);
  t_release();
}

enum { OPERATORS = 32 };
struct row {
  const char *name;
  const struct call_operator *op;
};

static void survives(void **state) {
  const struct row *row = *state;
  const struct call_operator *op = row->op;
  const cl_command_queue_properties kinds[] = {
      0, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE};
  const char *prefix = call_operand_in(op, WEIGHT) ? "gemm_" : t_prefix(0, "");
  for (const struct t_provider *p = t_next(NULL, prefix); p;
       p = t_next(p, prefix))
    for (size_t i = 0; i < T_COUNT(kinds); i++) {
      if (!queue_possible(kinds[i])) continue;
      cl_command_queue queue = kinds[i] ? queue_make(kinds[i]) : t_queue;
      sweep(op, p, queue);
      if (queue != t_queue) clReleaseCommandQueue(queue);
    }
}

int main(int argc, char **argv) {
  struct row rows[OPERATORS];
  const size_t count = call_operator_count();
  if (count > OPERATORS) return 1;
  for (size_t i = 0; i < count; i++)
    rows[i] = (struct row){call_operator_at(i)->name, call_operator_at(i)};
  const struct t_table tables[] = {{survives, rows, count, sizeof *rows}};
  const int failures = t_main(argc, argv, "faults_operators", tables,
                              T_COUNT(tables));
  faults_print();
  return failures;
}
