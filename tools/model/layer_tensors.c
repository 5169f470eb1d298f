/* layer_tensors.c - what the layer keeps on both sides, and how a result of it
 * is judged. */

#include "model/layer.h"

#include <math.h>
#include <stdlib.h>

#include "lib/words.h"

/* ---- Tensors */

void layer_make_tensor(struct layer *l, size_t which, size_t rows, size_t cols,
                       const double *v) {
  const size_t count = rows * cols, size = clinfer_dtype_size(l->dtype);
  double *host = tool_alloc(count, sizeof *host);
  for (size_t i = 0; i < count; i++) host[i] = v ? v[i] : (double)NAN;

  void *stored = tool_alloc(count, size);
  oracle_store(host, count, l->dtype, stored);
  oracle_load(stored, count, l->dtype, host);
  cl_mem mem = clCreateBuffer(clinfer_context_cl(l->ctx),
                              CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                              count * size, stored, NULL);
  free(stored);

  struct tensor *t = &l->t[which];
  t->host = host;
  t->matrix = clinfer_matrix_of(mem, rows, cols, l->dtype);
  t->vector = clinfer_vector_of(mem, cols, l->dtype);
  t->weight = clinfer_weight_transposed(t->matrix);
}

bool layer_fetch(struct layer *l, size_t which) {
  const struct tensor *t = &l->t[which];
  const size_t count = t->matrix.rows * t->matrix.cols;
  const size_t size = clinfer_dtype_size(l->dtype);
  void *stored = tool_alloc(count, size);
  const cl_int code = clEnqueueReadBuffer(l->exec.queue, t->matrix.mem, CL_TRUE,
                                          0, count * size, stored, 0, NULL,
                                          NULL);
  oracle_load(stored, count, l->dtype, t->host);
  free(stored);
  if (code == CL_SUCCESS) return true;
  fprintf(stderr, "clinfer-check: reading a result: OpenCL error %d\n", code);
  l->failed = true;
  return false;
}

static bool pack(struct layer *l, size_t which) {
  if (!l->packed) return true;
  return layer_accepted(l, "weight_pack",
                        clinfer_weight_pack(l->ctx, l->exec.queue,
                                            &l->t[which].weight));
}

bool layer_prepare(struct layer *l) {
  const struct bert *b = l->bert;
  const size_t tokens = b->tokens, h = b->hidden;
  for (size_t i = 0; i < BERT_PARTS; i++)
    layer_make_tensor(l, i, b->part[i].rows, b->part[i].cols, b->part[i].v);
  layer_make_tensor(l, LAYER_QKV, tokens, 3 * h, NULL);
  layer_make_tensor(l, LAYER_PRE_NORM, tokens, h, NULL);
  layer_make_tensor(l, LAYER_PRE_NORM_QKV, tokens, 3 * h, NULL);
  layer_make_tensor(l, LAYER_ATTENTION, tokens, h, NULL);
  layer_make_tensor(l, LAYER_NORMALISED, tokens, h, NULL);
  layer_make_tensor(l, LAYER_MLP, tokens, h, NULL);
  layer_make_tensor(l, LAYER_OUTPUT, tokens, h, NULL);
  return pack(l, BERT_QKV_WEIGHT) && pack(l, BERT_ATTENTION_WEIGHT) &&
         pack(l, BERT_INTERMEDIATE_WEIGHT) && pack(l, BERT_OUTPUT_WEIGHT);
}

void layer_release(struct layer *l) {
  for (size_t i = 0; i < LAYER_TENSORS; i++) {
    clinfer_weight_unpack(&l->t[i].weight);
    if (l->t[i].matrix.mem != NULL) clReleaseMemObject(l->t[i].matrix.mem);
    free(l->t[i].host);
  }
}

/* ---- Results */

static void print_stage(const struct layer *l, const char *stage) {
  fprintf(l->out, "%-28s %s  %-6s ", stage, word_of_dtype(l->dtype),
          l->packed ? "packed" : "as is");
}

bool layer_accepted(struct layer *l, const char *stage, clinfer_status status) {
  if (status == CLINFER_OK) return true;
  print_stage(l, stage);
  fprintf(l->out, "REFUSED: %s: %s\n", clinfer_status_text(status),
          clinfer_last_error()->message);
  l->failed = true;
  return false;
}

void layer_judge(struct layer *l, const char *stage, size_t which,
                 const struct oracle_value *want) {
  const struct tensor *t = &l->t[which];
  const size_t cols = t->matrix.cols, count = t->matrix.rows * cols;
  const struct oracle_verdict v = oracle_judge(t->host, want, count);
  double largest = 0;
  for (size_t i = 0; i < count; i++)
    largest = fmax(largest, fabs(t->host[i] - want[i].value));

  print_stage(l, stage);
  fprintf(l->out, "%9.2f  %9.2e  %s\n", v.worst, largest,
          v.failures == 0 ? "ok" : "FAILED");
  fflush(l->out); /* a later crash of the driver must not take it away */
  if (v.failures == 0) return;
  fprintf(l->out, "  %zu of %zu elements; worst at [%zu,%zu]: %.9g, not %.9g\n",
          v.failures, count, v.worst_at / cols, v.worst_at % cols, v.got,
          v.want);
  l->failed = true;
}
