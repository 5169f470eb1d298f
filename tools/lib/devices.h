/* devices.h - the OpenCL devices of this machine. */
#ifndef CLINFER_TOOLS_LIB_DEVICES_H
#define CLINFER_TOOLS_LIB_DEVICES_H

#include <cjson/cJSON.h>

#include "lib/tool.h"

/* In a worker: calls visit for every device with its platform's place and its
 * own, until it returns true. */
bool devices_visit(bool (*visit)(void *, cl_device_id, cl_uint, cl_uint),
                   void *user);

/* In a worker: selector, name, vendor, platform, driver, version, type,
 * memory in bytes, fp16. */
cJSON *device_describe(cl_device_id device);

/* In a worker: what else it says of itself, as texts. */
cJSON *device_properties(cl_device_id device);

/* "ready", "untested", ... */
const char *device_provider_state(clinfer_provider_state state);

/* In a worker: {"gemm_cpu": "ready", ...}, as the context has them. */
cJSON *device_providers(const clinfer_context *ctx);

#endif
