/* queues.h - queues and events of the context that chooses freely. */
#ifndef CLINFER_QUEUES_H
#define CLINFER_QUEUES_H

#include "calls.h"

clinfer_context *queue_ctx(void);

/* Whether the device has such queues; one of them. */
bool queue_possible(cl_command_queue_properties properties);
cl_command_queue queue_make(cl_command_queue_properties properties);

cl_event queue_user_event(void);
cl_int queue_state_of(cl_event event);

#endif
