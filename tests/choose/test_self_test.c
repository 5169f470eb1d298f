/* test_self_test.c - invented implementations that are right, wrong or broken:
 * which of them compute. */

#include "invented.h"
#include "invented_gemms.h"
#include "tester.h"

#include <string.h>

/* ---- Invented GEMMs */

static const char *const two_variants[] = {"first", "last", NULL};

static int first(const struct ci_target *target, const struct ci_problem *p) {
  (void)target, (void)p;
  return 0;
}

static int last(const struct ci_target *target, const struct ci_problem *p) {
  (void)target, (void)p;
  return 1;
}

static const struct invented {
  const char *name;
  struct ci_implementation implementation;
  clinfer_dtype dtype; /* of the GEMM that it is asked for */
  const char *logged;  /* NULL: it is not even tested */
  bool used;
} invented[] = {
    {"right", {.plan = invented_right}, CLINFER_F32, ": right", true},
    {"right for halves",
     {.plan = invented_right},
     CLINFER_F16,
     ": right",
     true},
    {"right, but for another type",
     {.plan = invented_right, .supports = invented_only_f32},
     CLINFER_F16,
     NULL,
     false},
    {"right in two steps",
     {.plan = invented_in_steps},
     CLINFER_F16,
     ": right",
     true},
    {"right in the way that is taken",
     {.plan = invented_last_wrong, .best = first, .variants = two_variants},
     CLINFER_F32,
     ": right",
     true},
    {"wrong in the way that is taken",
     {.plan = invented_last_wrong, .best = last, .variants = two_variants},
     CLINFER_F32,
     " is ",
     false},
    {"a product is missing",
     {.plan = invented_shorter},
     CLINFER_F32,
     " is ",
     false},
    {"a product of halves is missing",
     {.plan = invented_shorter},
     CLINFER_F16,
     " is ",
     false},
    {"reads padding",
     {.plan = invented_longer},
     CLINFER_F32,
     "nan, not",
     false},
    {"a column is missing",
     {.plan = invented_narrower},
     CLINFER_F32,
     "is -nan",
     false},
    {"an element is missing",
     {.plan = invented_lacking},
     CLINFER_F16,
     "is -nan",
     false},
    {"writes padding", {.plan = invented_wider}, CLINFER_F32, "not nan", false},
    {"forgets the bias",
     {.plan = invented_without_bias},
     CLINFER_F16,
     " is ",
     false},
    {"does not build",
     {.plan = invented_unbuildable},
     CLINFER_F32,
     "does not build",
     false},
    {"cannot be launched",
     {.plan = invented_unlaunchable},
     CLINFER_F32,
     "gemm/reference",
     false},
};

/* ---- Which of them compute */

static bool is_used(clinfer_context *ctx, clinfer_dtype dtype) {
  const struct ci_problem gemm = invented_gemm(5, dtype);
  return invented_is_used(ctx, &gemm);
}

/* In the context as by the plain kernels, whoever does it. */
static void compute(clinfer_context *ctx, clinfer_dtype dtype) {
  const struct t_provider *plain = t_next(NULL, "");
  for (const struct t_provider *p; (p = t_next(plain, "")) != NULL;) plain = p;
  const struct t_store store = {dtype, 1, 3}, dense = {dtype, 0, 0};
  struct t_matrix *x = t_random(5, 29, store, -1, 1), *w, *bias, *y[2];
  w = t_random_weight(29, 17, store, CLINFER_OUT_IN);
  bias = t_random(1, 17, dense, -1, 1);
  for (size_t i = 0; i < 2; i++) {
    y[i] = t_output(5, 17, store);
    T_OK(clinfer_linear(i ? plain->ctx : ctx, &t_exec, t_view(x),
                        t_weight(w, CLINFER_OUT_IN), t_vector(bias),
                        CLINFER_NONE, t_view(y[i])));
  }
  T_SAME(y[0], y[1]);
}

/* Used or not, now and later, after no more invented_heard.tests than are
 * needed; no word of it in the last error; and the context computes. */
static void verdict(void **state) {
  const struct invented *row = *state;
  clinfer_context *ctx = invented_open("", CI_GEMM, row->implementation);
  const bool may_pass = row->implementation.plan == invented_unlaunchable;
  assert_int_equal(ci_fail(CLINFER_BAD_FILE, 7, "from before"),
                   CLINFER_BAD_FILE);
  for (int i = 0; i < CI_MOST_TRIES + 2; i++)
    if (is_used(ctx, row->dtype) != row->used)
      fail_msg("%s", invented_heard.last);
  assert_string_equal(clinfer_last_error()->message, "from before");
  assert_int_equal(invented_heard.tests, row->logged == NULL ? 0
                                         : may_pass          ? CI_MOST_TRIES
                                                             : 1);
  assert_int_equal(invented_heard.recalls, 0);
  if (row->logged && strstr(invented_heard.last, row->logged) == NULL)
    fail_msg("%s", invented_heard.last);
  compute(ctx, row->dtype);
  clinfer_context_destroy(ctx);
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(verdict, invented)};
  return t_main(argc, argv, "self_test", tables, T_COUNT(tables));
}
