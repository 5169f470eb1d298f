/* launch.c - an empty kernel beside an operator on one element. */

#include "launch.h"

#include <stdio.h>

#include "timing.h"

static clinfer_status call_empty(const void *user, const clinfer_exec *exec) {
  return bench_launch(exec->queue, (cl_kernel)user, 64,
                      exec->first != NULL ? exec->first : exec->event);
}

static clinfer_status call_smallest(const void *user,
                                    const clinfer_exec *exec) {
  const struct bench *b = user;
  const clinfer_matrix x = clinfer_matrix_of(b->flush.buffer, 1, 1,
                                             CLINFER_F32);
  return clinfer_bias_activation(b->s.ctx, exec, x, clinfer_no_vector(),
                                 CLINFER_NONE, x);
}

static bool measure(const struct bench *b, const char *name,
                    struct timed_call call) {
  struct timing time;
  if (timing_measure(b, call, &time) != CLINFER_OK) return false;
  printf("%-40s %8.2f %8.2f %8.2f %8.2f\n", name, time.cold * 1e6,
         time.gap * 1e6, time.warm * 1e6, time.host * 1e6);
  return true;
}

static bool measure_recorded(const struct bench *b) {
  clinfer_recording *recording;
  if (clinfer_recording_create(b->s.ctx, &recording) != CLINFER_OK)
    return false;
  const clinfer_exec record = {.recording = recording};
  const bool measured = call_smallest(b, &record) == CLINFER_OK &&
                        measure(b, "the same, recorded",
                                timing_recording(recording));
  clinfer_recording_destroy(recording);
  return measured;
}

bool launch_measure(const struct bench *b) {
  cl_kernel empty = bench_kernel(b, "empty");
  if (empty == NULL) return false;
  printf("%-40s %8s %8s %8s %8s\n", "", "cold us", "gap us", "warm us",
         "host us");
  const bool measured = measure(b, "clEnqueueNDRangeKernel, empty kernel",
                                (struct timed_call){call_empty, empty}) &&
                        measure(b, "clinfer_bias_activation, one element",
                                (struct timed_call){call_smallest, b}) &&
                        measure_recorded(b);
  clReleaseKernel(empty);
  return measured;
}
