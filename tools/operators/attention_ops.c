/* attention_ops.c - attention, of one sequence and one head: a matrix each. */

#include "operators/rows.h"

#include <math.h>

static const char *const shapes[] = {
    "m=1,k=1,n=1,out=1",
    "m=3,k=7,n=5,out=9,ld=+3,off=5",
    "m=1,k=64,n=700,out=64",
    "m=0,k=16,n=8,out=16",
    "m=17,k=65,n=129,out=33,ld=+7",
    "m=70,k=32,n=70,out=32,off=3",
    "m=130,k=64,n=257,out=64",
    "m=200,k=128,n=300,out=128,ld=+8,off=8",
    "m=33,k=256,n=40,out=200",
    NULL,
};
static const char *const plain[] = {"", NULL};

static clinfer_view only_head(clinfer_matrix m) {
  return clinfer_heads_of(m, 1, 0, 1, m.cols);
}

static clinfer_status attention(clinfer_context *ctx, const clinfer_exec *exec,
                                const struct call_arguments *a) {
  const clinfer_attention_terms terms = {.q = only_head(a->x),
                                         .k = only_head(a->residual),
                                         .v = only_head(a->attention)};
  return clinfer_attention(ctx, exec, a->without_parameters ? NULL : &terms,
                           only_head(a->y));
}

static void expect_attention(const struct call_values *v,
                             struct oracle_value *y,
                             struct oracle_value *second) {
  const struct oracle_attention a = {.batch = 1,
                                     .heads = 1,
                                     .kv_heads = 1,
                                     .queries = v->sizes.tokens,
                                     .keys = v->sizes.between,
                                     .size = v->sizes.hidden,
                                     .value_size = v->sizes.out,
                                     .q = v->of[X],
                                     .k = v->of[RESIDUAL],
                                     .v = v->of[ATTENTION],
                                     .mask_batch = 1,
                                     .mask_heads = 1,
                                     .scale = 1 / sqrt((double)v->sizes.hidden),
                                     .weights = v->x};
  (void)second;
  oracle_attention(&a, v->y, y);
}

const struct call_operator attention_operators[] = {
    {.name = "attention",
     .function = "attention",
     .run = attention,
     OPERANDS(INPUT("q", X, TOKENS, HIDDEN),
              INPUT("k", RESIDUAL, BETWEEN, HIDDEN),
              INPUT("v", ATTENTION, BETWEEN, OUT),
              OUTPUT("y", Y, TOKENS, OUT, 0)),
     .has_parameters = true,
     .shapes = shapes,
     .variations = plain,
     .expect = expect_attention},
    {0},
};
