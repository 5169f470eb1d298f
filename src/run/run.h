/* run.h - commands on their way into a queue, each after the one before. */
#ifndef CI_RUN_H
#define CI_RUN_H

#include "run/step.h"

struct ci_run {
  struct ci_programs *programs;
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
clinfer_status ci_check_exec(const struct ci_programs *programs,
                             const clinfer_exec *exec, bool *in_order);

/* Enqueue the next command, with its program's lock held. */
clinfer_status ci_enqueue(struct ci_run *run, const struct ci_command *command);

/* ---- For the kinds of steps: enqueuing the next command */

/* Whether the caller or the command after it needs its event. With an event a
 * launch costs a third more on NVIDIA's driver. */
bool ci_run_needs_event(const struct ci_run *run);

/* Whether the caller wants the event of the run's first command, and this is
 * it. */
bool ci_run_shows_first(const struct ci_run *run);

/* It was enqueued, with that event or NULL. A command that is several to the
 * queue may say so of each. */
clinfer_status ci_run_enqueued(struct ci_run *run, cl_event event);

/* Enqueue a barrier that waits for all of `waits`, as a part of the command. */
clinfer_status ci_run_barrier(struct ci_run *run, struct ci_waits waits);

/* ---- The end */

/* A run that failed half-way: make `last` cover all that was enqueued. False if
 * that failed, too. */
bool ci_run_cover(struct ci_run *run);

/* Hand the caller its events, unless `status` tells of a failure; a run of no
 * commands is a marker. Returns what the run came to. */
clinfer_status ci_run_end(struct ci_run *run, clinfer_status status);

#endif
