/* test_shim.c - the checks of the fault tests can fail: work with a planted
 * mistake, and what is said about it. */

#define _POSIX_C_SOURCE 200809L

#include "faults.h"
#include "base/status.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Work as it should be: a marker, and a question about its event */

static clinfer_status ask(cl_event event) {
  cl_int state;
  return ci_cl(clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS,
                              sizeof state, &state, NULL),
               "clGetEventInfo");
}

static clinfer_status mark(cl_event *event) {
  return ci_cl(clEnqueueMarkerWithWaitList(t_queue, 0, NULL, event),
               "clEnqueueMarkerWithWaitList");
}

static clinfer_status flawless(void *state) {
  cl_event event;
  (void)state;
  CI_TRY(mark(&event));
  const clinfer_status status = ask(event);
  clReleaseEvent(event);
  return status;
}

/* ---- Mistakes */

static char *kept; /* what they have left behind */
static int left_open = -1;
static pthread_mutex_t lock;

static clinfer_status keeps_event(void *state) {
  cl_event event;
  (void)state;
  CI_TRY(mark(&event));
  CI_TRY(ask(event));
  clReleaseEvent(event);
  return CLINFER_OK;
}

/* The driver comes to no harm: the caller has kept a reference more. */
static clinfer_status releases_twice(void *state) {
  const cl_event *other = state;
  const clinfer_status status = flawless(NULL);
  if (status != CLINFER_OK) clReleaseEvent(*other);
  return status;
}

static clinfer_status keeps_block(void *state) {
  cl_event event;
  (void)state;
  CI_TRY(mark(&event));
  char *block = malloc(16);
  const clinfer_status status = ask(event);
  clReleaseEvent(event);
  if (status == CLINFER_OK) free(block);
  if (status != CLINFER_OK) kept = block;
  return status;
}

static clinfer_status keeps_file(void *state) {
  cl_event event;
  (void)state;
  CI_TRY(mark(&event));
  const int fd = open("/dev/null", O_RDONLY);
  const clinfer_status status = ask(event);
  clReleaseEvent(event);
  if (status == CLINFER_OK) close(fd);
  if (status != CLINFER_OK) left_open = fd;
  return status;
}

static clinfer_status keeps_lock(void *state) {
  cl_event event;
  (void)state;
  CI_TRY(mark(&event));
  pthread_mutex_init(&lock, NULL);
  const clinfer_status status = ask(event);
  clReleaseEvent(event);
  if (status == CLINFER_OK) pthread_mutex_destroy(&lock);
  return status;
}

static clinfer_status drops_error(void *state) {
  cl_event event;
  (void)state;
  CI_TRY(mark(&event));
  ask(event);
  clReleaseEvent(event);
  return CLINFER_OK;
}

static clinfer_status changes_status(void *state) {
  return flawless(state) == CLINFER_OK ? CLINFER_OK : CLINFER_BAD_SHAPE;
}

static clinfer_status loses_code(void *state) {
  if (flawless(state) == CLINFER_OK) return CLINFER_OK;
  return ci_fail(CLINFER_OPENCL_ERROR, 0, "clGetEventInfo failed");
}

static clinfer_status names_no_call(void *state) {
  if (flawless(state) == CLINFER_OK) return CLINFER_OK;
  return ci_fail(CLINFER_OPENCL_ERROR, CL_OUT_OF_RESOURCES, "it failed");
}

static clinfer_status never_recovers(void *state) {
  static bool broken;
  const clinfer_status status = flawless(state);
  if (status != CLINFER_OK) broken = true;
  return broken ? ci_fail(CLINFER_OPENCL_ERROR, CL_OUT_OF_RESOURCES,
                          "clGetEventInfo once failed")
                : status;
}

static const struct mistake {
  const char *name;
  clinfer_status (*run)(void *state);
  const char *said; /* NULL: nothing, for there is none */
  enum faults_outcome wanted;
} mistakes[] = {
    {"no mistake", flawless, NULL, FAULTS_REFUSED},
    {"an event that is not released", keeps_event, "+1 of kind event",
     FAULTS_REFUSED},
    {"an event that is released twice", releases_twice, "-1 of kind event",
     FAULTS_REFUSED},
    {"a block that is not freed", keeps_block, "+1 of kind block",
     FAULTS_REFUSED},
    {"a file that is not closed", keeps_file, "+1 of kind open file",
     FAULTS_REFUSED},
    {"a lock that is not destroyed", keeps_lock, "+1 of kind lock",
     FAULTS_REFUSED},
    {"an error that is dropped", drops_error, "the error was dropped",
     FAULTS_REFUSED},
    {"another status", changes_status, "the shapes of the arguments",
     FAULTS_REFUSED},
    {"a code that is lost", loses_code, "has the code 0", FAULTS_REFUSED},
    {"a call that is not named", names_no_call, "does not say clGetEventInfo",
     FAULTS_REFUSED},
    {"a call after it that fails", never_recovers, "done again",
     FAULTS_REFUSED},
    {"told, though got around", drops_error, "but told", FAULTS_AROUND},
    {"refused, though to be got around", flawless, "refused:", FAULTS_AROUND},
};

static const char *judge(void *state, clinfer_status status) {
  (void)state, (void)status;
  return NULL;
}

static void is_seen(void **state) {
  const struct mistake *m = *state;
  cl_event spare;
  bool met;
  assert_int_equal(mark(&spare), CLINFER_OK);
  clRetainEvent(spare);
  const struct faults_work work = {.name = m->name,
                                   .state = &spare,
                                   .run = m->run,
                                   .judge = judge,
                                   .ways = {{SHIM_clGetEventInfo, m->wanted}}};
  const char *said = faults_inject(&work, SHIM_clGetEventInfo, 1,
                                   CL_OUT_OF_RESOURCES, &met);
  assert_true(met);
  free(kept);
  if (left_open >= 0) close(left_open);
  kept = NULL;
  left_open = -1;
  if (m->said == NULL)
    assert_null(said);
  else if (said == NULL || strstr(said, m->said) == NULL)
    fail_msg("\"%s\" is not in \"%s\"", m->said, said ? said : "");
  clReleaseEvent(spare);
}

/* Outputs that are claimed or written after all are the work's own to judge. */
static const char *finds_fault(void *state, clinfer_status status) {
  (void)state;
  return status == CLINFER_OK ? NULL : "an operand was written";
}

static void judgement_counts(void) {
  const struct faults_work work = {
      .name = "judged", .run = flawless, .judge = finds_fault};
  bool met;
  assert_string_equal(faults_inject(&work, SHIM_clGetEventInfo, 1,
                                    CL_OUT_OF_RESOURCES, &met),
                      "an operand was written");
}

/* The n-th call and no other, of that function and no other. */
static void only_the_nth(void) {
  const struct faults_census before = faults_take_census();
  for (size_t n = 1; n <= 3; n++) {
    shim_fail(SHIM_clEnqueueMarkerWithWaitList, n, CL_OUT_OF_RESOURCES);
    for (size_t i = 1; i <= 3; i++) {
      cl_event event;
      const cl_int code = clEnqueueMarkerWithWaitList(t_queue, 0, NULL, &event);
      assert_int_equal(code, i == n ? CL_OUT_OF_RESOURCES : CL_SUCCESS);
      if (code == CL_SUCCESS) assert_int_equal(clReleaseEvent(event), code);
    }
    assert_true(shim_has_failed());
  }
  assert_null(faults_compare(&before));
  shim_fail(SHIM_clEnqueueMarkerWithWaitList, 1, CL_OUT_OF_RESOURCES);
  assert_false(shim_has_failed());
  assert_int_equal(flawless(NULL), CLINFER_OK);
}

static const struct t_single singles[] = {
    {"what the work's judge says", judgement_counts},
    {"the n-th call alone fails", only_the_nth},
};

int main(int argc, char **argv) {
  static const struct t_table tables[] = {T_TABLE(is_seen, mistakes),
                                          T_TABLE(t_call, singles)};
  return t_main(argc, argv, "shim", tables, T_COUNT(tables));
}
