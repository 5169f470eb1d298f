/* context.h - what one device of one cl_context owns. */
#ifndef CI_CONTEXT_H
#define CI_CONTEXT_H

#include "base/device.h"
#include "gemm/table.h"
#include "program/program.h"
#include "context/providers.h"
#include "run/scratch.h"
#include "gemm/self_test.h"

struct clinfer_context {
  cl_context cl;
  struct ci_device device;
  bool enabled[CI_PROVIDERS]; /* by options.disable and options.reference */
  clinfer_math math;
  clinfer_log *log;
  void *log_user;
  /* Folders, by absolute paths: */
  char *cl_dir;    /* the kernels' text; NULL: what is embedded */
  char *cache_dir; /* compiled kernels; NULL: none are kept on disk */
  char
      *tuning_dir; /* what was tuned; NULL: none is named, "": none is wanted */
  struct ci_programs programs;
  struct ci_pool pool;
  struct ci_proofs proofs;
  struct ci_gemm_table gemm_table;
  bool uses_clblast; /* under the lock of clblast_calls.c */
};

/* One line to the log callback, if there is one. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void ci_log(const clinfer_context *ctx, const char *format, ...);

#endif
