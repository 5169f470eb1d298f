/* queues.c - queues and events of the context that chooses freely. */

#include "queues.h"

clinfer_context *queue_ctx(void) { return t_next(NULL, "")->ctx; }

cl_command_queue queue_make(cl_command_queue_properties properties) {
  cl_command_queue
      queue = clCreateCommandQueue(clinfer_context_cl(queue_ctx()),
                                   clinfer_context_device(queue_ctx()),
                                   properties, NULL);
  assert_non_null(queue);
  return queue;
}

bool queue_possible(cl_command_queue_properties properties) {
  cl_command_queue_properties has = 0;
  clGetDeviceInfo(clinfer_context_device(queue_ctx()),
                  CL_DEVICE_QUEUE_PROPERTIES, sizeof has, &has, NULL);
  return (has & properties) == properties;
}

cl_event queue_user_event(void) {
  cl_event event = clCreateUserEvent(clinfer_context_cl(queue_ctx()), NULL);
  assert_non_null(event);
  return event;
}

cl_int queue_state_of(cl_event event) {
  cl_int state = CL_QUEUED;
  assert_int_equal(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS,
                                  sizeof state, &state, NULL),
                   CL_SUCCESS);
  return state;
}
