/* test_layer_norm.c - clinfer_layer_norm against the oracle. */

#include "norm_cases.h"

const struct norm_op norm_op = {clinfer_layer_norm, false};

static const struct t_single singles[] = {
    {"constant rows", norm_constant_rows},
    {"the ends of the range", norm_range},
    {"an outlier", norm_outlier},
    {"NaN and infinity stay in their rows", norm_poisoned_rows},
    {"in place", norm_in_place},
    {"the same bits again", norm_repeats},
    {"no rows", norm_empty},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(norm_matches_oracle, norm_shapes),
      T_TABLE(t_call, singles),
  };
  return t_main(argc, argv, "layer_norm", tables, T_COUNT(tables));
}
