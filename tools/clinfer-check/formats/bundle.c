/* bundle.c - write the file of --report. */

#include "formats/bundle.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "formats/scrub.h"
#include "lib/json.h"

static void heading(FILE *file, const char *text) {
  fprintf(file, "\n## %s\n\n", text);
}

/* Names and values; of numbers only what JSON has as text. */
static void write_object(FILE *file, const cJSON *object) {
  const cJSON *member;
  cJSON_ArrayForEach(member, object) {
    if (cJSON_IsString(member))
      scrub_print(file, "%-20s %s\n", member->string, member->valuestring);
  }
}

static void write_environment(FILE *file) {
  static const char *const names[] = {
      "CLINFER_DEVICE",    "CLINFER_DISABLE",   "CLINFER_REFERENCE",
      "CLINFER_MATH",      "CLINFER_CACHE_DIR", "CLINFER_TUNING_DIR",
      "CLINFER_CL_DIR",    "OCL_ICD_VENDORS",   "OCL_ICD_FILENAMES",
      "POCL_DEVICES",      "RUSTICL_ENABLE",    "CUDA_VISIBLE_DEVICES",
      "GPU_DEVICE_ORDINAL"};
  for (size_t i = 0; i < TOOL_COUNT(names); i++)
    if (getenv(names[i]) != NULL)
      scrub_print(file, "%-20s %s\n", names[i], getenv(names[i]));
}

void bundle_begin(FILE *file, const struct options *options) {
  struct utsname system;
  fprintf(file, "# clinfer-check report\n\n");
  fprintf(file, "%-20s " CLINFER_VERSION_STRING ", running %d\n", "clinfer",
          clinfer_version());
#ifdef __VERSION__
  fprintf(file, "%-20s %s\n", "built by", __VERSION__);
#endif
  if (uname(&system) == 0)
    fprintf(file, "%-20s %s %s %s\n", "system", system.sysname, system.release,
            system.machine);
  fprintf(file, "%-20s %zu bits\n", "pointers", 8 * sizeof(void *));
  fprintf(file, "%-20s %llu\n", "seed", (unsigned long long)options->seed);
  if (options->session.disable != NULL)
    scrub_print(file, "%-20s %s\n", "--disable", options->session.disable);
  if (options->session.reference) fprintf(file, "--reference\n");
  write_environment(file);
}

static void write_failure(FILE *file, const struct report *r,
                          const struct result *result) {
  char text[CASE_TEXT];
  case_print(&result->c, text);
  scrub_print(file, "%s %s\n  %s\n", verdict_name(result->verdict), text,
              result->message);
  if (result->failures != 0)
    fprintf(file,
            "  %.3g of its bound; worst at %s (%zu, %zu): got %.9g, want "
            "%.9g\n",
            result->worst, result->output, result->row, result->col,
            result->got, result->want);
  report_repro(file, r, text);
}

static void write_failures(FILE *file, const struct report *r) {
  size_t failures = 0;
  for (size_t i = 0; i < r->count; i++) {
    const enum verdict verdict = r->results[i].verdict;
    if (verdict == CASE_OK || verdict == CASE_SKIP) continue;
    write_failure(file, r, &r->results[i]);
    failures++;
  }
  fprintf(file, "%s%zu cases, %zu ok, %zu skipped, %zu failed\n",
          failures ? "\n" : "", r->count, r->total.of[CASE_OK],
          r->total.of[CASE_SKIP], failures);
}

void bundle_device(FILE *file, const struct report *r, const cJSON *opened,
                   const cJSON *log, const cJSON *providers) {
  const cJSON *line;
  heading(file, "Device");
  write_object(file, cJSON_GetObjectItem(opened, "device"));
  write_object(file, cJSON_GetObjectItem(opened, "properties"));
  heading(file, "Providers");
  write_object(file, providers);
  heading(file, "Failures");
  write_failures(file, r);
  heading(file, "What the library and the compiler said");
  cJSON_ArrayForEach(line, log) scrub_print(file, "%s\n", line->valuestring);
}
