/* test_attention.c - clinfer_attention: shapes, what a query sees, storage. */

#include "tester.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct shape {
  const char *name;
  size_t batch, heads, kv_heads, queries, keys, size, value_size;
  unsigned flags;
};

static const struct shape shapes[] = {
    {"one key", 1, 1, 1, 1, 1, 1, 1, 0},
    {"one query", 3, 4, 2, 1, 130, 64, 64, T_EVERYWHERE},
    {"one query, many keys", 1, 4, 1, 1, 3000, 32, 32, T_DENSE | T_WIDELY},
    {"few queries", 2, 6, 3, 3, 67, 40, 24, T_WIDELY},
    {"odd sizes", 2, 3, 1, 17, 33, 7, 5, T_WIDELY},
    {"odd, wide", 1, 2, 2, 19, 100, 65, 129, T_WIDELY},
    {"size 64", 2, 4, 4, 70, 70, 64, 64, T_DENSE | T_EVERYWHERE},
    {"size 128", 1, 2, 2, 65, 130, 128, 128, T_DENSE | T_WIDELY},
    {"size 256", 1, 2, 1, 33, 70, 256, 256, T_DENSE | T_WIDELY},
    {"values are longer", 1, 2, 1, 9, 40, 16, 200, T_DENSE},
};

/* What a query sees, for q at the end of the keys. */
struct sight {
  const char *name;
  bool causal;
  uint32_t window;
  float soft_cap;
  size_t mask_batch, mask_heads; /* 0: no mask; else 1, or 2 for all */
  bool lengths, positions;       /* from buffers */
};

/* By the options of its kernels a sight is one of three: without a mask, with
 * one, and with all there is. */
static const struct sight sights[] = {
    {"all", false, 0, 0, 0, 0, false, false},
    {"causal", true, 0, 0, 0, 0, false, false},
    {"window 5", false, 5, 0, 0, 0, false, false},
    {"causal, window 20", true, 20, 0, 0, 0, false, false},
    {"mask", false, 0, 0, 1, 1, false, false},
    {"causal, mask of each sequence", true, 0, 0, 2, 1, false, false},
    {"mask of each head and the rest", false, 9, 3, 2, 2, true, true},
    {"causal, and the rest", true, 0, 0.5f, 1, 2, true, true},
};

/* One call, in the order of the views; and what the oracle is asked. */
struct call {
  clinfer_attention_terms terms;
  struct t_matrix *q, *k, *v, *mask, *y;
  struct oracle_attention asked;
  int numbers[16]; /* lengths, then positions */
};

/* A matrix whose rows are those of [batch, heads, rows]. */
static clinfer_view stacked(const struct t_matrix *m, size_t batch,
                            size_t heads) {
  clinfer_view v = clinfer_view_of(m->view.mem, batch, heads,
                                   m->view.rows / (batch * heads), m->view.cols,
                                   m->view.dtype);
  v.offset = m->view.offset;
  v.row_stride = m->view.ld;
  v.head_stride = v.rows * v.row_stride;
  v.batch_stride = v.heads * v.head_stride;
  return v;
}

static cl_mem upload(const int *numbers, size_t count) {
  cl_mem mem = clCreateBuffer(clinfer_context_cl(t_next(NULL, "")->ctx),
                              CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
                              count * sizeof *numbers, (void *)numbers, NULL);
  assert_non_null(mem);
  return mem;
}

/* Some hide a key, some a whole row. */
static struct t_matrix *random_mask(size_t rows, size_t keys,
                                    struct t_store store) {
  struct t_matrix *m = t_random(rows, keys, store, -2, 2);
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < keys; j++)
      if ((r * 7 + j) % 5 == 0 || r % 11 == 3)
        m->values[r * keys + j] = -(double)INFINITY;
  t_write(m);
  return m;
}

static void see(struct call *c, const struct shape *s, const struct sight *how,
                const struct t_form *f) {
  const size_t behind = s->keys > s->queries ? s->keys - s->queries : 0;
  clinfer_attention_terms *t = &c->terms;
  t->causal = how->causal, t->window = how->window;
  t->soft_cap = how->soft_cap;
  t->positions.value = (uint32_t)behind;
  for (size_t b = 0; b < s->batch; b++) {
    c->numbers[b] = b == 1 ? -3 : (int)s->keys + 2 - 4 * (int)b;
    c->numbers[8 + b] = (int)behind - (int)b;
  }
  if (how->mask_batch) {
    const size_t batch = how->mask_batch == 1 ? 1 : s->batch;
    const size_t heads = how->mask_heads == 1 ? 1 : s->heads;
    c->mask = random_mask(batch * heads * s->queries, s->keys, f->v);
    t->mask = stacked(c->mask, batch, heads);
    c->asked.mask = c->mask->values;
    c->asked.mask_batch = batch, c->asked.mask_heads = heads;
  }
  const cl_mem mem = upload(c->numbers, T_COUNT(c->numbers));
  if (how->lengths) t->lengths = (clinfer_index){mem, 0, 0};
  if (how->positions) t->positions = (clinfer_index){mem, 8, 0};
  if (!how->positions)
    for (size_t b = 0; b < s->batch; b++) c->numbers[8 + b] = (int)behind;
  c->asked.lengths = how->lengths ? c->numbers : NULL;
  c->asked.positions = c->numbers + 8;
  c->asked.causal = how->causal, c->asked.window = how->window;
  c->asked.soft_cap = (double)how->soft_cap;
  t->lengths.mem = how->lengths ? mem : NULL;
  if (!how->lengths && !how->positions) clReleaseMemObject(mem);
}

static void forget(struct call *c) {
  const clinfer_attention_terms *t = &c->terms;
  cl_mem mem = t->lengths.mem ? t->lengths.mem : t->positions.mem;
  if (mem) clReleaseMemObject(mem);
  t_release();
}

static clinfer_dtype weights_type(clinfer_dtype q, clinfer_dtype k,
                                  clinfer_dtype v) {
  return q == k && k == v ? v : CLINFER_F32;
}

static struct oracle_attention ask(const struct shape *s) {
  return (struct oracle_attention){.batch = s->batch,
                                   .heads = s->heads,
                                   .kv_heads = s->kv_heads,
                                   .queries = s->queries,
                                   .keys = s->keys,
                                   .size = s->size,
                                   .value_size = s->value_size,
                                   .mask_batch = 1,
                                   .mask_heads = 1,
                                   .weights = CLINFER_F32,
                                   .scale = 1 / sqrt((double)s->size)};
}

static void make(struct call *c, const struct shape *s, const struct sight *how,
                 const struct t_form *f) {
  const size_t kv_rows = s->batch * s->kv_heads * s->keys;
  const size_t rows = s->batch * s->heads * s->queries;
  const struct t_store v = {f->v.dtype, f->v.offset, f->x.pad};
  *c = (struct call){.q = t_random(rows, s->size, f->x, -2, 2),
                     .k = t_random(kv_rows, s->size, f->w, -2, 2),
                     .v = t_random(kv_rows, s->value_size, v, -1, 1),
                     .y = t_output(rows, s->value_size, f->y),
                     .asked = ask(s)};
  c->terms.q = stacked(c->q, s->batch, s->heads);
  c->terms.k = stacked(c->k, s->batch, s->kv_heads);
  c->terms.v = stacked(c->v, s->batch, s->kv_heads);
  c->asked.q = c->q->values;
  c->asked.k = c->k->values;
  c->asked.v = c->v->values;
  c->asked.weights = weights_type(f->x.dtype, f->w.dtype, v.dtype);
  see(c, s, how, f);
}

static void check(struct call *c, const char *what, const struct sight *how,
                  unsigned flags) {
  const clinfer_view y = stacked(c->y, c->asked.batch, c->asked.heads);
  struct oracle_value *want = t_want(c->y->view.rows * c->y->view.cols);
  const char *prefix = t_prefix(flags, "attention");
  oracle_attention(&c->asked, y.dtype, want);
  for (const struct t_provider *p = t_next(NULL, prefix); p;
       p = t_next(p, prefix)) {
    t_at("%s, %s, %s", what, how->name, p->name);
    t_poison(c->y);
    T_OK(clinfer_attention(p->ctx, &t_exec, &c->terms, y));
    T_CLOSE(c->y, want);
  }
}

/* Kernels differ by form, by sight and by the room that a shape needs: "one
 * query" meets all, the others a third each. */
static bool meets(const struct shape *s, const struct t_form *f, size_t sight) {
  const size_t at = (size_t)(s - shapes), form = (size_t)(f - t_forms);
  return t_meets(f, sight) && (at == 1 || (at + form + sight) % 3 == 0);
}

static void matches_oracle(void **state) {
  const struct shape *s = *state;
  for (const struct t_form *f = t_forms; f->name; f++) {
    if ((s->flags & T_DENSE) && f == t_forms + T_DENSE_FORMS) break;
    for (size_t i = 0; i < T_COUNT(sights); i++) {
      struct call c;
      if (!meets(s, f, i)) continue;
      make(&c, s, &sights[i], f);
      check(&c, f->name, &sights[i], s->flags);
      forget(&c);
    }
  }
}

/* ---- Heads side by side, as in a packed q|k|v matrix */

/* Columns from `first` on, of each head in turn: [batch, heads, tokens, size].
 */
static double *gather(const struct t_matrix *m, size_t batch, size_t first,
                      size_t heads, size_t size) {
  const size_t tokens = m->view.rows / batch, cols = m->view.cols;
  double *dense = (double *)t_want(m->view.rows * heads * size);
  double *to = dense;
  for (size_t b = 0; b < batch; b++)
    for (size_t h = 0; h < heads; h++)
      for (size_t r = 0; r < tokens; r++)
        for (size_t c = 0; c < size; c++)
          *to++ = m->values[(b * tokens + r) * cols + first + h * size + c];
  return dense;
}

/* From the order of the heads to that of the tokens. */
static struct oracle_value *spread(const struct oracle_value *from,
                                   const struct oracle_attention *a) {
  const size_t cols = a->heads * a->value_size;
  struct oracle_value *want = t_want(a->batch * a->queries * cols);
  for (size_t b = 0; b < a->batch; b++)
    for (size_t h = 0; h < a->heads; h++)
      for (size_t r = 0; r < a->queries; r++)
        for (size_t c = 0; c < a->value_size; c++)
          want[(b * a->queries + r) * cols + h * a->value_size + c] = *from++;
  return want;
}

static void packed_heads(void) {
  static const struct shape s = {"packed", 2, 4, 2, 21, 21, 24, 24, 0};
  static const struct sight causal = {.name = "causal", .causal = true};
  const size_t width = (s.heads + 2 * s.kv_heads) * s.size;
  for (const struct t_form *f = t_forms; f->name; f++) {
    struct t_matrix *m = t_random(s.batch * s.queries, width, f->x, -2, 2);
    struct t_matrix *y = t_output(s.batch * s.queries, s.heads * s.size, f->y);
    struct oracle_attention a = ask(&s);
    const size_t k_at = s.heads * s.size, v_at = k_at + s.kv_heads * s.size;
    const clinfer_attention_terms terms = {
        .q = clinfer_heads_of(m->view, s.batch, 0, s.heads, s.size),
        .k = clinfer_heads_of(m->view, s.batch, k_at, s.kv_heads, s.size),
        .v = clinfer_heads_of(m->view, s.batch, v_at, s.kv_heads, s.size),
        .causal = 1};
    a.causal = true;
    a.weights = f->x.dtype;
    a.q = gather(m, s.batch, 0, s.heads, s.size);
    a.k = gather(m, s.batch, k_at, s.kv_heads, s.size);
    a.v = gather(m, s.batch, v_at, s.kv_heads, s.size);
    struct oracle_value *in_heads = t_want(y->view.rows * y->view.cols);
    oracle_attention(&a, y->view.dtype, in_heads);
    const struct oracle_value *want = spread(in_heads, &a);
    for (const struct t_provider *p = t_next(NULL, "attention"); p;
         p = t_next(p, "attention")) {
      t_at("%s, %s, %s", f->name, causal.name, p->name);
      t_poison(y);
      T_OK(clinfer_attention(p->ctx, &t_exec, &terms,
                             clinfer_heads_of(y->view, s.batch, 0, s.heads,
                                              s.size)));
      T_CLOSE(y, want);
    }
    T_UNCHANGED(m);
    t_release();
  }
}

/* ---- Edges */

static const struct sight all = {.name = "all"};

static void empty(void) {
  static const struct shape none[] = {{"no batch", 0, 2, 1, 3, 4, 8, 8, 0},
                                      {"no queries", 1, 2, 1, 0, 4, 8, 8, 0},
                                      {"no values", 1, 2, 1, 3, 4, 8, 0, 0},
                                      {"no heads", 1, 0, 0, 3, 4, 8, 8, 0}};
  for (size_t i = 0; i < T_COUNT(none); i++) {
    const struct shape *s = &none[i];
    struct t_matrix *any = t_random(4, 8, t_forms->x, -1, 1);
    const clinfer_view view = clinfer_view_of(any->view.mem, s->batch, s->heads,
                                              s->queries, s->size, CLINFER_F32);
    clinfer_attention_terms t = {.q = view, .k = view, .v = view};
    clinfer_view y = view;
    t.k.heads = t.v.heads = s->kv_heads;
    t.k.rows = t.v.rows = s->keys;
    t.v.cols = y.cols = s->value_size;
    t_at("%s", s->name);
    T_OK(clinfer_attention(t_next(NULL, "")->ctx, &t_exec, &t, y));
    t_release();
  }
}

/* Without a key the result is 0, without a feature all keys count the same. */
static void nothing_to_see(void) {
  static const struct shape s[] = {{"no keys", 1, 2, 1, 3, 0, 8, 8, 0},
                                   {"no features", 1, 2, 1, 3, 5, 0, 8, 0}};
  for (size_t i = 0; i < T_COUNT(s); i++) {
    struct call c;
    make(&c, &s[i], &all, t_forms);
    if (s[i].size == 0) c.asked.scale = 1;
    check(&c, s[i].name, &all, T_EVERYWHERE);
    forget(&c);
  }
}

/* Scores of which exp overflows, and a NaN that stays in its row. */
static void large_scores(void) {
  static const struct shape s = {"large", 1, 2, 1, 5, 40, 16, 16, 0};
  struct call c;
  make(&c, &s, &all, t_forms);
  for (size_t i = 0; i < c.q->view.rows * s.size; i++) c.q->values[i] *= 512;
  t_write(c.q);
  check(&c, s.name, &all, T_EVERYWHERE);
  forget(&c);
}

static void keeps_nan(void) {
  static const struct shape s = {"NaN", 1, 1, 1, 9, 40, 16, 16, 0};
  struct call c;
  make(&c, &s, &all, t_forms);
  c.q->values[4 * s.size + 3] = (double)NAN;
  t_write(c.q);
  const clinfer_view y = stacked(c.y, 1, 1);
  for (const struct t_provider *p = t_next(NULL, "attention"); p;
       p = t_next(p, "attention")) {
    t_at("%s", p->name);
    T_OK(clinfer_attention(p->ctx, &t_exec, &c.terms, y));
    T_READ(c.y);
    for (size_t i = 0; i < s.queries * s.value_size; i++)
      assert_int_equal(isnan(c.y->values[i]) != 0, i / s.value_size == 4);
  }
  forget(&c);
}

/* One recording serves every step of a generation: lengths and positions are
 * read when it runs. */
static void recorded_steps(void) {
  static const struct shape s = {"steps", 2, 4, 2, 1, 90, 32, 32, 0};
  static const struct sight rest = {.name = "steps", .causal = true};
  static const int lengths[] = {1, 7, 64, 90};
  const struct t_form *f = &t_forms[1];
  struct call c;
  make(&c, &s, &rest, f);
  cl_mem mem = upload(c.numbers, T_COUNT(c.numbers));
  c.terms.lengths = (clinfer_index){mem, 0, 0};
  c.terms.positions = (clinfer_index){mem, 8, 0};
  c.asked.lengths = c.numbers;
  const clinfer_view y = stacked(c.y, s.batch, s.heads);
  clinfer_context *ctx = t_next(NULL, "")->ctx;
  clinfer_recording *r;
  T_OK(clinfer_recording_create(ctx, &r));
  T_OK(clinfer_attention(ctx, &(clinfer_exec){.recording = r}, &c.terms, y));
  for (size_t i = 0; i < T_COUNT(lengths); i++) {
    struct oracle_value *want = t_want(c.y->view.rows * c.y->view.cols);
    for (size_t b = 0; b < s.batch; b++) {
      c.numbers[b] = lengths[i];
      c.numbers[8 + b] = lengths[i] - 1;
    }
    assert_int_equal(clEnqueueWriteBuffer(t_queue, mem, CL_TRUE, 0,
                                          sizeof c.numbers, c.numbers, 0, NULL,
                                          NULL),
                     CL_SUCCESS);
    oracle_attention(&c.asked, y.dtype, want);
    t_at("%d keys", lengths[i]);
    T_OK(clinfer_recording_run(r, &t_exec));
    T_CLOSE(c.y, want);
  }
  clinfer_recording_destroy(r);
  forget(&c); /* the buffer as well: it is the call's */
}

static const struct t_single singles[] = {
    {"packed heads", packed_heads},
    {"empty problems", empty},
    {"nothing to see", nothing_to_see},
    {"large scores", large_scores},
    {"NaN", keeps_nan},
    {"steps of a recording", recorded_steps}};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(matches_oracle, shapes),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "attention", tables, T_COUNT(tables));
}
