/* bench_case.c - time batches of calls back to back. */

#include "engine/bench_case.h"

enum { MOST_CALLS = 1000, MOST_BATCHES = 25 };

static clinfer_status batch(const struct trial *t, size_t calls,
                            double *seconds) {
  const clinfer_exec exec = {.queue = t->s->queue};
  clinfer_status status = CLINFER_OK;
  const double start = tool_now();
  for (size_t i = 0; i < calls && status == CLINFER_OK; i++)
    status = trial_call(t, &exec);
  if (clFinish(t->s->queue) != CL_SUCCESS) status = CLINFER_OPENCL_ERROR;
  *seconds = (tool_now() - start) / (double)calls;
  return status;
}

clinfer_status bench_call(const struct trial *t,
                          const struct bench_effort *effort,
                          struct bench_time *out) {
  double one, wall[MOST_BATCHES];
  clinfer_status status = batch(t, effort->fewest_calls, &one);
  if (status == CLINFER_OK) status = batch(t, effort->fewest_calls, &one);

  const size_t calls = tool_clamp(effort->batch / one, effort->fewest_calls,
                                  MOST_CALLS);
  const size_t count = tool_clamp(effort->all / (one * (double)calls),
                                  effort->fewest_batches, MOST_BATCHES);
  for (size_t i = 0; i < count && status == CLINFER_OK; i++)
    status = batch(t, calls, &wall[i]);
  if (status != CLINFER_OK) return status;
  out->wall = tool_median(wall, count);
  out->least = wall[0];
  return CLINFER_OK;
}
