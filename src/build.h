/* build.h - the program of one kernel: from the cache folder, else compiled. */
#ifndef CI_BUILD_H
#define CI_BUILD_H

#include "program.h"

/* Make k->program and k->kernel from k->name and k->options. Where the binary
 * is to be kept on disk, but is not there yet, k->key is its name. */
clinfer_status ci_build(clinfer_context *ctx, struct ci_kernel *k);

/* Save the binary as k->key, which is then NULL. */
void ci_build_save(clinfer_context *ctx, struct ci_kernel *k);

void ci_build_release(struct ci_kernel *k);

#endif
