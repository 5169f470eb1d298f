/* clblast_parameters.h - tuned parameters of CLBlast's f32 GEMM kernels. */
#ifndef CI_CLBLAST_PARAMETERS_H
#define CI_CLBLAST_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>

enum {
  CI_CLBLAST_KERNELS = 7, /* that an f32 GEMM uses */
  CI_CLBLAST_MOST_PARAMETERS = 32,
  CI_CLBLAST_LONGEST_NAME = 32
};

/* The parameters of one kernel, as CLBlastOverrideParameters takes them. */
struct ci_clblast_kernel {
  const char *name; /* "Xgemm" */
  size_t count;
  char names[CI_CLBLAST_MOST_PARAMETERS][CI_CLBLAST_LONGEST_NAME];
  size_t values[CI_CLBLAST_MOST_PARAMETERS];
};

/* Read "Xgemm: NAME=number NAME=number ...", of a kernel that an f32 GEMM
 * uses. False if the text is anything else. */
bool ci_clblast_parse(const char *text, struct ci_clblast_kernel *kernel);

/* What a table says: of each kernel, the last line. */
struct ci_clblast_tuned {
  struct ci_clblast_kernel kernels[CI_CLBLAST_KERNELS];
  size_t count;
};

void ci_clblast_keep(struct ci_clblast_tuned *tuned,
                     const struct ci_clblast_kernel *kernel);

#endif
