/* model.h - run an encoder layer of a real model through the operators. */
#ifndef CLINFER_CHECK_COMMANDS_MODEL_H
#define CLINFER_CHECK_COMMANDS_MODEL_H

#include <stdio.h>

/* Runs layer 0 of a safetensors file (bert.h says which) on the device that
 * `selector` names, in f32 and f16, with weights as they lie and packed.
 * Prints a line per result to `out` and reasons for failure to stderr. Returns
 * an exit code: TOOL_PASSED, TOOL_FAILED, TOOL_NO_DEVICE, or TOOL_INTERNAL for
 * a file that cannot be used. */
int model_run(const char *selector, const char *path, FILE *out);

#endif
