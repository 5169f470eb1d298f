/* worker.c - run a job in child processes that may die. */

#include "lib/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A device that is gone loses every case: there is no sense in going on. */
enum { MOST_LOST = 10 };

struct worker {
  pid_t pid;
  int pipe;
  char *text; /* read, but not yet a whole line */
  size_t length, capacity;
};

enum outcome { GOT_LINE, ENDED, HUNG };

/* ---- The child */

static void write_line(FILE *out, cJSON *line) {
  char *text = cJSON_PrintUnformatted(line);
  if (text == NULL || fprintf(out, "%s\n", text) < 0 || fflush(out) != 0)
    _exit(TOOL_INTERNAL); /* out of memory, or the parent is gone */
  cJSON_free(text);
  cJSON_Delete(line);
}

static _Noreturn void work(const struct worker_job *job, size_t next, int fd) {
  FILE *out = fdopen(fd, "w");
  if (out == NULL) _exit(TOOL_INTERNAL);
  cJSON *line = job->start(job->user);
  const bool started = !cJSON_HasObjectItem(line, "error");
  write_line(out, line);
  for (; started && next < job->count; next++)
    write_line(out, job->item(job->user, next));
  job->stop(job->user);
  /* A driver's own exit handlers are not what is checked here. */
  _exit(TOOL_PASSED);
}

/* ---- The parent */

static bool spawn(const struct worker_job *job, size_t next, struct worker *w) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  fflush(NULL);
  w->pid = fork();
  if (w->pid == 0) {
    close(ends[0]);
    work(job, next, ends[1]);
  }
  close(ends[1]);
  w->pipe = ends[0];
  w->length = 0;
  if (w->pid < 0) close(ends[0]);
  return w->pid > 0;
}

/* The next whole line from what was read, or NULL. */
static cJSON *take_line(struct worker *w) {
  char *end = w->length ? memchr(w->text, '\n', w->length) : NULL;
  if (end == NULL) return NULL;
  *end = '\0';
  cJSON *line = cJSON_Parse(w->text);
  w->length -= (size_t)(end + 1 - w->text);
  memmove(w->text, end + 1, w->length);
  return line;
}

static ssize_t read_more(struct worker *w) {
  if (w->length == w->capacity) {
    w->capacity = w->capacity ? 2 * w->capacity : 4096;
    char *text = tool_alloc(w->capacity, 1);
    if (w->length) memcpy(text, w->text, w->length);
    free(w->text);
    w->text = text;
  }
  const ssize_t n = read(w->pipe, w->text + w->length, w->capacity - w->length);
  if (n > 0) w->length += (size_t)n;
  return n;
}

static enum outcome await_line(struct worker *w, double timeout, cJSON **line) {
  const double deadline = tool_now() + timeout;
  while ((*line = take_line(w)) == NULL) {
    const double left = deadline - tool_now();
    struct pollfd ready = {.fd = w->pipe, .events = POLLIN};
    const int n = left <= 0 ? 0 : poll(&ready, 1, (int)(left * 1e3) + 1);
    if (n == 0) return HUNG;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 || read_more(w) <= 0) return ENDED;
  }
  return GOT_LINE;
}

/* End the worker, if it still runs, and say how it ended. True: by itself, with
 * its work done. */
static bool reap(struct worker *w, enum outcome outcome, double timeout,
                 char how[128]) {
  int status = 0;
  if (outcome != ENDED) kill(w->pid, SIGKILL);
  while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR) continue;
  close(w->pipe);
  if (outcome == HUNG)
    snprintf(how, 128, "no answer within %g s", timeout);
  else if (WIFSIGNALED(status))
    snprintf(how, 128, "killed by signal %d (%s)", WTERMSIG(status),
             strsignal(WTERMSIG(status)));
  else
    snprintf(how, 128, "ended with exit status %d", WEXITSTATUS(status));
  return outcome == ENDED && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Runs one worker from item *next on; *next is then the item that it was at.
 * Returns false if the job has to end. */
static bool run_one(const struct worker_job *job, struct worker *w,
                    size_t *next) {
  if (!spawn(job, *next, w)) {
    job->lost(job->user, WORKER_START, false, strerror(errno));
    return false;
  }
  cJSON *line;
  char how[128];
  enum outcome outcome = await_line(w, job->timeout, &line);
  if (outcome != GOT_LINE) {
    reap(w, outcome, job->timeout, how);
    job->lost(job->user, WORKER_START, outcome == HUNG, how);
    return false;
  }
  const bool started = job->started(job->user, line);
  cJSON_Delete(line);

  while (started && *next < job->count) {
    outcome = await_line(w, job->timeout, &line);
    if (outcome != GOT_LINE) break;
    job->done(job->user, (*next)++, line);
    cJSON_Delete(line);
  }
  /* All is told, but the library may still be writing its cache. */
  if (outcome == GOT_LINE && started)
    outcome = await_line(w, job->timeout, &line);
  const bool ended_well = reap(w, outcome, job->timeout, how);
  if (started && *next < job->count)
    job->lost(job->user, (*next)++, outcome == HUNG, how);
  else if (started && !ended_well)
    job->lost(job->user, WORKER_STOP, outcome == HUNG, how);
  return started;
}

size_t worker_run(const struct worker_job *job) {
  struct worker w = {0};
  size_t next = 0, lost = 0;
  while (lost++ < MOST_LOST && run_one(job, &w, &next) && next < job->count)
    continue;
  free(w.text);
  return next;
}
