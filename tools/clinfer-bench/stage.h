/* stage.h - one operator's operands on the device, for several numbers of
 * tokens: they are made once, for the most, and weights are packed once. */
#ifndef CLINFER_BENCH_STAGE_H
#define CLINFER_BENCH_STAGE_H

#include "bench.h"
#include "operators/trial.h"

/* Element i of an input's buffer is values[i % STAGE_PERIOD] of its operand: a
 * prime number, so that no two rows or columns are alike, and few enough that
 * the largest weights take no time to make. */
enum { STAGE_PERIOD = 262139 };

struct stage {
  struct test_case c; /* c.m: the tokens of the next call */
  struct trial t;     /* of c */
};

/* NULL, or why it failed; close it either way. c->m: the most tokens. */
const char *stage_open(struct stage *stage, const struct bench *b,
                       const struct test_case *c);
void stage_close(struct stage *stage);

/* Call with so many tokens from now on; spoils the output. */
void stage_set_tokens(struct stage *stage, size_t tokens);

/* Makes all of the output wrong, and waits until it is. */
void stage_spoil(const struct stage *stage);

#endif
