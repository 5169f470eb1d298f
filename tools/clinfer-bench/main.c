/* main.c - clinfer-bench: over the grid, one operator after the other. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "bench.h"
#include "host_blas.h"
#include "launch.h"
#include "sample.h"
#include "table.h"
#include "timing.h"
#include "watch.h"

struct run {
  struct bench b;
  struct table table;
  struct host_blas blas; /* what to compare with OpenBLAS */
  int exit_code;
};

static clinfer_status call_operator(const void *user,
                                    const clinfer_exec *exec) {
  const struct trial *t = user;
  return trial_call(t, exec);
}

static void watch_case(const struct test_case *c) {
  char text[CASE_TEXT];
  case_print(c, text);
  watch_name(text);
}

static void complain(struct run *run, const struct test_case *c,
                     const char *why) {
  char text[CASE_TEXT];
  case_print(c, text);
  fprintf(stderr, "clinfer-bench: %s: %s\n", text, why);
  run->exit_code = TOOL_FAILED;
}

/* A call of this program's own may have failed, not one of the library's. */
static const char *reason(clinfer_status status) {
  const clinfer_error *error = clinfer_last_error();
  return error->status == status ? error->message : clinfer_status_text(status);
}

/* The result of the last of the timed calls. */
static bool is_right(struct run *run, const struct stage *stage,
                     const struct sample *sample) {
  struct oracle_verdict v;
  watch_on();
  const bool spoil = run->b.arguments->spoil;
  if (sample_judge(sample, stage, spoil, &v) != CL_SUCCESS)
    return complain(run, &stage->c, "the result could not be read"), false;
  if (v.failures == 0) return true;
  char why[200];
  snprintf(why, sizeof why,
           "WRONG: %zu sampled elements, for example row %zu, column %zu: got "
           "%g, want %g",
           v.failures, sample->rows[v.worst_at / sample->col_count],
           sample->cols[v.worst_at % sample->col_count], v.got, v.want);
  return complain(run, &stage->c, why), false;
}

/* The warm time of the call in a recording. */
static clinfer_status time_recorded(const struct bench *b,
                                    const struct stage *stage, double *out) {
  clinfer_recording *recording;
  clinfer_status status = clinfer_recording_create(b->s.ctx, &recording);
  if (status != CLINFER_OK) return status;
  const clinfer_exec record = {.recording = recording};
  status = call_operator(&stage->t, &record);
  if (status == CLINFER_OK)
    status = timing_warm(b, timing_recording(recording), out);
  clinfer_recording_destroy(recording);
  return status;
}

/* Called and recorded; the results of both are looked at. */
static bool time_and_check(struct run *run, struct stage *stage,
                           const struct sample *sample,
                           struct table_times *times) {
  const struct timed_call call = {call_operator, &stage->t};
  clinfer_status status = timing_measure(&run->b, call, &times->called);
  if (status == CLINFER_OK) {
    if (!is_right(run, stage, sample)) return false;
    stage_spoil(stage);
    status = time_recorded(&run->b, stage, &times->recorded);
  }
  if (status != CLINFER_OK)
    return complain(run, &stage->c, reason(status)), false;
  return is_right(run, stage, sample);
}

static void time_tokens(struct run *run, struct stage *stage,
                        const struct sample *sample, size_t tokens) {
  struct table_times times;
  stage_set_tokens(stage, tokens);
  watch_case(&stage->c);
  if (!time_and_check(run, stage, sample, &times)) return;
  table_add(&run->table, &stage->t, &times, run->b.copy_rate);
  host_blas_add(&run->blas, &stage->c, times.recorded);
}

/* An operator at all numbers of tokens. */
static void time_operator(struct run *run, struct test_case c,
                          const struct size_list *tokens) {
  struct stage stage;
  struct sample sample;
  for (size_t i = 0; i < tokens->count; i++)
    if (tokens->items[i] > c.m) c.m = tokens->items[i];
  watch_case(&c);
  const char *why = stage_open(&stage, &run->b, &c);
  if (why != NULL) {
    complain(run, &c, why);
  } else {
    sample_make(&sample, &stage, tokens);
    for (size_t i = 0; i < tokens->count; i++)
      time_tokens(run, &stage, &sample, tokens->items[i]);
    sample_free(&sample);
  }
  stage_close(&stage);
}

/* ---- What to time */

static struct test_case packed_case(const struct call_operator *op,
                                    clinfer_dtype dtype, size_t k, size_t n) {
  struct test_case c = case_of(op, dtype, dtype, dtype);
  c.k = k, c.n = n, c.pack = 1, c.seed = 17;
  c.second = 0; /* an optional result that few callers want */
  return c;
}

static bool is(const struct call_operator *op, const char *name) {
  return strcmp(op->function, name) == 0;
}

static void time_grid(struct run *run, clinfer_dtype dtype) {
  const struct arguments *a = run->b.arguments;
  for (size_t h = 0; h < a->hidden.count; h++)
    for (size_t i = 0; i < a->op_count; i++) {
      const struct call_operator *op = a->ops[i];
      const size_t hidden = a->hidden.items[h];
      const size_t n = is(op, "qkv_gemm")               ? 3 * hidden
                       : op_uses(op) & USES(WEIGHT_OUT) ? 4 * hidden
                                                        : hidden;
      struct test_case c = packed_case(op, dtype, hidden, n);
      if (is(op, "mlp_gemm") || is(op, "bias_activation"))
        c.act = CLINFER_GELU_ERF;
      time_operator(run, c, &a->tokens);
    }
}

static void time_gemms(struct run *run, clinfer_dtype dtype) {
  const struct arguments *a = run->b.arguments;
  const struct call_operator *linear = op_find("linear", strlen("linear"));
  for (size_t i = 0; i < a->gemm_count; i++) {
    const struct gemm_shape *g = &a->gemms[i];
    struct test_case c = packed_case(linear, dtype, g->k, g->n);
    c.act = a->activation;
    time_operator(run, c, &(struct size_list){{g->m}, 1});
  }
}

static void time_all(struct run *run) {
  const struct arguments *a = run->b.arguments;
#define NAME(name, value, word, bytes) name,
  static const clinfer_dtype dtypes[] = {CLINFER_DTYPE_MAP(NAME)};
#undef NAME
  for (size_t i = 0; i < TOOL_COUNT(dtypes); i++) {
    if (a->dtype != 0 && a->dtype != dtypes[i]) continue;
    if (a->gemm_count > 0)
      time_gemms(run, dtypes[i]);
    else
      time_grid(run, dtypes[i]);
  }
}

int main(int argc, char **argv) {
  static struct arguments arguments;
  static struct run run;
  if (!arguments_read(argc, argv, &arguments, &run.exit_code))
    return run.exit_code;
  watch_begin(arguments.timeout);
  const char *why = bench_open(&run.b, &arguments);
  if (why != NULL) {
    fprintf(stderr, "clinfer-bench: %s\n", why);
    bench_close(&run.b);
    return TOOL_NO_DEVICE;
  }
  run.exit_code = TOOL_PASSED;
  if (arguments.launch) {
    if (!launch_measure(&run.b)) run.exit_code = TOOL_FAILED;
  } else if (!table_open(&run.table, arguments.csv)) {
    fprintf(stderr, "clinfer-bench: %s: %s\n", arguments.csv, strerror(errno));
    run.exit_code = TOOL_INTERNAL;
  } else {
    time_all(&run);
    if (!table_close(&run.table)) run.exit_code = TOOL_INTERNAL;
  }
  const bool cpu = bench_is_cpu(&run.b);
  bench_close(&run.b);
  watch_end();
  if (cpu) host_blas_compare(&run.blas);
  host_blas_free(&run.blas);
  return run.exit_code;
}
