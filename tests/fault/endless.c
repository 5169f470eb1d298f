/* endless.c - to be preloaded: a driver whose commands never end. */

#define _POSIX_C_SOURCE 200809L

#include <CL/cl.h>
#include <unistd.h>

_Noreturn static void wait_for_ever(void) {
  for (;;) pause();
}

cl_int clWaitForEvents(cl_uint count, const cl_event *events) {
  (void)count, (void)events;
  wait_for_ever();
}

cl_int clFinish(cl_command_queue queue) {
  (void)queue;
  wait_for_ever();
}

/* The tools' reads are blocking ones. */
cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem mem, cl_bool blocking,
                           size_t offset, size_t size, void *to,
                           cl_uint wait_count, const cl_event *waits,
                           cl_event *event) {
  (void)queue, (void)mem, (void)blocking, (void)offset, (void)size, (void)to;
  (void)wait_count, (void)waits, (void)event;
  wait_for_ever();
}
