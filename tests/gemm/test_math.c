/* test_math.c - how exact f32 products are in each math mode. Devices without
 * the matrix units compute in float in all of them. */

#include "tester.h"

#include <math.h>

/* `most`: the root mean square of the error, for K = 768 and operands of
 * variance 1. Rounding both to 11 bits makes 2^-11 / sqrt(3) of each product at
 * the most, twice; matrix units cut off where float rounds. */
struct mode {
  const char *name;
  clinfer_math math;
  double most;
};
static const struct mode modes[] = {
    {"f32", CLINFER_MATH_F32, 1.08e-5},
    {"tf32", CLINFER_MATH_TF32, 1.1e-2},
    {"tf32x3", CLINFER_MATH_TF32X3, 4e-5},
};

static clinfer_context *open_mode(clinfer_math math) {
  const clinfer_context *any = t_next(NULL, "")->ctx;
  clinfer_context *ctx;
  const clinfer_options options = {
      .struct_size = sizeof options, .cache_dir = "", .math = math};
  if (clinfer_context_create(clinfer_context_cl(any),
                             clinfer_context_device(any), &options,
                             &ctx) != CLINFER_OK)
    fail_msg("%s", clinfer_last_error()->message);
  return ctx;
}

/* More rows than a grid of CUDA's has in its second dimension are among them.
 */
static void keeps_its_promise(void **state) {
  static const size_t rows[] = {1, 17, 300, 66000};
  static const double root_3 = 1.7320508; /* uniform in +-root_3: variance 1 */
  static const struct t_store store = {CLINFER_F32, 0, 0};
  const struct mode *mode = *state;
  enum { K = 768, N = 8 };
  clinfer_context *ctx = open_mode(mode->math);
  struct t_matrix *w = t_random(N, K, store, -root_3, root_3);
  for (size_t r = 0; r < T_COUNT(rows); r++) {
    const size_t M = rows[r];
    struct t_matrix *x = t_random(M, K, store, -root_3, root_3);
    struct t_matrix *y = t_output(M, N, store);
    t_at("%zu rows", M);
    T_OK(clinfer_vector_matmul(ctx, &t_exec, t_view(x),
                               clinfer_weight_transposed(t_view(w)),
                               t_view(y)));
    T_READ(y);
    double squares = 0;
    for (size_t m = 0; m < M; m++)
      for (size_t n = 0; n < N; n++) {
        double sum = 0;
        for (size_t k = 0; k < K; k++)
          sum += x->values[m * K + k] * w->values[n * K + k];
        squares += pow(y->values[m * N + n] - sum, 2);
      }
    const double error = sqrt(squares / (double)(M * N));
    if (!(error <= mode->most))
      fail_msg("%zu rows: %.2e of %.2e", M, error, mode->most);
  }
  clinfer_context_destroy(ctx);
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(keeps_its_promise, modes)};
  return t_main(argc, argv, "math", tables, T_COUNT(tables));
}
