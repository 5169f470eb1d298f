/* worker.h - OpenCL drivers crash and hang, so only child processes call them.
 * A worker is a forked child that writes one line of JSON for its start and
 * one for each item of a job; its parent is the watchdog. After a crash or a
 * hang the job goes on with the next item in a new worker. */
#ifndef CLINFER_TOOLS_LIB_WORKER_H
#define CLINFER_TOOLS_LIB_WORKER_H

#include <cjson/cJSON.h>

#include "lib/tool.h"

struct worker_job {
  size_t count;   /* items */
  double timeout; /* seconds from one line to the next */
  void *user;

  /* In the child. The line of a start that failed has a member "error"; no
   * item is asked for then. */
  cJSON *(*start)(void *user);
  cJSON *(*item)(void *user, size_t index);
  void (*stop)(void *user);

  /* In the parent. started: false ends the job. */
  bool (*started)(void *user, const cJSON *line);
  void (*done)(void *user, size_t index, const cJSON *line);

  /* In the parent: the worker died of `how` while at that item, or at its
   * start, or after the last item: WORKER_START, WORKER_STOP. */
  void (*lost)(void *user, size_t index, bool hung, const char *how);
};

#define WORKER_START ((size_t)-1)
#define WORKER_STOP ((size_t)-2)

/* The number of items that were done or lost: fewer than job->count if the
 * worker could not start or too many were lost. */
size_t worker_run(const struct worker_job *job);

#endif
