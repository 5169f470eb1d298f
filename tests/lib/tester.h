/* tester.h - what the operators' tests share: a device, operands whose
 * surroundings are guarded, tables of data as cases, and the oracle's verdict.
 *
 * The device is the one that CLINFER_DEVICE names, by default PoCL. All that a
 * case makes lives until t_release, or to the end of the case. Names of rows
 * in a table are names of cases: `test_x 'odd*'` runs those that fit. */
#ifndef CLINFER_TESTER_H
#define CLINFER_TESTER_H

#include <CL/cl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "clinfer/clinfer.h"
#include "oracle.h"

#define T_COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Contexts: one that chooses freely, then one restricted to each provider
 * that is for the device (what that one does not support, the plain kernels
 * compute). All are taken as proven: no call does more than its own steps.
 */

struct t_provider {
  const char *name;
  clinfer_context *ctx;
};

/* The one after p, or the first if p is NULL, of: the free choice, those whose
 * name starts with prefix, the plain kernels. NULL past the last one. */
const struct t_provider *t_next(const struct t_provider *p, const char *prefix);

/* Chooses freely, on the same device with vectors of so many floats: CPUs have
 * registers for 4, 8 or 16, and machines differ. NULL where it is no CPU. */
clinfer_context *t_with_vectors(cl_uint floats);

/* Nothing has to prove itself in that context: no call does more than its own
 * steps. */
void t_take_as_proven(clinfer_context *ctx);

extern cl_command_queue t_queue; /* in order */
extern clinfer_exec t_exec;      /* {.queue = t_queue} */

int t_open(void **state);
int t_close(void **state);

/* ---- Cases */

/* Whether this is the wide run, which CLINFER_TESTS=wide asks for. Compiling is
 * what costs most: a run without it leaves out what only combines in another
 * way what it meets elsewhere. */
bool t_is_wide(void);

/* How far a case goes: the ordinary one meets the free choice and the plain
 * kernels, in every form of storage. */
enum {
  T_DENSE = 1,      /* in the dense forms alone */
  T_EVERYWHERE = 2, /* through every provider */
  T_WIDELY = 4,     /* through every provider, in the wide run */
};
bool t_goes_everywhere(unsigned flags);

/* For t_next: a prefix that only the ends of the list have, unless the case
 * goes everywhere. */
const char *t_prefix(unsigned flags, const char *prefix);

/* Each row starts with its name; check gets the row as its state. */
struct t_table {
  void (*check)(void **state);
  const void *rows;
  size_t count, row_size;
};
#define T_TABLE(check, rows) \
  { check, rows, T_COUNT(rows), sizeof *(rows) }

/* A row for a check without data, run by t_call. */
struct t_single {
  const char *name;
  void (*body)(void);
};
void t_call(void **state);

/* What main returns. */
int t_main(int argc, char **argv, const char *group,
           const struct t_table *tables, size_t table_count);

/* ---- How operands are stored */

struct t_store {
  clinfer_dtype dtype;
  size_t offset; /* elements before the first */
  size_t pad;    /* elements between the end of a row and the next row */
};

/* The storage of an operator's operands: activations, weights, vectors. */
struct t_form {
  const char *name; /* NULL past the last one */
  struct t_store x, w, v, y;
};
extern struct t_form t_forms[]; /* the first two: dense f32, dense f16 */
enum { T_DENSE_FORMS = 2, T_BF16_FORM = 4, T_NARROW_FORMS = 5 };

/* Whether the n-th of some choices is made in that form: in the wide run every
 * one; else every other one, and in the next form those between. */
bool t_meets(const struct t_form *form, size_t n);

/* ---- Operands: a matrix, or a vector as a matrix of one row. NULL stands for
 * the one that is left out. */

struct t_matrix {
  clinfer_matrix view;
  double *values; /* rows * cols, dense: as uploaded or as last read */
  size_t bytes;   /* of the buffer, guards included */
  unsigned char *image, *seen; /* the buffer as uploaded, as last read */
};

/* Elements from the next seed, uniform in [lo, hi]. All around them is NaN, in
 * a bit pattern that no operator makes. */
struct t_matrix *t_random(size_t rows, size_t cols, struct t_store store,
                          double lo, double hi);
/* The same, in [-1, 1], as the matrix of a weight. */
struct t_matrix *t_random_weight(size_t in, size_t out, struct t_store store,
                                 clinfer_layout layout);
/* Elements that are the same NaN, too. */
struct t_matrix *t_output(size_t rows, size_t cols, struct t_store store);

void t_write(struct t_matrix *m);  /* upload values, all around them anew */
void t_poison(struct t_matrix *m); /* back to what t_output made */

clinfer_matrix t_view(const struct t_matrix *m);
clinfer_vector t_vector(const struct t_matrix *m);
const double *t_values(const struct t_matrix *m);
clinfer_weight t_weight(const struct t_matrix *m, clinfer_layout layout);

struct oracle_value *t_want(size_t count);
void t_release(void);

/* ---- Running and judging */

/* What the messages of failures tell about the place. */
void t_at(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The operator was accepted, and the queue came to its end. */
#define T_OK(call) t_ok(call, #call, __FILE__, __LINE__)
void t_ok(clinfer_status status, const char *call, const char *file, int line);

/* Download m: what surrounds its elements is as it was. */
#define T_READ(m) t_read(m, __FILE__, __LINE__)
void t_read(struct t_matrix *m, const char *file, int line);

/* Download m: not a bit of the buffer has changed. */
#define T_UNCHANGED(m) t_unchanged(m, __FILE__, __LINE__)
void t_unchanged(struct t_matrix *m, const char *file, int line);

/* Download m: its surroundings are untouched, its elements as wanted. */
#define T_CLOSE(m, want) t_close_to(m, want, __FILE__, __LINE__)
void t_close_to(struct t_matrix *m, const struct oracle_value *want,
                const char *file, int line);

/* The largest share of its bound that any error took, by dtype. */
void t_print_worst(void);

/* Download both: their elements have the same bits. */
#define T_SAME(a, b) t_same(a, b, __FILE__, __LINE__)
void t_same(struct t_matrix *a, struct t_matrix *b, const char *file, int line);

#endif
