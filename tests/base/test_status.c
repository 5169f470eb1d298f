/* test_status.c - statuses, their texts, the version and the last error. */

#include "tester.h"

#include <pthread.h>
#include <string.h>

#include "base/status.h"

static void texts(void **state) {
  (void)state;
#define SAYS(name, value, text)       \
  assert_int_equal((int)name, value); \
  assert_string_equal(clinfer_status_text(name), text);
  CLINFER_STATUS_MAP(SAYS)
#undef SAYS
}

static void unknown_texts(void **state) {
  static const int unknown[] = {-1, 13, 99, 1 << 30};
  (void)state;
  for (size_t i = 0; i < T_COUNT(unknown); i++)
    assert_string_equal(clinfer_status_text((clinfer_status)unknown[i]),
                        "unknown status");
}

static void version(void **state) {
  (void)state;
  assert_int_equal(clinfer_version(), CLINFER_VERSION);
}

static void dtype_sizes(void **state) {
  (void)state;
  assert_int_equal(clinfer_dtype_size(CLINFER_F32), 4);
  assert_int_equal(clinfer_dtype_size(CLINFER_F16), 2);
  assert_int_equal(clinfer_dtype_size(CLINFER_BF16), 2);
  assert_int_equal(clinfer_dtype_size((clinfer_dtype)0), 0);
  assert_int_equal(clinfer_dtype_size((clinfer_dtype)-1), 0);
  assert_int_equal(clinfer_dtype_size((clinfer_dtype)4), 0);
}

/* The thread starts without an error, and its failure is its own. */
static void *fail_elsewhere(void *fine) {
  *(bool *)fine = clinfer_last_error()->status == CLINFER_OK &&
                  clinfer_last_error()->message[0] == '\0' &&
                  clinfer_find_device(NULL, NULL) == CLINFER_BAD_ARGUMENT &&
                  strcmp(clinfer_last_error()->message, "device is NULL") == 0;
  return NULL;
}

static void error_of_each_thread(void **state) {
  bool fine = false;
  pthread_t thread;
  (void)state;
  assert_int_equal(clinfer_context_open(NULL, NULL, NULL),
                   CLINFER_BAD_ARGUMENT);
  const clinfer_error before = *clinfer_last_error();
  assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, &fine), 0);
  pthread_join(thread, NULL);
  assert_true(fine);
  assert_string_equal(clinfer_last_error()->message, before.message);
  assert_int_equal(clinfer_last_error()->status, before.status);
}

/* A failure forgets the build log of the one before it. */
static void error_is_the_last(void **state) {
  size_t size;
  (void)state;
  ci_fail(CLINFER_BUILD_FAILED, -11, "%s does not build", "x");
  strcpy(ci_build_log(&size), "words");
  assert_int_equal(size, sizeof clinfer_last_error()->build_log);
  assert_string_equal(clinfer_last_error()->build_log, "words");
  assert_int_equal(clinfer_last_error()->code, -11);
  ci_fail(CLINFER_BAD_SHAPE, 0, "too wide");
  assert_string_equal(clinfer_last_error()->build_log, "");
  assert_string_equal(clinfer_last_error()->message, "too wide");
  assert_int_equal(clinfer_last_error()->code, 0);
}

static void long_message(void **state) {
  char text[2000];
  (void)state;
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\0';
  ci_fail(CLINFER_BAD_FILE, 0, "%s", text);
  assert_int_equal(strlen(clinfer_last_error()->message),
                   sizeof clinfer_last_error()->message - 1);
}

static void codes(void **state) {
  (void)state;
  assert_int_equal(ci_cl(CL_SUCCESS, "f"), CLINFER_OK);
  assert_int_equal(ci_cl(CL_OUT_OF_HOST_MEMORY, "f"), CLINFER_OUT_OF_MEMORY);
  assert_int_equal(ci_cl(CL_MEM_OBJECT_ALLOCATION_FAILURE, "f"),
                   CLINFER_OUT_OF_MEMORY);
  assert_int_equal(ci_cl(CL_INVALID_VALUE, "f"), CLINFER_OPENCL_ERROR);
  assert_int_equal(clinfer_last_error()->code, CL_INVALID_VALUE);
  assert_non_null(strstr(clinfer_last_error()->message, "f"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts),
      cmocka_unit_test(unknown_texts),
      cmocka_unit_test(version),
      cmocka_unit_test(dtype_sizes),
      cmocka_unit_test(error_of_each_thread),
      cmocka_unit_test(error_is_the_last),
      cmocka_unit_test(long_message),
      cmocka_unit_test(codes),
  };
  return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
