/* layer.h - an encoder layer while it runs on a device. */
#ifndef CLINFER_TOOLS_MODEL_LAYER_H
#define CLINFER_TOOLS_MODEL_LAYER_H

#include <stdio.h>

#include "lib/tool.h"
#include "model/bert.h"
#include "oracle/oracle.h"

/* What the layer makes, after its parts. */
enum {
  LAYER_QKV = BERT_PARTS,
  LAYER_PRE_NORM, /* by clinfer_qkv_gemm: not of a post-norm layer */
  LAYER_PRE_NORM_QKV,
  LAYER_CONTEXT,
  LAYER_ATTENTION,
  LAYER_NORMALISED,
  LAYER_MLP,
  LAYER_OUTPUT,
  LAYER_TENSORS
};

/* The same numbers on the host and in a buffer, which operators take in one of
 * three ways. A vector has one row. */
struct tensor {
  double *host;
  clinfer_matrix matrix;
  clinfer_vector vector;
  clinfer_weight weight;
};

struct layer {
  const struct bert *bert;
  clinfer_context *ctx;
  clinfer_exec exec;
  clinfer_dtype dtype; /* of everything */
  bool packed;         /* weights; else as they lie */
  FILE *out;           /* for a line per result */
  bool failed;
  struct tensor t[LAYER_TENSORS];
};

/* Makes all tensors but LAYER_CONTEXT. False if a weight was refused. */
bool layer_prepare(struct layer *l);

void layer_release(struct layer *l);

/* Runs and judges every stage. False: one was refused, so that there is no
 * output; a wrong result alone only sets `failed`. */
bool layer_run(struct layer *l);

/* Rounds the values to the layer's dtype; without values, NaN will show what
 * no kernel wrote. A buffer that cannot be had is left for the operator to
 * refuse. */
void layer_make_tensor(struct layer *l, size_t which, size_t rows, size_t cols,
                       const double *v);

/* Brings to the host what the device made. */
bool layer_fetch(struct layer *l, size_t which);

/* False, and a line that says so, if the library refused. */
bool layer_accepted(struct layer *l, const char *stage, clinfer_status status);

/* Prints the line of a result. */
void layer_judge(struct layer *l, const char *stage, size_t which,
                 const struct oracle_value *want);

#endif
