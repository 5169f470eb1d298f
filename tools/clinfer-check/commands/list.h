/* list.h - the command `list`, and the devices that --all-devices means. */
#ifndef CLINFER_CHECK_COMMANDS_LIST_H
#define CLINFER_CHECK_COMMANDS_LIST_H

#include <cjson/cJSON.h>

#include "options.h"

/* An array of what device_describe tells of each device, with "picked" on the
 * one that the selector names; NULL, with *exit_code and a word on stderr, if
 * there is no device. */
cJSON *list_devices(const struct options *options, int *exit_code);

/* Returns an exit code. */
int list_run(const struct options *options);

#endif
