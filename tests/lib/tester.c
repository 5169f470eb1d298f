/* tester.c - contexts for the tests, and tables of data as cases. */

#include "tester.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context/context.h"
#include "gemm/gemm.h"
#include "context/context.h"

enum { MAX_PROVIDERS = 16, MAX_CASES = 256, MAX_FLOATS = 16 };

static struct t_provider providers[MAX_PROVIDERS];
static clinfer_context *with_vectors[MAX_FLOATS + 1];
static cl_context cl;
cl_command_queue t_queue;
clinfer_exec t_exec;

/* Every name but `only`, separated by commas. */
static void names_except(const char *only, char *list, size_t size) {
  size_t used = 0;
  list[0] = '\0';
  for (size_t i = 0; clinfer_provider_name(i + 1) != NULL; i++) {
    const char *name = clinfer_provider_name(i);
    if (strcmp(name, only) == 0) continue;
    used += (size_t)snprintf(list + used, size - used, "%s%s",
                             used > 0 ? "," : "", name);
    assert_true(used < size);
  }
}

/* PoCL keeps what it compiles, and compiles all of it once more to hand out the
 * binaries that the library would keep. */
static bool keeps_kernels(cl_device_id device) {
  char version[256] = "";
  clGetDeviceInfo(device, CL_DEVICE_VERSION, sizeof version, version, NULL);
  return strstr(version, "PoCL") != NULL;
}

bool t_is_wide(void) {
  const char *tests = getenv("CLINFER_TESTS");
  if (tests == NULL || *tests == '\0') return false;
  if (strcmp(tests, "wide") != 0)
    fail_msg("CLINFER_TESTS is \"%s\"; it may be \"wide\"", tests);
  return true;
}

static void open_provider(struct t_provider *p, cl_device_id device,
                          clinfer_options options, const char *name) {
  p->name = name;
  if (getenv("CLINFER_CACHE_DIR") == NULL || keeps_kernels(device))
    options.cache_dir = "";
  if (clinfer_context_create(cl, device, &options, &p->ctx) != CLINFER_OK)
    fail_msg("%s: %s", name, clinfer_last_error()->message);
  t_take_as_proven(p->ctx);
}

int t_open(void **state) {
  (void)state;
  if (!t_is_wide()) t_forms[T_NARROW_FORMS].name = NULL;
  cl_device_id device;
  const char *selector = getenv("CLINFER_DEVICE") ? NULL : "pocl";
  if (clinfer_find_device(selector, &device) != CLINFER_OK)
    fail_msg("%s", clinfer_last_error()->message);
  cl = clCreateContext(NULL, 1, &device, NULL, NULL, NULL);
  t_queue = clCreateCommandQueue(cl, device, 0, NULL);
  assert_true(cl != NULL && t_queue != NULL);
  t_exec.queue = t_queue;

  clinfer_options options = {.struct_size = sizeof options};
  struct t_provider *p = providers;
  open_provider(p, device, options, "free choice");
  for (size_t i = 0; clinfer_provider_name(i) != NULL; i++) {
    const char *name = clinfer_provider_name(i);
    char others[256];
    if (clinfer_context_provider(providers[0].ctx, i) ==
        CLINFER_PROVIDER_ABSENT)
      continue;
    assert_true(++p < &providers[MAX_PROVIDERS - 1]);
    names_except(name, others, sizeof others);
    options.disable = others;
    options.reference = clinfer_provider_name(i + 1) == NULL;
    open_provider(p, device, options, name);
  }
  return 0;
}

clinfer_context *t_with_vectors(cl_uint floats) {
  assert_true(floats <= MAX_FLOATS);
  clinfer_context **ctx = &with_vectors[floats];
  if (!providers[0].ctx->target.device.is_cpu) return NULL;
  if (*ctx == NULL) {
    struct t_provider p;
    const clinfer_options options = {.struct_size = sizeof options};
    open_provider(&p, clinfer_context_device(providers[0].ctx), options,
                  "other vectors");
    *ctx = p.ctx;
    (*ctx)->target.device.native_floats = floats;
  }
  return *ctx;
}

int t_close(void **state) {
  (void)state;
  for (size_t f = 0; f <= MAX_FLOATS; f++)
    clinfer_context_destroy(with_vectors[f]);
  for (struct t_provider *p = providers; p->name != NULL; p++)
    clinfer_context_destroy(p->ctx);
  clReleaseCommandQueue(t_queue);
  clReleaseContext(cl);
  t_print_worst();
  return 0;
}

/* Whether p chooses freely, is of that kind, or is the last resort of all. */
static bool fits(const struct t_provider *p, const char *prefix) {
  return p == providers || strncmp(p->name, prefix, strlen(prefix)) == 0 ||
         p[1].name == NULL;
}

const struct t_provider *t_next(const struct t_provider *p,
                                const char *prefix) {
  p = p ? p + 1 : providers;
  while (p->name != NULL && !fits(p, prefix)) p++;
  return p->name ? p : NULL;
}

static enum ci_proof accept(struct ci_plan *plan,
                            const struct ci_problem *problem,
                            struct ci_choice choice, size_t first) {
  (void)plan, (void)problem, (void)choice, (void)first;
  return CI_PROVEN;
}

void t_take_as_proven(clinfer_context *ctx) { ctx->proofs.prove = accept; }

bool t_goes_everywhere(unsigned flags) {
  return flags & T_EVERYWHERE || (flags & T_WIDELY && t_is_wide());
}

const char *t_prefix(unsigned flags, const char *prefix) {
  return t_goes_everywhere(flags) ? prefix : providers[0].name;
}

/* ---- Cases */

static int end_case(void **state) {
  (void)state;
  t_release();
  return 0;
}

void t_call(void **state) {
  const struct t_single *single = *state;
  single->body();
}

int t_main(int argc, char **argv, const char *group,
           const struct t_table *tables, size_t table_count) {
  /* cmocka passes over the entries that are left empty. */
  static struct CMUnitTest tests[MAX_CASES];
  size_t count = 0;
  for (size_t t = 0; t < table_count; t++)
    for (size_t r = 0; r < tables[t].count; r++) {
      const char *row = (const char *)tables[t].rows + r * tables[t].row_size;
      if (count == MAX_CASES) return fputs("too many cases\n", stderr), 1;
      tests[count++] = (struct CMUnitTest){
          .name = *(const char *const *)(const void *)row,
          .test_func = tables[t].check,
          .teardown_func = end_case,
          .initial_state = (void *)row};
    }
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  return cmocka_run_group_tests_name(group, tests, t_open, t_close);
}
