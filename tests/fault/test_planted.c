/* test_planted.c - the suite's checks can fail: each of these faults, planted
 * in a copy of the kernels or in the driver, is seen by the test that is meant
 * for it, which passes without the fault.
 *
 * They say nothing about a device, so this is for the wide run; what is run
 * with a fault is not wide itself.
 *
 * On Oclgrind the faults are those that only it can see, and its reports the
 * verdict; elsewhere they are wrong results. */

#define _POSIX_C_SOURCE 200809L

#include "calls.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "files.h"

struct planted {
  const char *name;
  const char *command;        /* for sh; PATH has the tests and the tool */
  const char *file;           /* of cl/; NULL: HASTY is to be `instead` */
  const char *text, *instead; /* text is there once */
  const char *said;           /* by what sees the fault */
};

/* ---- Faults that make results wrong */

#define GROUP_NORM "CLINFER_DISABLE=row_item,row_registers test_layer_norm "
#define PLAIN "CLINFER_REFERENCE=1 "
#define PLAIN_GEMM PLAIN "test_vector_matmul '3 x 7 x 15'"
/* AddressSanitizer wants to be loaded first, but works without that. */
#define HASTY                                                              \
  "ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=" TEST_HASTY " " PLAIN \
  "test_queues 'in order'"
static const struct planted wrong[] = {
    {"a one-pass variance", GROUP_NORM "'mean 1000'", "row/normalise_group.cl",
     "mean = team_sum((float2)(total, 0.0f), scratch[0]).x / cols;",
     "mean = 0.0f;", "elements are wrong"},
    {"an element read past the end of the row", GROUP_NORM "'mean 1000'",
     "row/normalise_group.cl", "c < cols; c += GROUP) total",
     "c <= cols; c += GROUP) total", "got nan"},
    {"an eps that is not the caller's", PLAIN "test_rms_norm 'large eps'",
     "row/normalise.cl", "+ eps);", "+ 1e-5f);", "elements are wrong"},
    {"an output written before all is read", PLAIN "test_layer_norm 'in place'",
     "row/normalise_reference.cl", "  const float scale",
     "  for (uint c = 0; c < cols; c++) STORE(Y_TYPE, 0.0f, y, c);\n"
     "  const float scale",
     "elements are wrong"},
    {"an operand written that is only read", PLAIN "test_qkv_gemm '1 x 2 x 1'",
     "row/normalise_reference.cl", "PUT_ROW(LOAD, STORE, s, c);\n  }",
     "PUT_ROW(LOAD, STORE, s, c);\n  }\n"
     "  STORE(X_TYPE, 0.0f, (__global STORAGE(X_TYPE) *)x, 0);",
     "was written"},
    {"a result that depends on where it lies",
     PLAIN "test_layer_norm 'the same bits again'", "row/normalise.cl",
     "+ BETA(GET, i)", "+ ((ulong)y & 0xffffff)", "differs between two runs"},
    {"a missing bias", "test_bias_activation gelu_erf", "lib/epilogue.cl",
     "((v) + BIAS(GET, p, i))", "(v)", "elements are wrong"},
    {"GELU by tanh where erf is asked for", "test_bias_activation gelu_erf",
     "lib/activation.cl", "CAT(activate_, ACTIVATION)(x)",
     "activate_gelu_tanh(x)", "elements are wrong"},
    {"a ReLU that drops NaN", "test_bias_activation relu", "lib/activation.cl",
     "return x < 0.0f ? (REAL)(0.0f) : x;", "return fmax(x, (REAL)(0.0f));",
     "elements are wrong"},
    {"a zero of the wrong sign", "test_bias_activation relu",
     "lib/activation.cl", "return x < 0.0f ? (REAL)(0.0f) : x;",
     "return x <= 0.0f ? (REAL)(0.0f) : x;", "0 != 0x1"},
    {"the last column left out", "test_bias_activation '3 x 2'",
     "row/bias_activation.cl", "  for (uint c = first * LANES;",
     "  cols--;\n  for (uint c = first * LANES;", "got nan"},
    {"an element written past the end", "test_bias_activation '3 x 2'",
     "row/bias_activation.cl", "  for (uint c = first * LANES;",
     "  cols++;\n  for (uint c = first * LANES;", "was written"},
    {"padding between rows written", PLAIN_GEMM, "gemm/reference.cl",
     "  const float v = product(",
     "  if (N < c_at.s1) STORE(C_TYPE, 0.0f, c, C_AT(row, N));\n"
     "  const float v = product(",
     "was written"},
    {"the last product left out", PLAIN_GEMM, "gemm/reference.cl",
     "min(k0 + CHAIN, K)", "min(k0 + CHAIN, K - 1)", "elements are wrong"},
    {"the last product left out, before the tool",
     "clinfer-check --reference --case linear:f32:m=3,k=7,n=5",
     "gemm/reference.cl", "min(k0 + CHAIN, K)", "min(k0 + CHAIN, K - 1)",
     "elements of y are wrong"},
    {"sums of f16 rounded to f16", PLAIN_GEMM, "gemm/reference.cl",
     "WEIGHT(k, col);",
     "WEIGHT(k, col);\n"
     "  ushort h;\n"
     "  vstore_half(part, 0, (half *)&h);\n"
     "  if (sizeof *a == 2) part = vload_half(0, (half *)&h);",
     "elements are wrong"},
    {"q, k and v in each other's place", PLAIN_GEMM, "gemm/reference.cl",
     "FINISH(LOAD, v, row, col), c, C_AT(row, col)",
     "FINISH(LOAD, v, row, col), c, C_AT(row, (col + N / 3) % N)",
     "elements are wrong"},
    {"a transposed weight", PLAIN "test_vector_matmul '16 x 16 x 16'",
     "gemm/reference.cl", "WEIGHT(k, col)", "WEIGHT(col, k)",
     "elements are wrong"},
    {"scratch that is read but was not written",
     PLAIN "test_scratch 'what is needed suffices'", "gemm/reference.cl",
     "if (row >= M)", "if (row >= M || col + 1 == N)",
     "differs between two runs"},
    {"a driver whose kernels start too early", HASTY, NULL, NULL, "kernels",
     "was written"},
    {"a driver whose events are over too early", HASTY, NULL, NULL, "events",
     "queue_state_of(done) > CL_COMPLETE"},
};

/* ---- Faults that Oclgrind reports */

static const struct planted reported[] = {
    {"a missing barrier", "test_layer_norm '7 x 3'", "lib/team_sum.cl",
     "  scratch[id] = v;\n  barrier(CLK_LOCAL_MEM_FENCE);",
     "  scratch[id] = v;", "data race"},
    {"no bound for the rows", PLAIN "test_linear '15 x 17 x 16'",
     "gemm/reference.cl", "if (row >= M) return;", "", "Invalid read"},
    {"no bound for the rows, few of them",
     PLAIN "test_vector_matmul '3 x 7 x 15'", "gemm/reference.cl",
     "if (row >= M) return;", "", "Invalid write"},
    {"a sum that starts with anything",
     "OCLGRIND_UNINITIALIZED=1 " PLAIN "test_layer_norm '7 x 3'",
     "row/normalise_reference.cl", "squares = {0.0f, 0.0f};", "squares;",
     "ninitialized value"},
    {"a barrier that not all reach", "test_layer_norm '7 x 3'",
     "lib/team_sum.cl",
     "scratch[id] += scratch[id + span];\n    barrier(CLK_LOCAL_MEM_FENCE);",
     "{\n      scratch[id] += scratch[id + span];\n"
     "      barrier(CLK_LOCAL_MEM_FENCE);\n    }",
     "divergence"},
    {"arithmetic in half", PLAIN_GEMM, "gemm/reference.cl",
     "  float sum = 0.0f;",
     "  float sum = 0.0f;\n"
     "  {\n"
     "#pragma OPENCL EXTENSION cl_khr_fp16 : enable\n"
     "    const half h = row;\n"
     "    sum = h * h - h * h;\n"
     "  }",
     "OCLGRIND"},
    {"a case that is not there", "test_layer_norm '7 x 4'", NULL, NULL, NULL,
     " 0 test"},
};

/* ---- Planting and running */

static void plant(const struct planted *p, const char *folder) {
  char path[2 * FILES_PATH], changed[1 << 14];
  size_t size;
  snprintf(path, sizeof path, "%s/%s", folder, p->file);
  char *text = (char *)files_read(path, &size);
  char *at = strstr(text, p->text);
  if (at == NULL || strstr(at + 1, p->text) != NULL)
    fail_msg("%s: is not there just once: %s", p->file, p->text);
  const int length = snprintf(changed, sizeof changed, "%.*s%s%s",
                              (int)(at - text), text, p->instead,
                              at + strlen(p->text));
  assert_true(length > 0 && (size_t)length < sizeof changed);
  files_write(path, changed, (size_t)length);
  free(text);
}

static char output[1 << 22]; /* of the last command */

/* The command's exit status, with the fault planted or without. */
static int run(const struct planted *p, bool spoiled) {
  char folder[FILES_PATH], command[1024];
  files_make_folder(folder);
  files_copy(TEST_CL_DIR, folder);
  unsetenv("HASTY");
  if (spoiled && p->file) plant(p, folder);
  if (spoiled && !p->file && p->instead) setenv("HASTY", p->instead, 1);
  setenv("CLINFER_CL_DIR", folder, 1);
  assert_true(snprintf(command, sizeof command, "unset CLINFER_TESTS; %s 2>&1",
                       p->command) < (int)sizeof command);
  FILE *pipe = popen(command, "r");
  assert_non_null(pipe);
  output[fread(output, 1, sizeof output - 1, pipe)] = '\0';
  const int state = pclose(pipe);
  unsetenv("CLINFER_CL_DIR");
  files_remove(folder);
  return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

static void require_said(const struct planted *p) {
  if (strstr(output, p->said) == NULL)
    fail_msg("\"%s\" is not in the output:\n%s", p->said, output);
}

static void is_seen(void **state) {
  const struct planted *p = *state;
  const struct planted *first = wrong;
  if (call_platform_is("Oclgrind") || !t_is_wide()) skip();
  while (strcmp(first->command, p->command) != 0) first++;
  if (first == p && run(p, false) != 0)
    fail_msg("it fails without the fault:\n%s", output);
  const int status = run(p, true);
  require_said(p);
  assert_true(status > 0);
}

/* Whether the reduced tests' judge, CTest, would have failed what ran. */
static bool is_reported_in_output(void) {
  regex_t reports;
  assert_int_equal(regcomp(&reports, TEST_REPORTS, REG_EXTENDED | REG_NOSUB),
                   0);
  const bool found = regexec(&reports, output, 0, NULL, 0) == 0;
  regfree(&reports);
  return found;
}

static void is_reported(void **state) {
  const struct planted *p = *state;
  if (!call_platform_is("Oclgrind")) skip();
  run(p, true);
  require_said(p);
  assert_true(is_reported_in_output());
  if (p->file == NULL) return;
  assert_int_equal(run(p, false), 0);
  assert_false(is_reported_in_output());
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(is_seen, wrong),
                                          T_TABLE(is_reported, reported)};
  char path[4096];
  snprintf(path, sizeof path, "%s:%s", TEST_PATH, getenv("PATH"));
  setenv("PATH", path, 1);
  return t_main(argc, argv, "planted", tables, T_COUNT(tables));
}
