/* report.h - tell what became of the cases of one device. */
#ifndef CLINFER_CHECK_FORMATS_REPORT_H
#define CLINFER_CHECK_FORMATS_REPORT_H

#include "formats/output.h"
#include "formats/result.h"

struct tally {
  size_t of[VERDICT_COUNT];
  double worst, ms;
};

struct report {
  const struct output *out;
  const struct options *options;
  const cJSON *device; /* as device_describe has it */

  struct result *results; /* one a case, in order; owned by the caller */
  size_t count;           /* of cases that have one */
  struct tally total, op; /* of all; of the operator being checked */
};

/* The next case's result is results[count]. */
void report_case(struct report *r);

/* The command that repeats the case of that text. */
void report_repro(FILE *file, const struct report *r, const char *text);

/* The last summary, the JSON and JUnit of this device. Returns the exit code
 * that the results stand for. */
int report_end(struct report *r);

/* Around all devices. */
void junit_begin(FILE *file);
void junit_device(FILE *file, const struct report *r);
void junit_end(FILE *file);

#endif
