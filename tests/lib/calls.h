/* calls.h - one good call of every operator, as data that a test may spoil
 * before it is run. */
#ifndef CLINFER_CALLS_H
#define CLINFER_CALLS_H

#include "operators/table.h"
#include "tester.h"

struct call {
  const struct call_operator *op;
  clinfer_context *ctx;
  struct call_arguments args;
  clinfer_exec exec;
  bool without_exec;                         /* NULL for it */
  struct t_matrix *made[CALL_MOST_OPERANDS]; /* in the order of op->operands */
};

/* A call with random operands in that store, for t_exec. */
struct call call_make(const struct call_operator *op, clinfer_context *ctx,
                      const struct call_sizes *sizes, struct t_store store);
/* The same inputs, but outputs of its own. */
struct call call_twin(const struct call *c);
clinfer_status call_run(const struct call *c);
/* A twin with the outputs that t_queue gives. */
struct call call_run_twin(const struct call *c);

clinfer_matrix *call_matrix(struct call *c, const struct call_operand *o);
clinfer_vector *call_vector(struct call *c, const struct call_operand *o);

/* Whether the device under test is of that platform, for a driver's faults. */
bool call_platform_is(const char *name);

/* The outputs as call_make left them, or not a bit other than that. */
void call_poison(const struct call *c);
void call_require_untouched(const struct call *c);

/* Two calls of the same operator gave the same bits. */
void call_require_same(const struct call *a, const struct call *b);

#endif
