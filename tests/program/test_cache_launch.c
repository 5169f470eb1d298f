/* test_cache_launch.c - when a kernel's binary is saved; and a saved one that
 * builds, but cannot be launched. */

#define _POSIX_C_SOURCE 200809L

#include "queues.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/cache.h"
#include "cached_call.h"
#include "context/context.h"
#include "files.h"
#include "shim.h"

static const struct call_sizes sizes = {17, 33, 65, 33};
static const struct t_store f32 = {CLINFER_F32, 0, 0};
static char folder[FILES_PATH]; /* of the case under way */

/* ---- A context of either kind of device, and a call of one kernel in it */

struct place {
  clinfer_context *ctx;
  struct cached_call log;
  struct call c, twin;
};

static void open_place(struct place *p, bool after_run) {
  p->log = (struct cached_call){0};
  p->ctx = cached_call_open(folder, &p->log);
  p->ctx->target.device.binary_after_run = after_run;
  p->c = call_make(call_operator_named("layer_norm"), p->ctx, &sizes, f32);
  p->twin = p->c;
  p->twin.ctx = queue_ctx();
  p->twin = call_run_twin(&p->twin);
}

static void close_place(struct place *p) {
  clinfer_context_destroy(p->ctx);
  t_release();
}

static bool is_saved(void) {
  char path[FILES_PATH];
  return files_only(folder, path);
}

static void require_right(struct place *p) {
  assert_int_equal(clFinish(t_queue), CL_SUCCESS);
  call_require_same(&p->c, &p->twin);
  call_poison(&p->c);
}

/* ---- Saving */

/* It is not known yet how the first run ends. */
static void saved_after_a_run(void) {
  struct place p;
  open_place(&p, true);
  cl_event user = queue_user_event();
  p.c.exec.wait_count = 1;
  p.c.exec.wait_list = &user;
  clinfer_status status = call_run(&p.c);
  p.c.exec.wait_count = 0;
  p.c.exec.wait_list = NULL;
  if (status == CLINFER_OK) status = call_run(&p.c);
  const bool saved = is_saved();
  clSetUserEventStatus(user, CL_COMPLETE);
  clReleaseEvent(user);
  assert_int_equal(status, CLINFER_OK);
  assert_false(saved);
  require_right(&p);
  assert_int_equal(call_run(&p.c), CLINFER_OK);
  assert_true(is_saved());
  require_right(&p);
  close_place(&p);
}

/* Neither does it wait for a run, nor does a run have an event for it. */
static void saved_at_once(void) {
  struct place p;
  open_place(&p, false);
  cl_event user = queue_user_event();
  p.c.exec.wait_count = 1;
  p.c.exec.wait_list = &user;
  const size_t events = shim_made(SHIM_EVENT);
  const clinfer_status status = call_run(&p.c);
  const bool saved = is_saved();
  clSetUserEventStatus(user, CL_COMPLETE);
  clReleaseEvent(user);
  assert_int_equal(status, CLINFER_OK);
  assert_int_equal(shim_made(SHIM_EVENT), events);
  assert_true(saved);
  require_right(&p);
  close_place(&p);
}

/* The kernel's first run, whose wait list fails. */
struct failed_run {
  cl_command_queue queue;
  cl_event user, done;
};

static struct failed_run run_that_fails(struct place *p) {
  struct failed_run f = {.queue = queue_make(0), .user = queue_user_event()};
  p->c.exec = (clinfer_exec){.queue = f.queue,
                             .wait_count = 1,
                             .wait_list = &f.user,
                             .event = &f.done};
  assert_int_equal(call_run(&p->c), CLINFER_OK);
  clFlush(f.queue);
  clSetUserEventStatus(f.user, -1);
  clWaitForEvents(1, &f.done);
  return f;
}

static void release_run(const struct failed_run *f) {
  clReleaseEvent(f->done);
  clReleaseEvent(f->user);
  clReleaseCommandQueue(f->queue);
}

/* The kernel never ran, so its binary may lack code. */
static void not_after_a_failed_run(void) {
  if (call_platform_is("intel") || call_platform_is("rusticl"))
    skip(); /* they report success for it */
  struct place p;
  open_place(&p, true);
  const struct failed_run f = run_that_fails(&p);
  assert_true(queue_state_of(f.done) < 0);
  clinfer_context_destroy(p.ctx);
  assert_false(is_saved());
  release_run(&f);
  t_release();
}

/* A later run does what the failed one did not. */
static void after_a_later_run(void) {
  if (call_platform_is("intel") || call_platform_is("rusticl")) skip();
  struct place p;
  open_place(&p, true);
  const struct failed_run f = run_that_fails(&p);
  p.c.exec = t_exec;
  call_poison(&p.c);
  assert_int_equal(call_run(&p.c), CLINFER_OK);
  assert_false(is_saved());
  require_right(&p);
  clinfer_context_destroy(p.ctx);
  assert_true(is_saved());
  release_run(&f);
  t_release();
}

/* ---- A binary that builds, but cannot be launched */

static void make_file(void) {
  assert_int_equal(cached_call_run(folder).built, 1);
  assert_true(is_saved());
}

/* The key of the folder's only file; the caller frees it. */
static char *key_of_file(void) {
  char path[FILES_PATH];
  struct ci_binary binary;
  assert_true(files_only(folder, path));
  assert_true(ci_cache_read(path, &binary));
  char *key = calloc(binary.key_size + 1, 1);
  memcpy(key, binary.key, binary.key_size);
  free(binary.file);
  return key;
}

/* What a driver makes of "row/name" without arguments. */
static unsigned char *other_binary(const char *path, size_t *size) {
  char source[128], name[64];
  const char *text = source;
  const cl_context cl = clinfer_context_cl(queue_ctx());
  unsigned char *binary;
  snprintf(name, sizeof name, "%s", path);
  *strchr(name, '/') = '_';
  snprintf(source, sizeof source, "__kernel void %s(void) {}", name);
  cl_program program = clCreateProgramWithSource(cl, 1, &text, NULL, NULL);
  assert_int_equal(clBuildProgram(program, 0, NULL, "", NULL, NULL),
                   CL_SUCCESS);
  clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof *size, size, NULL);
  binary = malloc(*size);
  clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL);
  clReleaseProgram(program);
  return binary;
}

/* The folder's file holds such a binary. */
static void exchange_binary(void) {
  char *key = key_of_file(), name[64] = "";
  size_t size;
  assert_int_equal(sscanf(strstr(key, "\nkernel ") + 1, "kernel %63s", name),
                   1);
  unsigned char *binary = other_binary(name, &size);
  assert_true(ci_cache_save(folder, key, binary, size));
  free(binary);
  free(key);
}

static void fail_first_launch(void) {
  shim_fail(SHIM_clEnqueueNDRangeKernel, 1, CL_INVALID_PROGRAM_EXECUTABLE);
}

struct defect {
  const char *name;
  bool exchanged; /* its arguments are others: else the launch fails */
  bool after_run;
};
static const struct defect defects[] = {
    {"other arguments", true, true},
    {"other arguments, saved at once", true, false},
    {"no launch", false, true},
    {"no launch, saved at once", false, false},
};
static const struct defect in_recordings[] = {
    {"recorded: other arguments", true, true},
    {"recorded: other arguments, saved at once", true, false},
    {"recorded: no launch", false, true},
    {"recorded: no launch, saved at once", false, false},
};

static void set_up(struct place *p, const struct defect *d) {
  files_make_folder(folder);
  make_file();
  if (d->exchanged) exchange_binary();
  open_place(p, d->after_run);
  ci_fail(CLINFER_BAD_FILE, 0, "from before");
  if (!d->exchanged) fail_first_launch();
}

static void require_sound_file(void) {
  const struct cached_call log = cached_call_run(folder);
  assert_int_equal(log.loaded, 1);
  assert_int_equal(log.built, 0);
}

/* It is compiled once, the result is right, and the file is as good as new. */
static void compiled_again(void **state) {
  const struct defect *d = *state;
  struct place p;
  set_up(&p, d);
  assert_int_equal(call_run(&p.c), CLINFER_OK);
  shim_has_failed();
  assert_string_equal(clinfer_last_error()->message, "from before");
  assert_int_equal(p.log.loaded, 1);
  assert_int_equal(p.log.built, 1);
  assert_int_equal(is_saved(), !d->after_run);
  require_right(&p);
  close_place(&p);
  require_sound_file();
  files_remove(folder);
}

static clinfer_recording *record(struct place *p) {
  clinfer_recording *r = NULL;
  assert_int_equal(clinfer_recording_create(p->ctx, &r), CLINFER_OK);
  p->c.exec = (clinfer_exec){.recording = r};
  assert_int_equal(call_run(&p->c), CLINFER_OK);
  return r;
}

/* The run fails, and names the folder. */
static void require_blame(clinfer_recording *r, const clinfer_exec *exec) {
  assert_int_equal(clinfer_recording_run(r, exec), CLINFER_OPENCL_ERROR);
  assert_true(shim_has_failed());
  assert_non_null(strstr(clinfer_last_error()->message, folder));
  assert_int_equal(clinfer_last_error()->code, CL_INVALID_PROGRAM_EXECUTABLE);
}

/* While an operator is recorded its arguments show it; while the recording
 * runs, its launch does. */
static void recorded_again(void **state) {
  const struct defect *d = *state;
  struct place p;
  set_up(&p, d);
  const clinfer_exec exec = p.c.exec;
  clinfer_recording *r = record(&p);
  assert_string_equal(clinfer_last_error()->message, "from before");
  if (!d->exchanged) {
    clinfer_recording *later = record(&p);
    require_blame(r, &exec);
    fail_first_launch();
    require_blame(later, &exec);
    clinfer_recording_destroy(later);
    clinfer_recording_destroy(r);
    r = record(&p);
  }
  assert_int_equal(is_saved(), !d->after_run);
  assert_int_equal(clinfer_recording_run(r, &exec), CLINFER_OK);
  require_right(&p);
  assert_int_equal(p.log.built, 1);
  clinfer_recording_destroy(r);
  close_place(&p);
  require_sound_file();
  files_remove(folder);
}

/* A launch that fails later is not the file's fault. */
static void refuse_a_launch(struct place *p) {
  fail_first_launch();
  assert_int_equal(call_run(&p->c), CLINFER_OPENCL_ERROR);
  assert_true(shim_has_failed());
}

static void once_only(void) {
  struct place p;
  make_file();
  open_place(&p, true);
  fail_first_launch();
  assert_int_equal(call_run(&p.c), CLINFER_OK);
  assert_true(shim_has_failed());
  refuse_a_launch(&p);
  assert_int_equal(p.log.built, 1);
  close_place(&p);
}

static void launched_before(void) {
  struct place p;
  make_file();
  open_place(&p, true);
  assert_int_equal(call_run(&p.c), CLINFER_OK);
  refuse_a_launch(&p);
  assert_int_equal(p.log.built, 0);
  assert_true(is_saved());
  close_place(&p);
}

/* What memory or a queue lacks is not the binary's fault. */
static void kept(void) {
  static const int errors[] = {CL_OUT_OF_HOST_MEMORY, CL_INVALID_COMMAND_QUEUE,
                               CL_MEM_OBJECT_ALLOCATION_FAILURE};
  struct place p;
  make_file();
  open_place(&p, true);
  for (size_t i = 0; i < T_COUNT(errors); i++) {
    shim_fail(SHIM_clEnqueueNDRangeKernel, 1, errors[i]);
    assert_int_not_equal(call_run(&p.c), CLINFER_OK);
    assert_true(shim_has_failed());
  }
  assert_int_equal(call_run(&p.c), CLINFER_OK);
  require_right(&p);
  assert_int_equal(p.log.built, 0);
  assert_true(is_saved());
  close_place(&p);
}

/* By recording the call. */
static void load(struct place *p) {
  clinfer_recording *r = NULL;
  struct call c = p->c;
  assert_int_equal(clinfer_recording_create(p->ctx, &r), CLINFER_OK);
  c.exec = (clinfer_exec){.recording = r};
  assert_int_equal(call_run(&c), CLINFER_OK);
  clinfer_recording_destroy(r);
  assert_int_equal(p->log.loaded, 1);
}

/* The compiler fails as well: the first error is told, and nothing is lost. */
static void not_compiled(void) {
  struct place p;
  make_file();
  open_place(&p, true);
  load(&p);
  shim_lose_device(0);
  assert_int_equal(call_run(&p.c), CLINFER_OPENCL_ERROR);
  assert_non_null(strstr(clinfer_last_error()->message, "clSetKernelArg"));
  shim_find_device();
  assert_int_equal(call_run(&p.c), CLINFER_OK);
  require_right(&p);
  assert_true(is_saved());
  close_place(&p);
}

static const struct t_single singles[] = {
    {"saved once a run is over", saved_after_a_run},
    {"saved at once, without an event", saved_at_once},
    {"not saved after a failed run", not_after_a_failed_run},
    {"saved after a later run", after_a_later_run},
    {"compiled once only", once_only},
    {"launched before", launched_before},
    {"kept for want of memory", kept},
    {"not compiled either", not_compiled},
};

static void in_folder(void **state) {
  files_make_folder(folder);
  t_call(state);
  files_remove(folder);
}

int main(int argc, char **argv) {
  static const struct t_table tables[] = {
      T_TABLE(in_folder, singles), T_TABLE(compiled_again, defects),
      T_TABLE(recorded_again, in_recordings)};
  return t_main(argc, argv, "cache_launch", tables, T_COUNT(tables));
}
