/* timing.c - cold, warm, and the host's share. */

#include "timing.h"

#include "watch.h"

/* Of batches, whatever time there is. */
enum { FEWEST = 3, MOST = 128 };

static clinfer_status run_recording(const void *user,
                                    const clinfer_exec *exec) {
  return clinfer_recording_run((clinfer_recording *)user, exec);
}

struct timed_call timing_recording(clinfer_recording *recording) {
  return (struct timed_call){run_recording, recording};
}

struct batch_time {
  double wall, host; /* a call, with and without the wait at the end */
};

static clinfer_status batch(cl_command_queue queue, struct timed_call call,
                            size_t calls, struct batch_time *out) {
  const clinfer_exec exec = {.queue = queue};
  clinfer_status status = CLINFER_OK;
  watch_on();
  const double start = tool_now();
  for (size_t i = 0; i < calls && status == CLINFER_OK; i++)
    status = call.call(call.user, &exec);
  out->host = (tool_now() - start) / (double)calls;
  if (clFinish(queue) != CL_SUCCESS) status = CLINFER_OPENCL_ERROR;
  out->wall = (tool_now() - start) / (double)calls;
  return status;
}

/* Medians over as many such batches as time allows. */
static clinfer_status batches(const struct bench *b, struct timed_call call,
                              size_t calls, struct batch_time *out) {
  double wall[MOST], host[MOST];
  const double start = tool_now(), end = start + b->arguments->seconds;
  clinfer_status status = CLINFER_OK;
  size_t count = 0;
  while (count < FEWEST || (count < MOST && tool_now() < end)) {
    struct batch_time one;
    status = batch(b->plain, call, calls, &one);
    if (status != CLINFER_OK) return status;
    wall[count] = one.wall, host[count++] = one.host;
  }
  *out = (struct batch_time){tool_median(wall, count),
                             tool_median(host, count)};
  return CLINFER_OK;
}

/* ---- Cold */

static double seconds_between(cl_ulong from, cl_ulong to) {
  return to > from ? 1e-9 * (double)(to - from) : 0;
}

static cl_ulong time_of(cl_event event, cl_profiling_info what) {
  cl_ulong at = 0;
  if (event != NULL) {
    clGetEventProfilingInfo(event, what, sizeof at, &at, NULL);
    clReleaseEvent(event);
  }
  return at;
}

/* What a batch measures from the end of the flush on. An event holds up the
 * kernel after it, so there is one for the first kernel or one for the last. */
enum until { FIRST_STARTS, LAST_ENDS };

struct cold_call {
  cl_event flushed, first, last;
};

static clinfer_status enqueue_cold(const struct bench *b,
                                   struct timed_call call, enum until until,
                                   struct cold_call *c) {
  const clinfer_exec exec = {.queue = b->s.queue,
                             .event = until == LAST_ENDS ? &c->last : NULL,
                             .first = until == FIRST_STARTS ? &c->first : NULL};
  const clinfer_status status = bench_launch(b->s.queue, b->flush.kernel,
                                             b->flush.bytes / sizeof(cl_float4),
                                             &c->flushed);
  if (status != CLINFER_OK) return status;
  return call.call(call.user, &exec);
}

enum { COLD_CALLS = 4 };

/* The host does not wait between the calls of a batch, so it is ahead. */
static clinfer_status cold_batch(const struct bench *b, struct timed_call call,
                                 enum until until, double *seconds) {
  struct cold_call batch[COLD_CALLS] = {{NULL, NULL, NULL}};
  clinfer_status status = CLINFER_OK;
  watch_on();
  for (size_t i = 0; i < COLD_CALLS && status == CLINFER_OK; i++)
    status = enqueue_cold(b, call, until, &batch[i]);
  if (clFinish(b->s.queue) != CL_SUCCESS) status = CLINFER_OPENCL_ERROR;
  for (size_t i = 0; i < COLD_CALLS; i++) {
    const struct cold_call *c = &batch[i];
    const cl_ulong from = time_of(c->flushed, CL_PROFILING_COMMAND_END);
    const cl_ulong start = time_of(c->first, CL_PROFILING_COMMAND_START);
    const cl_ulong end = time_of(c->last, CL_PROFILING_COMMAND_END);
    seconds[i] = seconds_between(from, until == LAST_ENDS ? end : start);
  }
  return status;
}

static clinfer_status measure_cold(const struct bench *b,
                                   struct timed_call call, struct timing *out) {
  double calls[MOST], gaps[MOST];
  const double end = tool_now() + b->arguments->seconds;
  size_t count = 0;
  while (count == 0 || (count < MOST && tool_now() < end)) {
    clinfer_status status = cold_batch(b, call, LAST_ENDS, calls + count);
    if (status == CLINFER_OK)
      status = cold_batch(b, call, FIRST_STARTS, gaps + count);
    if (status != CLINFER_OK) return status;
    count += COLD_CALLS;
  }
  out->gap = tool_median(gaps, count);
  out->cold = tool_median(calls, count) - out->gap;
  return CLINFER_OK;
}

/* ---- All */

clinfer_status timing_warm(const struct bench *b, struct timed_call call,
                           double *out) {
  /* Enough calls that the wait at the end of a batch is small beside them. */
  enum { FEWEST_CALLS = 4, MOST_CALLS = 2000, BATCHES = 8 };
  struct batch_time one;
  clinfer_status status = batch(b->plain, call, FEWEST_CALLS, &one);
  if (status == CLINFER_OK) status = batch(b->plain, call, FEWEST_CALLS, &one);
  if (status != CLINFER_OK) return status;
  const double calls = b->arguments->seconds / BATCHES / one.wall;
  status = batches(b, call, tool_clamp(calls, FEWEST_CALLS, MOST_CALLS), &one);
  *out = one.wall;
  return status;
}

clinfer_status timing_measure(const struct bench *b, struct timed_call call,
                              struct timing *out) {
  /* So few calls fill no driver's queue, which would make the host wait. */
  enum { UNHINDERED = 16 };
  struct batch_time one;
  clinfer_status status = batch(b->plain, call, 1, &one);
  out->first = one.wall;
  /* Cold comes before warm, which heats the device up until it slows down. */
  if (status == CLINFER_OK) status = measure_cold(b, call, out);
  if (status == CLINFER_OK) status = timing_warm(b, call, &out->warm);
  if (status == CLINFER_OK) status = batches(b, call, UNHINDERED, &one);
  out->host = one.host;
  return status;
}
