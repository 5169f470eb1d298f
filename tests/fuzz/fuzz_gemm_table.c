/* fuzz_gemm_table.c - a table of tuned GEMMs is refused whole, or each of its
 * rows leads to a plan that the device can run, and each of its lines for
 * CLBlast is fit to be handed to CLBlast. */

#define _POSIX_C_SOURCE 200809L

#include "fuzz.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "choose/table.h"
#include "context/implementations.h"
#include "gemm/gemm.h"

static struct ci_table table;
static struct ci_target target = {.table = &table};

/* A device that every provider is for, so that any row may count; but CLBlast
 * is not there. */
static void make_target(void) {
  target.device = (struct ci_device){.name = "D",
                                     .driver = "1",
                                     .max_group = 1024,
                                     .local_memory = 48 << 10,
                                     .max_alloc = 1u << 30,
                                     .compute_units = 132,
                                     .native_floats = 8,
                                     .nvidia_sm = 90};
  for (size_t p = 0; p < CI_PROVIDERS; p++) {
    target.enabled[p] = true;
  }
  ci_list_implementations(&target);
}

static void plan(size_t M, size_t N, size_t K, clinfer_dtype dtype) {
  const struct ci_gemm gemm = {
      .a = clinfer_matrix_of(NULL, M, K, dtype),
      .w = clinfer_weight_of(clinfer_matrix_of(NULL, K, N, dtype)),
      .c = clinfer_matrix_of(NULL, M, N, dtype)};
  const clinfer_exec exec = {.queue = NULL};
  struct ci_plan p = {.target = &target, .exec = &exec};
  const struct ci_problem problem = {.kind = CI_GEMM, .gemm = gemm};
  const struct ci_choice choice = ci_table_find(&target, &problem);
  if (choice.implementation != NULL) {
    FUZZ_REQUIRE(choice.implementation->supports(&target, &problem));
    const char *const *variants = choice.implementation->variants;
    for (int v = 0; v <= choice.variant; v++) FUZZ_REQUIRE(variants[v] != NULL);
  }
  FUZZ_REQUIRE(ci_plan_gemm(&p, &gemm) == CLINFER_OK);
  FUZZ_REQUIRE(p.step_count > 0);
}

/* What is handed to CLBlast for one kernel. */
static void check_kernel(const struct ci_clblast_kernel *k) {
  FUZZ_REQUIRE(k->name != NULL);
  FUZZ_REQUIRE(k->count > 0 && k->count <= CI_CLBLAST_MOST_PARAMETERS);
  for (size_t i = 0; i < k->count; i++) {
    const size_t length = strnlen(k->names[i], CI_CLBLAST_LONGEST_NAME);
    FUZZ_REQUIRE(length > 0 && length < CI_CLBLAST_LONGEST_NAME);
    for (size_t c = 0; c < length; c++)
      FUZZ_REQUIRE(isupper((unsigned char)k->names[i][c]) ||
                   isdigit((unsigned char)k->names[i][c]) ||
                   k->names[i][c] == '_');
    FUZZ_REQUIRE(k->values[i] <= 999999);
  }
}

static void check_clblast(const struct ci_clblast_tuned *tuned) {
  FUZZ_REQUIRE(tuned->count <= CI_CLBLAST_KERNELS);
  for (size_t i = 0; i < tuned->count; i++) {
    check_kernel(&tuned->kernels[i]);
    for (size_t k = 0; k < i; k++)
      FUZZ_REQUIRE(strcmp(tuned->kernels[k].name, tuned->kernels[i].name));
  }
}

static void plan_some(void) {
  static const clinfer_dtype dtypes[] = {CLINFER_F32, CLINFER_F16,
                                         CLINFER_BF16};
  for (size_t i = 0; i < 3; i++) {
    plan(1, 768, 768, dtypes[i]);
    plan(128, 4096, 1024, dtypes[i]);
    plan(3, 5, 7, dtypes[i]);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (target.device.max_group == 0) make_target();
  uint8_t *text = malloc(size ? size : 1); /* it need not end with a 0 */
  FUZZ_REQUIRE(text != NULL);
  if (size > 0) memcpy(text, data, size);
  const clinfer_status status = ci_table_parse((char *)text, size, &target,
                                               &table);
  free(text);
  if (status == CLINFER_OK) {
    plan_some();
    check_clblast(&table.clblast);
    ci_table_free(&table);
  } else {
    FUZZ_REQUIRE(status == CLINFER_BAD_FILE || status == CLINFER_UNSUPPORTED);
    FUZZ_REQUIRE(table.rows == NULL && table.count == 0);
  }
  return 0;
}
