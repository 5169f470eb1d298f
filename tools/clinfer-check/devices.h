/* devices.h - the OpenCL devices of this machine. */
#ifndef CLINFER_CHECK_DEVICES_H
#define CLINFER_CHECK_DEVICES_H

#include <cjson/cJSON.h>

#include "tool.h"

/* In a worker: selector, name, vendor, platform, driver, version, type,
 * memory in bytes, fp16. */
cJSON *device_describe(cl_device_id device);

/* In a worker: what else it says of itself, as texts. */
cJSON *device_properties(cl_device_id device);

/* "ready", "untested", ... */
const char *device_provider_state(clinfer_provider_state state);

/* In a worker: {"gemm_cpu": "ready", ...}, as the context has them. */
cJSON *device_providers(const clinfer_context *ctx);

/* In the parent: an array of such descriptions, with "picked" on the one that
 * the selector names; NULL, with *exit_code and a word on stderr, if there is
 * no device. */
cJSON *devices_find(const struct options *options, int *exit_code);

/* The command `list`. */
int devices_list(const struct options *options);

#endif
