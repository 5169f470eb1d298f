/* clblast_parameters.c - tuned parameters of CLBlast's f32 GEMM kernels. */

#include "choose/clblast_parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kernels[CI_CLBLAST_KERNELS] = {
    "Xgemm", "XgemmDirect", "GemmRoutine", "Copy",
    "Pad",   "Transpose",   "Padtranspose"};

/* Behind the kernel's name and the colon; NULL if no kernel is named. */
static const char *read_name(const char *text, const char **name) {
  const size_t length = strcspn(text, ":");
  for (size_t i = 0; i < CI_CLBLAST_KERNELS && text[length] == ':'; i++) {
    *name = kernels[i];
    if (strlen(*name) == length && memcmp(text, *name, length) == 0)
      return text + length + 1;
  }
  return NULL;
}

bool ci_clblast_parse(const char *text, struct ci_clblast_kernel *kernel) {
  kernel->count = 0;
  text = read_name(text, &kernel->name);
  while (text != NULL && *text) {
    char name[CI_CLBLAST_LONGEST_NAME];
    char digits[7];
    int used = 0;
    text += strspn(text, " ");
    if (sscanf(text, "%31[A-Z0-9_]=%6[0-9]%n", name, digits, &used) != 2)
      return false;
    text += used;
    if (*text != '\0' && *text != ' ') return false;
    if (kernel->count == CI_CLBLAST_MOST_PARAMETERS) return false;
    memcpy(kernel->names[kernel->count], name, sizeof name);
    kernel->values[kernel->count++] = strtoul(digits, NULL, 10);
  }
  return kernel->count > 0;
}

void ci_clblast_keep(struct ci_clblast_tuned *tuned,
                     const struct ci_clblast_kernel *kernel) {
  size_t i = 0;
  while (i < tuned->count && tuned->kernels[i].name != kernel->name) i++;
  tuned->kernels[i] = *kernel;
  if (i == tuned->count) tuned->count++;
}
