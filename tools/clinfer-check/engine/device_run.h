/* device_run.h - what the commands share: a device that workers open, its
 * heading, and the exit code. Commands keep it as the first member of
 * their own state, so that it can be the `user` of a worker's job. */
#ifndef CLINFER_CHECK_ENGINE_DEVICE_RUN_H
#define CLINFER_CHECK_ENGINE_DEVICE_RUN_H

#include "formats/output.h"
#include "lib/session.h"
#include "lib/worker.h"

struct device_run {
  const struct options *options;
  const struct output *out;
  const char *asked;      /* selector */
  struct session session; /* in the worker */
  cJSON *opened;          /* in the parent: what the first worker said, if it
                             could open the device */
  int exit_code;          /* start with TOOL_SKIPPED */
};

/* Runs the job with this as its user; what the job leaves out of stop and
 * started is what follows. */
void device_run_job(struct device_run *run, struct worker_job job);
void device_run_stop(void *user);
bool device_run_started(void *user, const cJSON *line);

/* For `lost`: true if the loss was not of an item, but at the start or end. */
bool device_run_lost(struct device_run *run, size_t index, const char *how);

#endif
