/* result.h - what became of a case, and its line of JSON. */
#ifndef CLINFER_CHECK_FORMATS_RESULT_H
#define CLINFER_CHECK_FORMATS_RESULT_H

#include <cjson/cJSON.h>

#include "operators/cases.h"

enum verdict {
  CASE_OK,
  CASE_FAIL,
  CASE_SKIP,
  CASE_CRASH,
  CASE_TIMEOUT,
  VERDICT_COUNT
};

struct result {
  struct test_case c;
  enum verdict verdict;
  double worst; /* error as a share of its bound, over all outputs */
  double ms;
  char message[512]; /* unless ok: why */

  /* Of a wrong value: */
  size_t failures;    /* elements that are wrong; 0: the fault is another */
  const char *output; /* "y" or "second" */
  size_t row, col;    /* the worst one */
  double got, want;
};

const char *verdict_name(enum verdict verdict); /* ok, FAIL, SKIP ... */

cJSON *result_to_json(const struct result *r);

/* r->c is set already. */
void result_from_json(const cJSON *line, struct result *r);

#endif
