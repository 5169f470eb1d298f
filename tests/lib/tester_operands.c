/* tester_operands.c - guarded operands, and verdicts over them. */

#include "tester.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OBJECTS = 4096, GUARD = 16 };

/* ---- Operands */

static uint64_t seed = 1; /* the next one */
static void *objects[MAX_OBJECTS];
static struct t_matrix *matrices[MAX_OBJECTS];
static size_t object_count, matrix_count;

static void *keep(void *object) {
  assert_non_null(object);
  assert_true(object_count < MAX_OBJECTS);
  return objects[object_count++] = object;
}

void t_release(void) {
  while (matrix_count > 0)
    clReleaseMemObject(matrices[--matrix_count]->view.mem);
  while (object_count > 0) free(objects[--object_count]);
  seed = 1; /* so that no case depends on those before it */
}

#define F32 CLINFER_F32
#define F16 CLINFER_F16
#define BF16 CLINFER_BF16
struct t_form t_forms[] = {
    {"f32", {F32, 0, 0}, {F32, 0, 0}, {F32, 0, 0}, {F32, 0, 0}},
    {"f16", {F16, 0, 0}, {F16, 0, 0}, {F16, 0, 0}, {F16, 0, 0}},
    {"f16 padded", {F16, 1, 3}, {F16, 7, 1}, {F16, 3, 0}, {F16, 3, 9}},
    {"f16, f32 out", {F16, 8, 8}, {F16, 16, 16}, {F32, 4, 0}, {F32, 7, 1}},
    {"bf16 padded", {BF16, 1, 3}, {BF16, 7, 1}, {BF16, 3, 0}, {BF16, 3, 9}},
    /* From here on in the wide run alone. */
    {"f32 padded", {F32, 3, 5}, {F32, 1, 7}, {F32, 7, 0}, {F32, 1, 3}},
    {"f32, f16 weights", {F32, 0, 4}, {F16, 0, 0}, {F16, 1, 0}, {F32, 4, 4}},
    {"f16, f32 vectors", {F16, 0, 0}, {F16, 0, 0}, {F32, 0, 0}, {F16, 0, 0}},
    {"f16, f32 weights", {F16, 7, 0}, {F32, 3, 0}, {F16, 0, 0}, {F16, 1, 0}},
    {"bf16", {BF16, 0, 0}, {BF16, 0, 0}, {BF16, 0, 0}, {BF16, 0, 0}},
    {"bf16, f16 weights", {BF16, 8, 8}, {F16, 0, 0}, {F32, 0, 0}, {BF16, 0, 8}},
    {"f32, bf16 vectors", {F32, 1, 3}, {BF16, 3, 0}, {BF16, 5, 0}, {F16, 0, 1}},
    {0}};

bool t_meets(const struct t_form *form, size_t n) {
  return t_is_wide() || ((size_t)(form - t_forms) + n) % 2 == 0;
}

static size_t element_bytes(const struct t_matrix *m) {
  return clinfer_dtype_size(m->view.dtype);
}

/* A quiet NaN whose payload arithmetic never makes. */
static void fill_with_poison(struct t_matrix *m) {
  const uint32_t wide = 0x7fd5a5a5;
  const uint16_t narrow = 0x7fe5;
  const size_t step = element_bytes(m);
  const void *pattern = step == sizeof narrow ? (const void *)&narrow : &wide;
  for (size_t at = 0; at < m->bytes; at += step)
    memcpy(m->image + at, pattern, step);
}

/* With clFinish: Intel's OpenCL for CPUs returns from a blocking write before
 * it is done. */
static void upload(const struct t_matrix *m) {
  assert_int_equal(clEnqueueWriteBuffer(t_queue, m->view.mem, CL_FALSE, 0,
                                        m->bytes, m->image, 0, NULL, NULL),
                   CL_SUCCESS);
  assert_int_equal(clFinish(t_queue), CL_SUCCESS);
}

/* Row r within an image of m's buffer. */
static unsigned char *row_in(const struct t_matrix *m, unsigned char *image,
                             size_t r) {
  return image + (m->view.offset + r * m->view.ld) * element_bytes(m);
}

struct t_matrix *t_output(size_t rows, size_t cols, struct t_store store) {
  struct t_matrix *m = keep(calloc(1, sizeof *m));
  m->view = (clinfer_matrix){.offset = store.offset,
                             .rows = rows,
                             .cols = cols,
                             .ld = cols + store.pad,
                             .dtype = store.dtype};
  m->bytes = (store.offset + rows * m->view.ld + GUARD) * element_bytes(m);
  m->values = keep(calloc(rows * cols + 1, sizeof *m->values));
  m->image = keep(malloc(m->bytes));
  m->seen = keep(malloc(m->bytes));
  m->view.mem = clCreateBuffer(clinfer_context_cl(t_next(NULL, "")->ctx),
                               CL_MEM_READ_WRITE, m->bytes, NULL, NULL);
  assert_non_null(m->view.mem);
  matrices[matrix_count++] = m;
  t_poison(m);
  return m;
}

void t_poison(struct t_matrix *m) {
  fill_with_poison(m);
  upload(m);
}

void t_write(struct t_matrix *m) {
  fill_with_poison(m);
  for (size_t r = 0; r < m->view.rows; r++)
    oracle_store(m->values + r * m->view.cols, m->view.cols, m->view.dtype,
                 row_in(m, m->image, r));
  upload(m);
}

struct t_matrix *t_random(size_t rows, size_t cols, struct t_store store,
                          double lo, double hi) {
  struct t_matrix *m = t_output(rows, cols, store);
  oracle_random(seed++, lo, hi, rows * cols, store.dtype, m->values);
  t_write(m);
  return m;
}

struct t_matrix *t_random_weight(size_t in, size_t out, struct t_store store,
                                 clinfer_layout layout) {
  if (layout == CLINFER_IN_OUT) return t_random(in, out, store, -1, 1);
  return t_random(out, in, store, -1, 1);
}

clinfer_matrix t_view(const struct t_matrix *m) {
  return m ? m->view : clinfer_no_matrix();
}

clinfer_vector t_vector(const struct t_matrix *m) {
  if (m == NULL) return clinfer_no_vector();
  return (clinfer_vector){m->view.mem, m->view.offset, m->view.cols,
                          m->view.dtype};
}

const double *t_values(const struct t_matrix *m) {
  return m ? m->values : NULL;
}

clinfer_weight t_weight(const struct t_matrix *m, clinfer_layout layout) {
  return (clinfer_weight){.matrix = m->view, .layout = layout};
}

struct oracle_value *t_want(size_t count) {
  return keep(calloc(count + 1, sizeof(struct oracle_value)));
}

/* ---- Running and judging */

static char place[256]; /* what t_at said */
#define COUNT(name, value, word, bytes) +1
static double worst[1 CLINFER_DTYPE_MAP(COUNT)]; /* by dtype, of the bound */

void t_print_worst(void) {
#define TELL(name, value, word, bytes) \
  print_message(" " #word " %.2f", worst[name]);
  print_message("worst of bound:");
  CLINFER_DTYPE_MAP(TELL)
  print_message("\n");
}

void t_at(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(place, sizeof place, format, args);
  va_end(args);
}

static void failed(const char *file, int line) {
  print_error("  at %s\n", place);
  _fail(file, line);
}

void t_ok(clinfer_status status, const char *call, const char *file, int line) {
  if (status == CLINFER_OK && clFinish(t_queue) == CL_SUCCESS) return;
  print_error("%s\n  gave: %s; last error: %s\n%s\n", call,
              clinfer_status_text(status), clinfer_last_error()->message,
              clinfer_last_error()->build_log);
  failed(file, line);
}

static void download(struct t_matrix *m) {
  assert_int_equal(clEnqueueReadBuffer(t_queue, m->view.mem, CL_TRUE, 0,
                                       m->bytes, m->seen, 0, NULL, NULL),
                   CL_SUCCESS);
}

static void require_same_bytes(const struct t_matrix *m, size_t from, size_t to,
                               const char *file, int line) {
  if (memcmp(m->image + from, m->seen + from, to - from) == 0) return;
  while (m->image[from] == m->seen[from]) from++;
  print_error(
      "element %zu of the buffer (offset %zu, %zu x %zu, ld %zu) was "
      "written\n",
      from / element_bytes(m), m->view.offset, m->view.rows, m->view.cols,
      m->view.ld);
  failed(file, line);
}

void t_unchanged(struct t_matrix *m, const char *file, int line) {
  download(m);
  require_same_bytes(m, 0, m->bytes, file, line);
}

void t_read(struct t_matrix *m, const char *file, int line) {
  const size_t row_bytes = m->view.cols * element_bytes(m);
  size_t gap = 0; /* where the bytes between two rows begin */
  download(m);
  for (size_t r = 0; r < m->view.rows; r++) {
    unsigned char *row = row_in(m, m->seen, r);
    const size_t at = (size_t)(row - m->seen);
    require_same_bytes(m, gap, at, file, line);
    oracle_load(row, m->view.cols, m->view.dtype, m->values + r * m->view.cols);
    gap = at + row_bytes;
  }
  require_same_bytes(m, gap, m->bytes, file, line);
}

void t_close_to(struct t_matrix *m, const struct oracle_value *want,
                const char *file, int line) {
  const size_t count = m->view.rows * m->view.cols;
  t_read(m, file, line);
  const struct oracle_verdict v = oracle_judge(m->values, want, count);
  if (v.worst > worst[m->view.dtype]) worst[m->view.dtype] = v.worst;
  if (v.failures == 0) return;
  print_error(
      "%zu of %zu elements are wrong; worst at row %zu, column %zu: got "
      "%.9g, want %.9g +- %.3g (%.2f of the bound)\n",
      v.failures, count, v.worst_at / m->view.cols, v.worst_at % m->view.cols,
      v.got, v.want, want[v.worst_at].error, v.worst);
  failed(file, line);
}

void t_same(struct t_matrix *a, struct t_matrix *b, const char *file,
            int line) {
  const size_t row_bytes = a->view.cols * element_bytes(a);
  t_read(a, file, line);
  t_read(b, file, line);
  for (size_t r = 0; r < a->view.rows; r++)
    if (memcmp(row_in(a, a->seen, r), row_in(b, b->seen, r), row_bytes) != 0) {
      print_error("row %zu differs between two runs\n", r);
      failed(file, line);
    }
}
