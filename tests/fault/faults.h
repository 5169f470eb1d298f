/* faults.h - making each call fail that a piece of work consists of, one after
 * the other, with each error that it may return.
 *
 * After every fault: the status is the one for that error, or the fault was
 * got around and the result is right; the last error names the call; no output
 * is claimed; no object, block of memory or file stays behind; and the same
 * work succeeds when it is done again. */
#ifndef CLINFER_FAULTS_H
#define CLINFER_FAULTS_H

#include "shim.h"
#include "tester.h"

/* What the work makes of an error. */
enum faults_outcome {
  FAULTS_USUAL, /* releases, files and CLBlast's parameters: around */
  FAULTS_REFUSED,
  FAULTS_AROUND,
  FAULTS_EITHER,  /* some calls of the function are of either kind */
  FAULTS_SKIPPED, /* other work is there to meet these */
};

struct faults_way {
  enum shim_function function;
  enum faults_outcome outcome;
};

struct faults_work {
  const char *name;
  void *state;
  void (*prepare)(void *state); /* not yet under the fault; may be NULL */
  clinfer_status (*run)(void *state);
  /* NULL, or what is wrong with what the run has left; undoes it. */
  const char *(*judge)(void *state, clinfer_status status);
  struct faults_way ways[24]; /* other than the usual one */
  bool all_around;            /* that is the usual way of all functions */
  bool untold;         /* a refusal need not be the library's last error */
  bool one_error;      /* of each function; always, if the run is not wide */
  bool endless;        /* only n = 1, 2, 4, ... */
  clinfer_status also; /* what a refusal may be instead, if it is not 0 */
};

/* Fails the test after all faults have been tried, if any was lost. */
void faults_sweep(const struct faults_work *work);

/* The n-th call of f, with that error: NULL, or what is wrong. *met: whether
 * there was such a call. */
const char *faults_inject(const struct faults_work *work, enum shim_function f,
                          size_t n, int error, bool *met);

/* The status that an error of f becomes. */
clinfer_status faults_status(enum shim_function f, int error);

/* "faults injected N, survived N, lost 0", of this process so far. */
void faults_print(void);

/* Objects, blocks and open files. */
struct faults_census {
  long count[SHIM_OBJECTS + 1];
};
struct faults_census faults_take_census(void);
/* NULL, or what there is more of, or less. */
const char *faults_compare(const struct faults_census *before);

#endif
