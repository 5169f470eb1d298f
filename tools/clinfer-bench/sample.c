/* sample.c - choose elements, compute them on the host, and compare. */

#include "sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The oracle does about this many multiplications in a tenth of a second. */
#define ORACLE_WORK 3e7

enum { MOST_ROWS = 8, MOST_COLS = 96 };

/* ---- Choosing */

static int by_size(const void *a, const void *b) {
  const size_t x = *(const size_t *)a, y = *(const size_t *)b;
  return (x > y) - (x < y);
}

/* Between two GEMMs all columns have to be computed; elsewhere only those of
 * the sample. */
static size_t rows_of_each(const struct test_case *c) {
  const bool two = op_uses(c->op) & USES(WEIGHT_OUT);
  const double work = (double)c->k * (double)(two ? c->n : MOST_COLS);
  const double fit = ORACLE_WORK / work;
  return fit < 2 ? 2 : fit > MOST_ROWS ? MOST_ROWS : (size_t)fit;
}

static void choose_rows(struct sample *sample, const struct test_case *c,
                        const struct size_list *tokens) {
  const size_t each = rows_of_each(c);
  size_t count = 0, *rows = tool_alloc(each * tokens->count, sizeof *rows);
  for (size_t t = 0; t < tokens->count; t++)
    for (size_t i = 0; i < each; i++)
      rows[count++] = (tokens->items[t] - 1) * i / (each - 1);
  qsort(rows, count, sizeof *rows, by_size);
  sample->rows = rows, sample->row_count = 0;
  for (size_t i = 0; i < count; i++)
    if (i == 0 || rows[i] != rows[i - 1]) rows[sample->row_count++] = rows[i];
}

/* Row operators need whole rows. */
static void choose_cols(struct sample *sample, const struct test_case *c,
                        size_t width) {
  const bool few = (op_uses(c->op) & USES(WEIGHT)) && width > MOST_COLS;
  sample->col_count = few ? MOST_COLS : width;
  sample->cols = tool_alloc(sample->col_count, sizeof *sample->cols);
  for (size_t i = 0; i < sample->col_count; i++)
    sample->cols[i] = few ? (width - 1) * i / (MOST_COLS - 1) : i;
}

/* ---- Computing */

/* The same operator, with the sample's rows and columns alone. */
static struct test_case sampled_case(const struct sample *sample,
                                     const struct test_case *c) {
  struct test_case few = *c;
  few.m = sample->row_count;
  if (op_uses(c->op) & USES(WEIGHT_OUT))
    few.out = sample->col_count;
  else if (op_uses(c->op) & USES(WEIGHT))
    few.n = sample->col_count;
  return few;
}

static double *gather(const struct sample *sample, const struct operand *o,
                      bool activation, size_t rows, size_t cols) {
  double *values = tool_alloc(rows * cols, sizeof *values), *v = values;
  const bool all = cols == o->view.cols;
  for (size_t r = 0; r < rows; r++) {
    const size_t row = (activation ? sample->rows[r] : r) * o->view.cols;
    for (size_t c = 0; c < cols; c++)
      *v++ = o->values[(row + (all ? c : sample->cols[c])) % STAGE_PERIOD];
  }
  return values;
}

/* With operands rounded to TF32, as CLINFER_MATH=tf32 allows, f32 GEMMs are off
 * by as much as their terms, not their sums, suggest: by a bit of the largest
 * sums here. */
static void allow_tf32(struct sample *sample, const struct test_case *c) {
  const char *math = getenv("CLINFER_MATH");
  if (math == NULL || strcmp(math, "tf32") != 0 || c->x != CLINFER_F32 ||
      !(op_uses(c->op) & USES(WEIGHT)))
    return;
  const size_t count = sample->row_count * sample->col_count;
  double largest = 0;
  for (size_t i = 0; i < count; i++)
    largest = fmax(largest, fabs(sample->want[i].value));
  for (size_t i = 0; i < count; i++) sample->want[i].error += largest / 256;
}

void sample_make(struct sample *sample, const struct stage *stage,
                 const struct size_list *tokens) {
  const struct trial *from = &stage->t;
  choose_rows(sample, &stage->c, tokens);
  choose_cols(sample, &stage->c, from->operands[Y].view.cols);

  const struct test_case few = sampled_case(sample, &stage->c);
  struct trial t = {.c = &few, .s = from->s, .period = few.m};
  for (enum role role = 0; role < Y; role++) {
    if (!case_has(&few, role)) continue;
    size_t rows, cols;
    case_size(&few, role, &rows, &cols);
    const bool activation = role == X || role == RESIDUAL || role == ATTENTION;
    t.operands[role].values = gather(sample, &from->operands[role], activation,
                                     rows, cols);
  }
  sample->want = tool_alloc(sample->row_count * sample->col_count,
                            sizeof *sample->want);
  trial_expect(&t, sample->want, NULL);
  allow_tf32(sample, &few);
  for (enum role role = 0; role < Y; role++) free(t.operands[role].values);
}

void sample_free(struct sample *sample) {
  free(sample->rows), free(sample->cols), free(sample->want);
  *sample = (struct sample){0};
}

/* ---- Comparing */

cl_int sample_judge(const struct sample *sample, const struct stage *stage,
                    bool spoil, struct oracle_verdict *verdict) {
  const clinfer_matrix *y = &stage->t.operands[Y].view;
  const size_t row_bytes = y->cols * clinfer_dtype_size(y->dtype);
  const size_t cols = sample->col_count;
  void *bytes = tool_alloc(row_bytes, 1);
  double *row = tool_alloc(y->cols, sizeof *row);
  double *got = tool_alloc(sample->row_count * cols, sizeof *got);
  cl_int code = CL_SUCCESS;
  size_t count = 0; /* rows are sorted */
  while (count < sample->row_count && sample->rows[count] < y->rows &&
         code == CL_SUCCESS) {
    code = clEnqueueReadBuffer(stage->t.s->queue, y->mem, CL_TRUE,
                               sample->rows[count] * row_bytes, row_bytes,
                               bytes, 0, NULL, NULL);
    oracle_load(bytes, y->cols, y->dtype, row);
    for (size_t c = 0; c < cols; c++)
      got[count * cols + c] = row[sample->cols[c]];
    count++;
  }
  if (spoil) got[count * cols - 1] = (double)NAN;
  *verdict = oracle_judge(got, sample->want, count * cols);
  free(bytes), free(row), free(got);
  return code;
}
