/* run.h - commands on their way into a queue, each after the one before. */
#ifndef CI_RUN_H
#define CI_RUN_H

#include "run/plan.h"

/* A step whose arguments are set. */
struct ci_command {
  struct ci_kernel *program; /* NULL: a CLBlast GEMM */
  cl_kernel kernel;          /* the program's, or another one made of it */
  cl_uint dims;
  size_t global[2], local[2];
  struct ci_gemm gemm; /* CLBlast's; it sets its arguments itself */
  cl_mem temporary;    /* for it */
};

struct ci_run {
  clinfer_context *ctx;
  const clinfer_exec *exec;
  bool in_order;       /* the queue runs its commands one after another */
  size_t count;        /* commands that it consists of */
  size_t enqueued;     /* of them */
  cl_event scratch;    /* the scratch's last user, to wait for; or NULL */
  bool shares_scratch; /* a later run may have to wait for this one */
  cl_event first;      /* of the first command, if the caller asks for it */
  cl_event last;       /* of the command enqueued last, if anybody needs it */
};

/* Whether commands can go where exec says: its queue and its events. */
clinfer_status ci_check_exec(const clinfer_context *ctx,
                             const clinfer_exec *exec, bool *in_order);

/* Enqueue the next command, with its program's lock held. */
clinfer_status ci_enqueue(struct ci_run *run, const struct ci_command *command);

/* A run that failed half-way: make `last` cover all that was enqueued. False if
 * that failed, too. */
bool ci_run_cover(struct ci_run *run);

/* Hand the caller its events, unless `status` tells of a failure; a run of no
 * commands is a marker. Returns what the run came to. */
clinfer_status ci_run_end(struct ci_run *run, clinfer_status status);

#endif
