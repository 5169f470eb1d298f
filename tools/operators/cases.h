/* cases.h - a case: one operator on one shape, and its canonical text, as in
 *   mlp_gemm:f16:m=128,k=768,n=3072,act=gelu_erf,wt=out_in,ld=+3,seed=17
 *   layer_norm:f16/f32/f32:m=3,k=7,seed=17     (activations/parameters/output)
 * A field that has its usual value is left out. */
#ifndef CLINFER_TOOLS_OPERATORS_CASES_H
#define CLINFER_TOOLS_OPERATORS_CASES_H

#include "lib/tool.h"
#include "operators/table.h"

struct test_case {
  const struct call_operator *op;
  clinfer_dtype x, p, y; /* activations, parameters, outputs */

  /* The fields, all of one type so that a table can name them. */
  size_t m, k, n, out; /* tokens, hidden, features or intermediate, out of
                          W_out (0: as k) */
  size_t act, form, mp, after, gated;
  size_t wt, pack; /* layout of weights, packed or not */
  /* The optional operands: are they there? */
  size_t bias, input_bias, gamma, beta, second;
  size_t inplace; /* 0, or the input whose place the output takes, see below */
  size_t ld, off; /* elements of padding after each row, before each operand */
  size_t mean;    /* of x, where it is normalised */
  size_t seed;
};

enum { CASE_TEXT = 256 };

/* NULL, or why the text is no case. c->seed stays if the text has none. */
const char *case_parse(const char *text, struct test_case *c);

/* Sets the fields that a text like "m=3,k=7" names. NULL, or what is wrong. */
const char *case_set(const char *fields, struct test_case *c);

/* A case of that operator with every field as usual. */
struct test_case case_of(const struct call_operator *op, clinfer_dtype x,
                         clinfer_dtype p, clinfer_dtype y);

/* NULL, or why these fields do not go together. */
const char *case_contradiction(const struct test_case *c);

void case_print(const struct test_case *c, char text[CASE_TEXT]);

/* The second part of the canonical text, for example "f16". */
void case_print_dtypes(const struct test_case *c, char text[16]);

/* Its row in the table of operators. */
const struct call_operator *case_call(const struct test_case *c);

/* Whether the operator gets that operand in this case. */
bool case_has(const struct test_case *c, enum role role);

/* The role in whose buffer that operand lies: its own, or an input's. */
enum role case_home(const struct test_case *c, enum role role);

struct call_sizes case_sizes(const struct test_case *c);

/* 0 x 0 if the operator has none. */
void case_size(const struct test_case *c, enum role role, size_t *rows,
               size_t *cols);

clinfer_dtype case_dtype(const struct test_case *c, enum role role);

/* Multiplications and additions of the GEMMs; 0 without one. */
double case_flops(const struct test_case *c);

#endif
