/* test_long_sums.c - how exact f32 products with a long K are: no worse than
 * OpenBLAS's, whose sums are made of partial ones. The oracle's bound holds for
 * each element; this is about the error of them all, which a single chain of
 * additions makes several times as large within that bound. */

#include "tester.h"

#include <math.h>
#include <string.h>

/* `error`: the root mean square of OpenBLAS 0.3's with operands of variance 1.
 */
struct length {
  const char *name;
  size_t K;
  double error;
};
static const struct length lengths[] = {
    {"768", 768, 9.8e-6}, {"4096", 4096, 2.0e-5}, {"16384", 16384, 4.3e-5}};

static const double root_3 = 1.7320508; /* uniform in +-root_3: variance 1 */

static double error_of(const struct t_matrix *y,
                       const struct oracle_value *want) {
  const size_t count = y->view.rows * y->view.cols;
  double squares = 0;
  for (size_t i = 0; i < count; i++)
    squares += (y->values[i] - want[i].value) * (y->values[i] - want[i].value);
  return sqrt(squares / (double)count);
}

/* CLBlast's kernels add up K in one chain, which is not ours to change. */
static bool is_ours(const struct t_provider *p) {
  return strcmp(p->name, "gemm_clblast") != 0;
}

static void check(struct t_matrix *x, struct t_matrix *w, struct t_matrix *y,
                  const struct oracle_value *want, double most) {
  for (const struct t_provider *p = t_next(NULL, "gemm_"); p;
       p = t_next(p, "gemm_")) {
    clinfer_weight weight = t_weight(w, CLINFER_OUT_IN);
    for (int packed = 0; packed < 2 && is_ours(p); packed++) {
      t_at("%zu rows, %s%s", y->view.rows, p->name, packed ? ", packed" : "");
      t_poison(y);
      T_OK(clinfer_vector_matmul(p->ctx, &t_exec, x->view, weight, y->view));
      T_READ(y);
      const double error = error_of(y, want);
      if (!(error <= most)) fail_msg("%s: %.2e of %.2e", p->name, error, most);
      if (packed) break;
      T_OK(clinfer_weight_pack(p->ctx, t_queue, &weight));
    }
    clinfer_weight_unpack(&weight);
  }
}

static void as_exact_as_openblas(void **state) {
  static const size_t rows[] = {1, 3, 8, 64};
  static const struct t_store store = {CLINFER_F32, 0, 0};
  const struct length *s = *state;
  enum { N = 512 };
  struct t_matrix *w = t_random(N, s->K, store, -root_3, root_3);
  for (size_t r = 0; r < T_COUNT(rows); r++) {
    struct t_matrix *x = t_random(rows[r], s->K, store, -root_3, root_3);
    struct t_matrix *y = t_output(rows[r], N, store);
    struct oracle_value *exact = t_want(rows[r] * s->K),
                        *want = t_want(rows[r] * N);
    oracle_exact(x->values, rows[r] * s->K, exact);
    oracle_linear(rows[r], N, s->K, exact, w->values, CLINFER_OUT_IN, NULL,
                  CLINFER_NONE, CLINFER_F32, want);
    check(x, w, y, want, 1.1 * s->error);
  }
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(as_exact_as_openblas, lengths)};
  return t_main(argc, argv, "long sums", tables, T_COUNT(tables));
}
