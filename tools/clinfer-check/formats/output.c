/* output.c - text, JSON lines and files. */

#include "formats/output.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/json.h"

static bool open_file(const char *path, FILE **file) {
  if (path == NULL) return true;
  *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
  if (*file != NULL) return true;
  fprintf(stderr, "clinfer-check: %s: %s\n", path, strerror(errno));
  return false;
}

bool output_open(struct output *out, const struct options *options) {
  *out = (struct output){.text = stdout, .progress = isatty(STDERR_FILENO)};
  if (!open_file(options->json, &out->json)) return false;
  if (!open_file(options->junit, &out->junit)) return false;
  if (!open_file(options->report, &out->report)) return false;
  if (out->json == stdout || out->junit == stdout || out->report == stdout)
    out->text = stderr;
  return true;
}

static bool close_file(FILE *file) {
  if (file == NULL) return true;
  const bool written = fflush(file) == 0 && !ferror(file);
  return (file == stdout || fclose(file) == 0) && written;
}

bool output_close(struct output *out) {
  const bool text = fflush(out->text) == 0 && !ferror(out->text);
  const bool json = close_file(out->json), junit = close_file(out->junit),
             report = close_file(out->report);
  if (text && json && junit && report) return true;
  fprintf(stderr, "clinfer-check: the output could not be written\n");
  return false;
}

void output_json(const struct output *out, const cJSON *line) {
  if (out->json == NULL) return;
  char *text = cJSON_PrintUnformatted(line);
  fprintf(out->json, "%s\n", text);
  fflush(out->json);
  cJSON_free(text);
}

void output_device(const struct output *out, const struct options *options,
                   const cJSON *started) {
  const int v = clinfer_version();
  char version[32];
  snprintf(version, sizeof version, "%d.%d.%d", v / 10000, v / 100 % 100,
           v % 100);
  const cJSON *device = cJSON_GetObjectItem(started, "device");
  fprintf(out->text,
          "clinfer   %s%s\n"
          "device    %s  %s (%s)\n"
          "platform  %s, %s, driver %s\n"
          "seed      %" PRIu64 "\n\n",
          version, options->session.reference ? ", reference kernels" : "",
          json_text(device, "selector"), json_text(device, "name"),
          json_text(device, "vendor"), json_text(device, "platform"),
          json_text(device, "version"), json_text(device, "driver"),
          options->seed);

  cJSON *line = cJSON_CreateObject();
  cJSON_AddStringToObject(line, "type", "run");
  cJSON_AddNumberToObject(line, "schema", OUTPUT_SCHEMA);
  cJSON_AddStringToObject(line, "command", options->command);
  cJSON_AddStringToObject(line, "clinfer", version);
  cJSON_AddBoolToObject(line, "reference", options->session.reference);
  cJSON_AddNumberToObject(line, "seed", (double)options->seed);
  cJSON_AddItemToObject(line, "device", cJSON_Duplicate(device, true));
  if (*json_text(started, "uncached") != '\0')
    cJSON_AddStringToObject(line, "uncached", json_text(started, "uncached"));
  cJSON_AddItemToObject(line, "open_ms",
                        cJSON_Duplicate(cJSON_GetObjectItem(started, "open_ms"),
                                        true));
  output_json(out, line);
  cJSON_Delete(line);
}

void output_progress(const struct output *out, size_t done, size_t count,
                     const char *what) {
  if (!out->progress) return;
  if (done == count)
    fprintf(stderr, "\r\033[K");
  else
    fprintf(stderr, "\r\033[K[%zu/%zu] %.60s", done + 1, count, what);
  fflush(stderr);
}
