/* test_vector_matmul.c - clinfer_vector_matmul against the oracle. */

#include "gemm_cases.h"

static clinfer_status run(clinfer_context *ctx, const struct t_matrix *x,
                          clinfer_weight w, const struct t_matrix *bias,
                          clinfer_activation activation,
                          const struct t_matrix *y) {
  assert_true(bias == NULL && activation == CLINFER_NONE);
  return clinfer_vector_matmul(ctx, &t_exec, x->view, w, y->view);
}

const struct gemm_op gemm_op = {run, false};

static const struct t_single singles[] = {
    {"NaN and infinity stay in their row or column", gemm_poisoned},
    {"the same bits again", gemm_repeats},
    {"empty problems", gemm_empty},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(gemm_matches_oracle, gemm_shapes),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "vector_matmul", tables, T_COUNT(tables));
}
