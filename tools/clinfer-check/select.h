/* select.h - which cases a run consists of. */
#ifndef CLINFER_CHECK_SELECT_H
#define CLINFER_CHECK_SELECT_H

#include "operators/cases.h"
#include "options.h"

struct case_list {
  struct test_case *items;
  size_t count;
};

/* The cases that the options select from the operators' tables; a word on
 * stderr if there are none. */
struct case_list cases_select(const struct options *options);

/* Likewise from an array of canonical texts without seed. */
struct case_list cases_select_from(const struct options *options,
                                   const char *const *texts, size_t count);

#endif
