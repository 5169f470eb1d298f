/* faults.c - making each call fail that a piece of work consists of. */

#include "faults.h"

#include "base/status.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static struct { size_t injected, refused, around, lost; } figures;

void faults_print(void) {
  print_message(
      "faults injected %zu, survived %zu, lost %zu "
      "(refused %zu, got around %zu)\n",
      figures.injected, figures.injected - figures.lost, figures.lost,
      figures.refused, figures.around);
}

static const char *say(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static const char *say(const char *format, ...) {
  static char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return text;
}

/* ---- What there is */

static long open_files(void) {
  long count = 0;
  DIR *folder = opendir("/proc/self/fd");
  assert_non_null(folder);
  while (readdir(folder)) count++;
  closedir(folder);
  return count;
}

struct faults_census faults_take_census(void) {
  struct faults_census c;
  for (enum shim_object o = 0; o < SHIM_OBJECTS; o++) c.count[o] = shim_live(o);
  c.count[SHIM_OBJECTS] = open_files();
  return c;
}

const char *faults_compare(const struct faults_census *before) {
  const struct faults_census now = faults_take_census();
  for (size_t i = 0; i <= SHIM_OBJECTS; i++)
    if (now.count[i] != before->count[i])
      return say("%+ld of kind %s", now.count[i] - before->count[i],
                 i < SHIM_OBJECTS ? shim_object_names[i] : "open file");
  return NULL;
}

/* ---- What is to come of an error */

static bool is_clblast(enum shim_function f) {
  return strncmp(shim_table[f].name, "CLBlast", 7) == 0;
}

/* What CLBlast does for all calls to come. */
static bool is_housekeeping(enum shim_function f) {
  return strcmp(shim_table[f].name, "CLBlastOverrideParameters") == 0 ||
         strcmp(shim_table[f].name, "CLBlastClearCache") == 0;
}

static clinfer_status status_of_clblast(int error) {
  switch (error) {
    case CL_OUT_OF_HOST_MEMORY:
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
      return CLINFER_OUT_OF_MEMORY;
    case CL_BUILD_PROGRAM_FAILURE:
      return CLINFER_BUILD_FAILED;
    default:
      return CLINFER_CLBLAST_ERROR;
  }
}

static clinfer_status status_of_opencl(enum shim_function f, int error) {
  switch (error) {
    case CL_OUT_OF_HOST_MEMORY:
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
    case CL_INVALID_BUFFER_SIZE:
      return CLINFER_OUT_OF_MEMORY;
    case CL_INVALID_MEM_OBJECT:
      return CLINFER_BAD_BUFFER;
    case CL_INVALID_COMMAND_QUEUE:
      return CLINFER_BAD_QUEUE;
    case CL_BUILD_PROGRAM_FAILURE:
    case CL_INVALID_BUILD_OPTIONS:
    case CL_COMPILER_NOT_AVAILABLE:
      if (f == SHIM_clBuildProgram) return CLINFER_BUILD_FAILED;
  }
  return CLINFER_OPENCL_ERROR;
}

clinfer_status faults_status(enum shim_function f, int error) {
  switch (shim_table[f].kind) {
    case SHIM_MEMORY:
      return CLINFER_OUT_OF_MEMORY;
    case SHIM_FILES:
      return CLINFER_BAD_FILE;
    default:
      return is_clblast(f) ? status_of_clblast(error)
                           : status_of_opencl(f, error);
  }
}

static enum faults_outcome outcome_of(const struct faults_work *work,
                                      enum shim_function f) {
  for (size_t i = 0; i < T_COUNT(work->ways); i++)
    if (work->ways[i].function == f && work->ways[i].outcome != FAULTS_USUAL)
      return work->ways[i].outcome;
  if (work->all_around) return FAULTS_AROUND;
  const enum shim_kind kind = shim_table[f].kind;
  return kind == SHIM_RELEASE || kind == SHIM_FILES || is_housekeeping(f)
             ? FAULTS_AROUND
             : FAULTS_REFUSED;
}

/* ---- One fault */

/* What the last error says as long as nothing fails. */
static const char earlier[] = "from an earlier call";

/* Memory and files are asked for in one way only, so no call is named. */
static const char *judge_message(enum shim_function f, int error) {
  const clinfer_error *e = clinfer_last_error();
  const bool of_opencl = shim_table[f].kind != SHIM_MEMORY &&
                         shim_table[f].kind != SHIM_FILES;
  const char *wanted = shim_table[f].name;
  if (shim_table[f].kind == SHIM_MEMORY) wanted = "memory";
  if (shim_table[f].kind == SHIM_FILES) wanted = "";
  if (e->code != (of_opencl ? error : 0))
    return say("the last error has the code %d", e->code);
  if (strstr(e->message, wanted) == NULL)
    return say("\"%s\" does not say %s", e->message, wanted);
  return NULL;
}

static const char *judge_status(const struct faults_work *work,
                                enum shim_function f, int error,
                                clinfer_status status) {
  const enum faults_outcome outcome = outcome_of(work, f);
  const clinfer_status want = faults_status(f, error);
  if (status == CLINFER_OK && outcome == FAULTS_REFUSED)
    return "the error was dropped";
  if (status == CLINFER_OK && !work->untold &&
      strcmp(clinfer_last_error()->message, earlier) != 0)
    return say("got around, but told: %s", clinfer_last_error()->message);
  if (status == CLINFER_OK) return NULL;
  if (outcome == FAULTS_AROUND)
    return say("refused: %s", clinfer_last_error()->message);
  if (work->untold) return NULL;
  if ((status != want && status != work->also) ||
      clinfer_last_error()->status != status)
    return say("%s: %s", clinfer_status_text(status),
               clinfer_last_error()->message);
  return judge_message(f, error);
}

static clinfer_status run(const struct faults_work *work) {
  if (work->prepare) work->prepare(work->state);
  return work->run(work->state);
}

static const char *run_again(const struct faults_work *work) {
  const clinfer_status status = run(work);
  const char *wrong = work->judge(work->state, status);
  if (status != CLINFER_OK)
    return say("done again: %s", clinfer_last_error()->message);
  return wrong ? say("done again: %s", wrong) : NULL;
}

const char *faults_inject(const struct faults_work *work, enum shim_function f,
                          size_t n, int error, bool *met) {
  const struct faults_census before = faults_take_census();
  if (work->prepare) work->prepare(work->state);
  ci_fail(CLINFER_BAD_FILE, 0, "%s", earlier);
  shim_fail(f, n, error);
  const clinfer_status status = work->run(work->state);
  *met = shim_has_failed();
  const char *wrong = NULL;
  if (*met) wrong = judge_status(work, f, error, status);
  const char *left = work->judge(work->state, status);
  if (wrong == NULL) wrong = left;
  if (!*met && status != CLINFER_OK) wrong = clinfer_last_error()->message;
  if (!*met) return wrong;
  figures.injected++;
  *(status == CLINFER_OK ? &figures.around : &figures.refused) += 1;
  if (wrong == NULL) wrong = run_again(work);
  return wrong ? wrong : faults_compare(&before);
}

/* ---- All of them */

/* Whether there was such a call. */
static bool try(const struct faults_work *work, enum shim_function f, size_t n,
                int error) {
  bool met;
  const char *wrong = faults_inject(work, f, n, error, &met);
  if (wrong == NULL) return met;
  figures.lost++;
  print_error("%s: call %zu of %s with %d: %s\n", work->name, n,
              shim_table[f].name, error, wrong);
  run_again(work);
  return met;
}

void faults_sweep(const struct faults_work *work) {
  const size_t lost = figures.lost;
  const char *wrong = run_again(work); /* what a first run leaves stays */
  if (wrong) fail_msg("%s: %s", work->name, wrong);
  for (enum shim_function f = 0; f < SHIM_FUNCTIONS; f++) {
    if (outcome_of(work, f) == FAULTS_SKIPPED) continue;
    const size_t errors = work->one_error || !t_is_wide()
                              ? 1
                              : shim_table[f].error_count;
    for (size_t e = 0; e < errors; e++)
      for (size_t n = 1; try(work, f, n, shim_table[f].errors[e]);
           n += work->endless ? n : 1)
        ;
  }
  if (figures.lost > lost) fail_msg("%s: faults were lost", work->name);
}
