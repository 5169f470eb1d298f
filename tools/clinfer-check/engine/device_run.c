/* device_run.c - open the device of a command in its workers. */

#include "engine/device_run.h"

#include "lib/json.h"

static cJSON *start(void *user) {
  struct device_run *run = user;
  return session_open(&run->session, run->asked, &run->options->session);
}

void device_run_stop(void *user) {
  session_close(&((struct device_run *)user)->session);
}

bool device_run_started(void *user, const cJSON *line) {
  struct device_run *run = user;
  const char *error = json_text(line, "error");
  if (*error != '\0') {
    fprintf(stderr, "clinfer-check: %s\n", error);
    run->exit_code = run->opened != NULL ? TOOL_LOST : TOOL_NO_DEVICE;
    return false;
  }
  if (run->opened != NULL) return true;
  run->opened = cJSON_Duplicate(line, true);
  output_device(run->out, run->options, line);
  return true;
}

bool device_run_lost(struct device_run *run, size_t index, const char *how) {
  output_progress(run->out, 0, 0, "");
  run->exit_code = TOOL_LOST;
  if (index != WORKER_START && index != WORKER_STOP) return false;
  fprintf(stderr, "clinfer-check: while %s the device: %s\n",
          index == WORKER_START ? "opening" : "closing", how);
  return true;
}

void device_run_job(struct device_run *run, struct worker_job job) {
  job.timeout = run->options->timeout;
  job.user = run;
  job.start = start;
  if (job.stop == NULL) job.stop = device_run_stop;
  if (job.started == NULL) job.started = device_run_started;
  worker_run(&job);
}
