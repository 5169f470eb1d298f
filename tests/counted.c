/* counted.c - OpenCL calls on their way from the library to the driver. The
 * names are those that the linker's --wrap asks for. */

#include "counted.h"

#include "clinfer/clinfer.h"

atomic_size_t counted_buffers, counted_commands, counted_events_made,
    counted_sets, counted_queries, counted_refuse;
atomic_long counted_events;

cl_mem __real_clCreateBuffer(cl_context cl, cl_mem_flags flags, size_t size,
                             void *host, cl_int *code);
cl_mem __wrap_clCreateBuffer(cl_context cl, cl_mem_flags flags, size_t size,
                             void *host, cl_int *code);
cl_mem __wrap_clCreateBuffer(cl_context cl, cl_mem_flags flags, size_t size,
                             void *host, cl_int *code) {
  counted_buffers++;
  return __real_clCreateBuffer(cl, flags, size, host, code);
}

static cl_int with_event(cl_int code, const cl_event *event) {
  if (code == CL_SUCCESS && event != NULL) {
    counted_events++;
    counted_events_made++;
  }
  return code;
}

#define KERNEL_PARAMETERS                                              \
  cl_command_queue queue, cl_kernel kernel, cl_uint dims,              \
      const size_t *offset, const size_t *global, const size_t *local, \
      cl_uint wait_count, const cl_event *waits, cl_event *event
cl_int __real_clEnqueueNDRangeKernel(KERNEL_PARAMETERS);
cl_int __wrap_clEnqueueNDRangeKernel(KERNEL_PARAMETERS);
cl_int __wrap_clEnqueueNDRangeKernel(KERNEL_PARAMETERS) {
  counted_commands++;
  if (counted_refuse > 0 && --counted_refuse == 0) return CL_OUT_OF_RESOURCES;
  return with_event(__real_clEnqueueNDRangeKernel(queue, kernel, dims, offset,
                                                  global, local, wait_count,
                                                  waits, event),
                    event);
}

#define WAIT_PARAMETERS                                              \
  cl_command_queue queue, cl_uint wait_count, const cl_event *waits, \
      cl_event *event
cl_int __real_clEnqueueBarrierWithWaitList(WAIT_PARAMETERS);
cl_int __wrap_clEnqueueBarrierWithWaitList(WAIT_PARAMETERS);
cl_int __wrap_clEnqueueBarrierWithWaitList(WAIT_PARAMETERS) {
  counted_commands++;
  return with_event(__real_clEnqueueBarrierWithWaitList(queue, wait_count,
                                                        waits, event),
                    event);
}

cl_int __real_clEnqueueMarkerWithWaitList(WAIT_PARAMETERS);
cl_int __wrap_clEnqueueMarkerWithWaitList(WAIT_PARAMETERS);
cl_int __wrap_clEnqueueMarkerWithWaitList(WAIT_PARAMETERS) {
  counted_commands++;
  return with_event(__real_clEnqueueMarkerWithWaitList(queue, wait_count, waits,
                                                       event),
                    event);
}

cl_int __real_clRetainEvent(cl_event event);
cl_int __wrap_clRetainEvent(cl_event event);
cl_int __wrap_clRetainEvent(cl_event event) {
  counted_events++;
  return __real_clRetainEvent(event);
}

cl_int __real_clReleaseEvent(cl_event event);
cl_int __wrap_clReleaseEvent(cl_event event);
cl_int __wrap_clReleaseEvent(cl_event event) {
  counted_events--;
  return __real_clReleaseEvent(event);
}

#define SET_PARAMETERS \
  cl_kernel kernel, cl_uint index, size_t size, const void *value
cl_int __real_clSetKernelArg(SET_PARAMETERS);
cl_int __wrap_clSetKernelArg(SET_PARAMETERS);
cl_int __wrap_clSetKernelArg(SET_PARAMETERS) {
  counted_sets++;
  return __real_clSetKernelArg(kernel, index, size, value);
}

#define QUERY_PARAMETERS \
  cl_mem mem, cl_mem_info name, size_t size, void *value, size_t *value_size
cl_int __real_clGetMemObjectInfo(QUERY_PARAMETERS);
cl_int __wrap_clGetMemObjectInfo(QUERY_PARAMETERS);
cl_int __wrap_clGetMemObjectInfo(QUERY_PARAMETERS) {
  counted_queries++;
  return __real_clGetMemObjectInfo(mem, name, size, value, value_size);
}
