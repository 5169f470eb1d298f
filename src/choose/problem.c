/* problem.c - what can be computed, as data. */

#include "choose/problem.h"

#include "base/arithmetic.h"
#include "base/view.h"

/* ---- Operands */

struct list {
  struct ci_operand *operands;
  size_t count;
};

static void add(struct list *l, cl_mem *mem, clinfer_view view,
                bool is_output) {
  l->operands[l->count++] = (struct ci_operand){mem, view, is_output, -1};
}

static void add_view(struct list *l, clinfer_view *v, bool is_output) {
  if (ci_has_view(*v)) add(l, &v->mem, *v, is_output);
}

static void add_matrix(struct list *l, clinfer_matrix *m, bool is_output) {
  if (ci_has_matrix(*m))
    add(l, &m->mem, clinfer_heads_of(*m, 1, 0, 1, m->cols), is_output);
}

static void add_vector(struct list *l, clinfer_vector *v) {
  if (!ci_has_vector(*v)) return;
  clinfer_view row = clinfer_view_of(v->mem, 1, 1, 1, v->size, v->dtype);
  row.offset = v->offset;
  add(l, &v->mem, row, false);
}

/* A number for each sequence, in its buffer. */
static void add_index(struct list *l, clinfer_index *i, size_t batch) {
  clinfer_view row = clinfer_view_of(i->mem, 1, 1, 1, batch, CLINFER_F32);
  row.offset = i->offset;
  add(l, &i->mem, row, false);
  l->operands[l->count - 1].whole_number = (int)i->value;
}

static void list_epilogue(struct list *l, clinfer_epilogue *e) {
  add_vector(l, &e->bias);
  add_matrix(l, &e->residual, false);
}

/* All but a. */
static void list_gemm(struct list *l, struct ci_gemm *g) {
  add_matrix(l, &g->w.matrix, false);
  list_epilogue(l, &g->epilogue);
  add_matrix(l, &g->c, true);
}

static void list_normalise(struct list *l, struct ci_normalise *n,
                           clinfer_norm *norm, bool keeps_y) {
  if (n->norm != norm) *norm = *n->norm;
  n->norm = norm;
  add_matrix(l, &n->x, false);
  add_vector(l, &n->bias);
  add_matrix(l, &n->residual, false);
  add_vector(l, &norm->gamma);
  add_vector(l, &norm->beta);
  if (keeps_y) add_matrix(l, &n->y, true);
  add_matrix(l, &n->sum, true);
}

static void list_residual_add(struct list *l, struct ci_residual_add *r) {
  add_matrix(l, &r->terms.hidden, false);
  add_matrix(l, &r->terms.residual, false);
  add_matrix(l, &r->terms.attention, false);
  add_vector(l, &r->terms.attention_bias);
  add_vector(l, &r->terms.final_bias);
  add_matrix(l, &r->y, true);
}

static void list_attention(struct list *l, struct ci_attention *a) {
  clinfer_attention_terms *t = &a->terms;
  add_view(l, &t->q, false);
  add_view(l, &t->k, false);
  add_view(l, &t->v, false);
  add_view(l, &t->mask, false);
  if (a->reads_lengths) add_index(l, &t->lengths, a->y.batch);
  if (a->reads_positions) add_index(l, &t->positions, a->y.batch);
  add_view(l, &a->y, true);
}

size_t ci_list_operands(struct ci_problem *p, clinfer_norm *norm,
                        struct ci_operand operands[CI_MOST_OPERANDS]) {
  struct list l = {operands, 0};
  switch (p->kind) {
    case CI_GEMM:
      add_matrix(&l, &p->gemm.a, false);
      list_gemm(&l, &p->gemm);
      break;
    case CI_NORMALISED_GEMM:
      list_normalise(&l, &p->normalised_gemm.n, norm,
                     p->normalised_gemm.keeps_y);
      list_gemm(&l, &p->normalised_gemm.gemm);
      break;
    case CI_NORMALISE:
      list_normalise(&l, &p->normalise, norm, true);
      break;
    case CI_BIAS_ACTIVATION:
      add_matrix(&l, &p->bias_activation.x, false);
      list_epilogue(&l, &p->bias_activation.epilogue);
      add_matrix(&l, &p->bias_activation.y, true);
      break;
    case CI_RESIDUAL_ADD:
      list_residual_add(&l, &p->residual_add);
      break;
    case CI_ATTENTION:
      list_attention(&l, &p->attention);
      break;
    default:
      break;
  }
  return l.count;
}

/* ---- Small problems of the same kind */

/* Offsets, leading dimensions and the lengths of rows keep what is left of them
 * by this many elements, 16 bytes or more: kernels choose by that how many they
 * move at once. */
enum { STEP = 16 };

/* At least `least_size`, and little more, if n is. */
static size_t cut(size_t n, size_t least_size) {
  const size_t most = ci_round_up(least_size, STEP);
  return n < most + STEP ? n : most + n % STEP;
}

static void shrink_matrix(clinfer_matrix *m, size_t rows, size_t cols) {
  if (!ci_has_matrix(*m)) return;
  m->mem = NULL;
  m->offset %= STEP;
  m->ld = cols + (m->ld - m->cols) % STEP;
  m->rows = rows;
  m->cols = cols;
}

static void shrink_vector(clinfer_vector *v, size_t size) {
  if (!ci_has_vector(*v)) return;
  v->mem = NULL;
  v->offset %= STEP;
  v->size = size;
}

struct size {
  size_t M, N, K;
};

/* Whether the weight of that size does. */
static bool outgrows_cache(struct size s, const struct ci_gemm *g) {
  return ci_outgrows_cache((clinfer_matrix){
      .rows = ci_product_cols(&g->epilogue, s.N),
      .cols = s.K,
      .dtype = g->w.matrix.dtype});
}

/* For few rows the width of a kernel goes by N and the compute units, and its
 * room by the power of two that holds K. Else whole and ragged tiles, and sums
 * longer than any pipeline, are enough. */
static struct size small_gemm(struct size of, size_t compute_units) {
  const size_t wide = ci_round_up(48 * compute_units, 64);
  if (of.M > 16)
    return (struct size){ci_least(of.M, 130), cut(of.N, 264), cut(of.K, 576)};
  return (struct size){of.M, cut(of.N, wide),
                       cut(of.K, of.K > 8192 ? 8193 : 4097)};
}

/* Few tiles, one below the other, read a weight that outgrows the cache in a
 * way of its own: at most 8, of 64 rows or 128. */
static struct size small_gemm_of(const struct ci_gemm *g, size_t K,
                                 size_t compute_units) {
  const struct size of = {g->c.rows, g->c.cols, K};
  struct size to = small_gemm(of, compute_units);
  if (of.M > 8 * 128 || !outgrows_cache(of, g)) return to;
  to.M = ci_least(of.M, 8 * 64 + 1);
  while (!outgrows_cache(to, g))
    if (to.N < of.N)
      to.N = cut(of.N, 2 * to.N);
    else
      to.K = cut(of.K, 2 * to.K);
  return to;
}

static void shrink_epilogue(clinfer_epilogue *e, size_t rows, size_t cols) {
  shrink_vector(&e->bias, ci_product_cols(e, cols));
  shrink_matrix(&e->residual, rows, cols);
}

static void shrink_gemm(struct ci_gemm *g, struct size to) {
  const bool out_in = g->w.layout == CLINFER_OUT_IN;
  const size_t out = ci_product_cols(&g->epilogue, to.N);
  shrink_matrix(&g->a, to.M, to.K);
  shrink_matrix(&g->w.matrix, out_in ? out : to.K, out_in ? to.K : out);
  shrink_epilogue(&g->epilogue, to.M, to.N);
  shrink_matrix(&g->c, to.M, to.N);
  g->w.packed = NULL;
}

/* Also with an eps that keeps a row of the same elements, or of one, from
 * becoming NaN. */
static void shrink_normalise(struct ci_normalise *n, clinfer_norm *norm,
                             size_t rows, size_t cols) {
  if (n->norm != norm) *norm = *n->norm;
  n->norm = norm;
  norm->eps = 1e-5f;
  shrink_matrix(&n->x, rows, cols);
  shrink_vector(&n->bias, cols);
  shrink_matrix(&n->residual, rows, cols);
  shrink_vector(&norm->gamma, cols);
  shrink_vector(&norm->beta, cols);
  shrink_matrix(&n->y, rows, cols);
  shrink_matrix(&n->sum, rows, cols);
}

/* Kernels go through longer rows as through this one. */
static size_t small_cols(size_t cols) { return cut(cols, 1 << 16); }

/* How a kernel normalises a row also depends on whether there are enough of
 * them for the device. */
static size_t small_rows(size_t rows, size_t cols, size_t compute_units) {
  enum { MOST_ELEMENTS = 1 << 25 };
  return ci_least(cut(rows, 8 * compute_units), MOST_ELEMENTS / (cols + 1));
}

/* An elementwise kernel goes through each row by itself. */
enum { FEW_ROWS = 16 };

static void shrink_bias_activation(struct ci_bias_activation *b) {
  const size_t rows = ci_least(b->y.rows, FEW_ROWS),
               cols = small_cols(b->y.cols);
  shrink_matrix(&b->x, rows, ci_product_cols(&b->epilogue, cols));
  shrink_epilogue(&b->epilogue, rows, cols);
  shrink_matrix(&b->y, rows, cols);
}

static void shrink_residual_add(struct ci_residual_add *r) {
  const size_t rows = ci_least(r->y.rows, FEW_ROWS),
               cols = small_cols(r->y.cols);
  shrink_matrix(&r->terms.hidden, rows, cols);
  shrink_matrix(&r->terms.residual, rows, cols);
  shrink_matrix(&r->terms.attention, rows, cols);
  shrink_vector(&r->terms.attention_bias, cols);
  shrink_vector(&r->terms.final_bias, cols);
  shrink_matrix(&r->y, rows, cols);
}

static void shrink_view(clinfer_view *v, size_t rows, size_t cols) {
  if (!ci_has_view(*v)) return;
  v->mem = NULL;
  v->offset %= STEP;
  v->batch = ci_least(v->batch, 2);
  v->rows = rows;
  if (v->row_stride) v->row_stride = cols + (v->row_stride - v->cols) % STEP;
  v->cols = cols;
  /* A stride of 0 stays one: the matrix serves all. */
  if (v->head_stride)
    v->head_stride = ci_round_up(rows * v->row_stride, STEP) +
                     v->head_stride % STEP;
  if (v->batch_stride)
    v->batch_stride = ci_round_up(v->heads * (v->head_stride + 1), STEP) +
                      v->batch_stride % STEP;
}

/* Two tiles of queries, the second ragged, and some tiles of keys; the features
 * stay. Of heads there are as many as share keys, twice. */
static void shrink_attention(struct ci_attention *a) {
  clinfer_attention_terms *t = &a->terms;
  const size_t share = t->q.heads / t->k.heads;
  const size_t queries = ci_least(a->y.rows, 200);
  const size_t keys = cut(t->k.rows, 576);
  t->k.heads = t->v.heads = ci_least(t->k.heads, 2);
  t->q.heads = a->y.heads = t->k.heads * share;
  t->mask.heads = ci_least(t->mask.heads, t->q.heads);
  shrink_view(&t->q, queries, t->q.cols);
  shrink_view(&t->k, keys, t->k.cols);
  shrink_view(&t->v, keys, t->v.cols);
  shrink_view(&t->mask, queries, keys);
  shrink_view(&a->y, queries, a->y.cols);
  t->lengths = (clinfer_index){NULL, 0, (uint32_t)(keys - keys / 8)};
  t->positions = (clinfer_index){NULL, 0, (uint32_t)(keys / 4)};
}

void ci_shrink(struct ci_problem *p, clinfer_norm *norm, size_t compute_units) {
  struct ci_normalised_gemm *both = &p->normalised_gemm;
  struct size to;
  size_t cols;
  switch (p->kind) {
    case CI_GEMM:
      shrink_gemm(&p->gemm,
                  small_gemm_of(&p->gemm, p->gemm.a.cols, compute_units));
      break;
    case CI_NORMALISED_GEMM:
      to = small_gemm_of(&both->gemm, both->n.x.cols, compute_units);
      shrink_gemm(&both->gemm, to);
      shrink_normalise(&both->n, norm, to.M, to.K);
      break;
    case CI_NORMALISE:
      cols = small_cols(p->normalise.x.cols);
      shrink_normalise(&p->normalise, norm,
                       small_rows(p->normalise.x.rows, cols, compute_units),
                       cols);
      break;
    case CI_BIAS_ACTIVATION:
      shrink_bias_activation(&p->bias_activation);
      break;
    case CI_RESIDUAL_ADD:
      shrink_residual_add(&p->residual_add);
      break;
    case CI_ATTENTION:
      shrink_attention(&p->attention);
      break;
    default:
      break;
  }
}
