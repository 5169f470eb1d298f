/* clblast_parameters.c - tuned parameters of CLBlast's f32 GEMM kernels. */

#define _POSIX_C_SOURCE 200809L

#include "gemm/clblast_parameters.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context/context.h"
#include "base/file.h"

enum { LARGEST_JSON = 16 << 20, LONGEST_VALUE = 1024 };

struct entry {
  const char *kernel;
  const char *text; /* its parameters, or a tuner's name for it */
};

/* PoCL with 512-bit vectors: one work-item a group and an 8x32 tile let the
 * compiler keep the tile in registers. 6 to 12 times CLBlast's defaults. */
static const struct entry pocl_cpu[] = {
    {"Xgemm",
     "GEMMK=0 KREG=1 KWG=32 KWI=8 MDIMA=1 MDIMC=1 MWG=32 NDIMB=1 NDIMC=1 "
     "NWG=8 SA=0 SB=0 STRM=0 STRN=0 VWM=16 VWN=4"},
    {"XgemmDirect",
     "KWID=16 MDIMAD=32 MDIMCD=32 NDIMBD=16 NDIMCD=8 PADA=0 PADB=1 VWMD=2 "
     "VWND=2 WGD=64"},
    {"GemmRoutine", "XGEMM_MIN_INDIRECT_SIZE=1"},
    {"Copy", "COPY_DIMX=16 COPY_DIMY=8 COPY_VW=8 COPY_WPT=4"},
    {"Pad", "PAD_DIMX=16 PAD_DIMY=8 PAD_WPTX=1 PAD_WPTY=2"},
    {"Transpose", "TRA_DIM=32 TRA_PAD=1 TRA_SHUFFLE=0 TRA_WPT=2"},
    {"Padtranspose", "PADTRA_PAD=0 PADTRA_TILE=32 PADTRA_WPT=1"},
};

/* The tuners' names for the kernels that a GEMM uses. */
static const struct entry families[] = {
    {"Xgemm", "xgemm"},
    {"Xgemm", "xgemm_1"},
    {"Xgemm", "xgemm_2"},
    {"XgemmDirect", "xgemm_direct"},
    {"XgemmDirect", "xgemm_direct_1"},
    {"XgemmDirect", "xgemm_direct_2"},
    {"GemmRoutine", "gemm_routine"},
    {"Copy", "copy"},
    {"Pad", "pad"},
    {"Transpose", "transpose"},
    {"Padtranspose", "padtranspose"},
};

bool ci_clblast_parse(const char *text, struct ci_clblast_kernel *kernel) {
  kernel->count = 0;
  while (*text) {
    char name[CI_CLBLAST_LONGEST_NAME];
    char digits[7];
    int used = 0;
    if (sscanf(text, " %31[A-Z0-9_]=%6[0-9]%n", name, digits, &used) != 2)
      return false;
    text += used;
    if (*text != '\0' && *text != ' ') return false;
    if (!strcmp(name, "PRECISION")) continue;
    if (kernel->count == CI_CLBLAST_MOST_PARAMETERS) return false;
    memcpy(kernel->names[kernel->count], name, sizeof name);
    kernel->values[kernel->count++] = strtoul(digits, NULL, 10);
  }
  return kernel->count > 0;
}

void ci_clblast_builtin(clinfer_context *ctx, ci_clblast_use *use) {
  const struct ci_device *device = &ctx->device;
  if (!device->is_cpu || !ci_is_pocl(device->platform)) return;
  for (size_t i = 0; i < sizeof pocl_cpu / sizeof *pocl_cpu; i++) {
    struct ci_clblast_kernel kernel = {.name = pocl_cpu[i].kernel,
                                       .origin = "the built-in table"};
    if (ci_clblast_parse(pocl_cpu[i].text, &kernel)) use(ctx, &kernel);
  }
}

/* The text of "key": "value" in flat JSON such as the tuners write. Values
 * with escapes are none of theirs, and end at the backslash. */
static bool json_text(const char *json, const char *key,
                      char value[LONGEST_VALUE]) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\"", key);
  const char *at = strstr(json, quoted);
  if (at == NULL) return false;
  at += strlen(quoted);
  at += strspn(at, " \t\r\n");
  if (*at++ != ':') return false;
  at += strspn(at, " \t\r\n");
  if (*at++ != '"') return false;
  const size_t length = strcspn(at, "\"\\");
  if (at[length] != '"' || length >= LONGEST_VALUE) return false;
  memcpy(value, at, length);
  value[length] = '\0';
  return true;
}

static const char *kernel_of_family(const char *family) {
  for (size_t i = 0; i < sizeof families / sizeof *families; i++)
    if (!strcmp(families[i].text, family)) return families[i].kernel;
  return NULL;
}

bool ci_clblast_parse_json(const char *json, const char *device,
                           struct ci_clblast_kernel *kernel) {
  char value[LONGEST_VALUE];
  if (!json_text(json, "precision", value) || strcmp(value, "32")) return false;
  if (!json_text(json, "device", value) || strcmp(value, device)) return false;
  if (!json_text(json, "kernel_family", value)) return false;
  kernel->name = kernel_of_family(value);
  return kernel->name != NULL && json_text(json, "best_parameters", value) &&
         ci_clblast_parse(value, kernel);
}

static void keep(struct ci_clblast_tuned *tuned,
                 const struct ci_clblast_kernel *kernel) {
  size_t i = 0;
  while (i < tuned->count && strcmp(tuned->kernels[i].name, kernel->name)) i++;
  assert(i < CI_CLBLAST_KERNELS);
  tuned->kernels[i] = *kernel;
  if (i == tuned->count) tuned->count++;
}

static void read_file(clinfer_context *ctx, const char *folder,
                      const char *name) {
  char path[CI_LONGEST_PATH];
  size_t size;
  const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  if (length < 0 || (size_t)length >= sizeof path) return;
  char *json = ci_read_file(path, LARGEST_JSON, &size);
  struct ci_clblast_kernel kernel;
  snprintf(kernel.origin, sizeof kernel.origin, "%s", name);
  if (json != NULL && ci_clblast_parse_json(json, ctx->device.name, &kernel))
    keep(&ctx->clblast_tuned, &kernel);
  else
    ci_log(ctx, "%s holds no parameters for f32 GEMMs on this device", path);
  free(json);
}

static bool is_tuner_file(const char *name) {
  const size_t length = strlen(name);
  return !strncmp(name, "clblast_", 8) && length > 5 &&
         !strcmp(name + length - 5, ".json");
}

/* As bytes: alphasort's order is the locale's. */
static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

void ci_clblast_read_folder(clinfer_context *ctx, const char *folder) {
  struct dirent **names;
  const int count = scandir(folder, &names, NULL, by_name);
  if (count < 0) ci_log(ctx, "cannot read the tuning folder %s", folder);
  for (int i = 0; i < count; i++) {
    if (is_tuner_file(names[i]->d_name))
      read_file(ctx, folder, names[i]->d_name);
    free(names[i]);
  }
  if (count >= 0) free(names);
}
