/* clblast_parameters.h - tuned parameters of CLBlast's f32 GEMM kernels. */
#ifndef CI_CLBLAST_PARAMETERS_H
#define CI_CLBLAST_PARAMETERS_H

#include <stdbool.h>

#include "clinfer/clinfer.h"

enum {
  CI_CLBLAST_KERNELS = 7, /* that an f32 GEMM uses */
  CI_CLBLAST_MOST_PARAMETERS = 32,
  CI_CLBLAST_LONGEST_NAME = 32
};

/* The parameters of one kernel, as CLBlastOverrideParameters takes them. */
struct ci_clblast_kernel {
  const char *name; /* "Xgemm" */
  char origin[256]; /* where they are from, for the log */
  size_t count;
  char names[CI_CLBLAST_MOST_PARAMETERS][CI_CLBLAST_LONGEST_NAME];
  size_t values[CI_CLBLAST_MOST_PARAMETERS];
};

/* Read "NAME=number NAME=number ..."; PRECISION is left out, as CLBlast has it
 * apart. False if the text is anything else. */
bool ci_clblast_parse(const char *text, struct ci_clblast_kernel *kernel);

/* What a tuner's JSON file says, if it is one: for the device it was made on,
 * and with the parameters of a kernel that an f32 GEMM uses. */
bool ci_clblast_parse_json(const char *json, const char *device,
                           struct ci_clblast_kernel *kernel);

typedef void ci_clblast_use(clinfer_context *ctx,
                            const struct ci_clblast_kernel *kernel);

/* Hand the built-in parameters for the context's device to `use`, kernel by
 * kernel. */
void ci_clblast_builtin(clinfer_context *ctx, ci_clblast_use *use);

/* What the files of a tuning folder say: of each kernel, the last one. */
struct ci_clblast_tuned {
  struct ci_clblast_kernel kernels[CI_CLBLAST_KERNELS];
  size_t count;
};

/* Fill ctx->clblast_tuned from the folder's clblast_*.json. */
void ci_clblast_read_folder(clinfer_context *ctx, const char *folder);

#endif
