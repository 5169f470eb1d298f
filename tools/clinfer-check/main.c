/* main.c - clinfer-check: commands and devices. */

#include <stdio.h>
#include <string.h>

#include "commands/cache.h"
#include "commands/check.h"
#include "commands/clblast.h"
#include "commands/list.h"
#include "commands/model.h"
#include "commands/stress.h"
#include "commands/support.h"
#include "commands/tune.h"
#include "formats/bundle.h"
#include "formats/report.h"
#include "lib/json.h"
#include "options.h"

typedef int on_device(const struct options *, const struct output *,
                      const char *selector);

static int on_all_devices(on_device *run, const struct options *options,
                          const struct output *out) {
  int code;
  cJSON *devices = list_devices(options, &code), *device;
  if (devices == NULL) return code;
  code = TOOL_SKIPPED;
  cJSON_ArrayForEach(device, devices) {
    code = tool_worse(code, run(options, out, json_text(device, "selector")));
    fputc('\n', out->text);
  }
  cJSON_Delete(devices);
  return code;
}

static on_device *command_of(const struct options *options) {
  if (strcmp(options->command, "tune") == 0) return tune_device;
  if (strcmp(options->command, "clblast") == 0) return clblast_device;
  if (strcmp(options->command, "support") == 0) return support_device;
  if (strcmp(options->command, "stress") == 0) return stress_device;
  return check_device;
}

static int run(const struct options *options) {
  on_device *command = command_of(options);
  struct output out;
  if (!output_open(&out, options)) return TOOL_INTERNAL;
  if (out.junit != NULL) junit_begin(out.junit);
  if (out.report != NULL) bundle_begin(out.report, options);
  const int code = options->all_devices
                       ? on_all_devices(command, options, &out)
                       : command(options, &out, options->device);
  if (out.junit != NULL) junit_end(out.junit);
  return output_close(&out) ? code : TOOL_INTERNAL;
}

int main(int argc, char **argv) {
  struct options options;
  int code;
  if (options_read(argc, argv, &options, &code)) {
    if (strcmp(options.command, "list") == 0)
      code = list_run(&options);
    else if (strcmp(options.command, "model") == 0)
      code = model_run(options.device, options.files[0], stdout);
    else if (strcmp(options.command, "cache") == 0)
      code = cache_run(&options);
    else
      code = run(&options);
  }
  options_free(&options);
  return code;
}
