/* build.h - the program of one kernel: from the cache folder, else compiled. */
#ifndef CI_BUILD_H
#define CI_BUILD_H

#include "program/program.h"

/* Make k->program and k->kernel from k->name and k->options. If that was loaded
 * from disk, or is still to be saved, k->key is its name there. */
clinfer_status ci_build(struct ci_programs *programs, struct ci_kernel *k);

/* Compile what was loaded from disk, and remove the file. Kernels made of the
 * old program stay. False if that fails: all is as before then. */
bool ci_build_again(struct ci_programs *programs, struct ci_kernel *k);

/* Save the binary as k->key, which is then NULL. */
void ci_build_save(struct ci_programs *programs, struct ci_kernel *k);

/* Another kernel of k->program, for whoever sets arguments of his own. */
cl_kernel ci_build_kernel(const struct ci_kernel *k, cl_int *code);

void ci_build_release(struct ci_kernel *k);

#endif
