/* runtime.h - what it takes to run kernels on one device of one cl_context. */
#ifndef CI_RUNTIME_H
#define CI_RUNTIME_H

#include "program/program.h"
#include "run/scratch.h"

struct ci_runtime {
  struct ci_programs programs;
  struct ci_pool pool;
};

#endif
