/* sample.h - some elements of an operator's result, as the oracle has them. */
#ifndef CLINFER_BENCH_SAMPLE_H
#define CLINFER_BENCH_SAMPLE_H

#include "stage.h"

/* Rows are alike for every number of tokens, so all of them share a sample. */
struct sample {
  size_t *rows, *cols;
  size_t row_count, col_count;
  struct oracle_value *want; /* row_count x col_count */
};

/* Of rows that spread over each number of tokens, the first and the last
 * among them, and of columns likewise. */
void sample_make(struct sample *sample, const struct stage *stage,
                 const struct size_list *tokens);
void sample_free(struct sample *sample);

/* Of those that stage->c.m tokens have; `at` is not yet an element of y. */
cl_int sample_judge(const struct sample *sample, const struct stage *stage,
                    bool spoil, struct oracle_verdict *verdict);

#endif
