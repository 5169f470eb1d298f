/* clblast_calls.c - the only file that calls CLBlast. */

#include "gemm/clblast_calls.h"

#include <pthread.h>

#if CI_WITH_CLBLAST

#include <clblast_c.h>

enum { MOST_DEVICES = 64 };

/* CLBlast's kernels and parameters belong to the process, and before 1.6.1 they
 * are not safe to use from two threads. So this belongs to the process, too:
 * nothing else of the library's does. */
static struct {
  pthread_mutex_t lock;               /* held during every call of CLBlast */
  cl_device_id devices[MOST_DEVICES]; /* that have been given parameters */
  size_t device_count;
  size_t users; /* contexts that have called CLBlast */
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* CLBlast's codes equal OpenCL's where both have one. */
static clinfer_status clblast(CLBlastStatusCode code, const char *call) {
  if (code == CLBlastSuccess) return CLINFER_OK;
  if (code == CLBlastOpenCLOutOfHostMemory ||
      code == CLBlastTempBufferAllocFailure)
    return ci_cl((cl_int)code, call);
  if (code == CLBlastOpenCLBuildProgramFailure)
    return ci_fail(CLINFER_BUILD_FAILED, (int)code,
                   "%s: a kernel of CLBlast does not build", call);
  return ci_fail(CLINFER_CLBLAST_ERROR, (int)code, "%s failed (%d)", call,
                 (int)code);
}

/* PoCL with 512-bit vectors: one work-item a group and an 8x32 tile let the
 * compiler keep the tile in registers. 6 to 12 times CLBlast's defaults. These
 * hold on every CPU, and with every table, so they are in none. */
static const char *const pocl_cpu[] = {
    "Xgemm: GEMMK=0 KREG=1 KWG=32 KWI=8 MDIMA=1 MDIMC=1 MWG=32 NDIMB=1 "
    "NDIMC=1 NWG=8 SA=0 SB=0 STRM=0 STRN=0 VWM=16 VWN=4",
    "XgemmDirect: KWID=16 MDIMAD=32 MDIMCD=32 NDIMBD=16 NDIMCD=8 PADA=0 "
    "PADB=1 VWMD=2 VWND=2 WGD=64",
    "GemmRoutine: XGEMM_MIN_INDIRECT_SIZE=1",
    "Copy: COPY_DIMX=16 COPY_DIMY=8 COPY_VW=8 COPY_WPT=4",
    "Pad: PAD_DIMX=16 PAD_DIMY=8 PAD_WPTX=1 PAD_WPTY=2",
    "Transpose: TRA_DIM=32 TRA_PAD=1 TRA_SHUFFLE=0 TRA_WPT=2",
    "Padtranspose: PADTRA_PAD=0 PADTRA_TILE=32 PADTRA_WPT=1",
};

static void override(const struct ci_clblast *c,
                     const struct ci_clblast_kernel *kernel,
                     const char *origin) {
  const char *names[CI_CLBLAST_MOST_PARAMETERS];
  for (size_t i = 0; i < kernel->count; i++) names[i] = kernel->names[i];
  const CLBlastStatusCode
      code = CLBlastOverrideParameters(c->device->id, kernel->name,
                                       CLBlastPrecisionSingle, kernel->count,
                                       names, kernel->values);
  if (code == CLBlastSuccess)
    ci_log(c->log, "CLBlast %s: %zu parameters from %s", kernel->name,
           kernel->count, origin);
  else
    ci_log(c->log, "CLBlast refused the parameters of %s from %s (%d)",
           kernel->name, origin, (int)code);
}

static void override_built_in(const struct ci_clblast *c) {
  struct ci_clblast_kernel kernel;
  if (!c->device->is_cpu || !ci_is_pocl(c->device->platform)) return;
  for (size_t i = 0; i < sizeof pocl_cpu / sizeof *pocl_cpu; i++)
    if (ci_clblast_parse(pocl_cpu[i], &kernel))
      override(c, &kernel, "the built-in table");
}

/* Once for each device: whatever else computes with CLBlast, be it an older
 * recording or the application, would have its kernels compiled again. A handle
 * that a sub-device had before names what CLBlast kept under it. */
static void set_parameters(const struct ci_clblast *c) {
  const struct ci_clblast_tuned *tuned = c->tuned;
  size_t i = 0;
  while (i < process.device_count && process.devices[i] != c->device->id) i++;
  if (i < process.device_count || i == MOST_DEVICES) {
    if (tuned->count > 0)
      ci_log(c->log,
             "CLBlast has its parameters from an earlier context; those "
             "of this one's tuning table are not used");
    return;
  }
  process.devices[process.device_count++] = c->device->id;
  override_built_in(c);
  for (size_t k = 0; k < tuned->count; k++)
    override(c, &tuned->kernels[k], "the tuning table");
}

/* With the lock held, before a context's first call of CLBlast. */
static void enter(struct ci_clblast *c) {
  if (c->is_used) return;
  c->is_used = true;
  process.users++;
  set_parameters(c);
}

void ci_clblast_tear_down(struct ci_clblast *c) {
  if (!c->is_used) return;
  pthread_mutex_lock(&process.lock);
  if (--process.users == 0) CLBlastClearCache();
  pthread_mutex_unlock(&process.lock);
}

static CLBlastTranspose transpose_of(const struct ci_product *g) {
  return g->out_in ? CLBlastTransposeYes : CLBlastTransposeNo;
}

clinfer_status ci_clblast_temporary(struct ci_clblast *c,
                                    cl_command_queue queue,
                                    const struct ci_product *g, size_t *bytes) {
  pthread_mutex_lock(&process.lock);
  enter(c);
  const CLBlastStatusCode
      code = CLBlastSGemmTempBufferSize(CLBlastLayoutRowMajor,
                                        CLBlastTransposeNo, transpose_of(g),
                                        g->M, g->N, g->K, g->a.offset, g->a.ld,
                                        g->w.offset, g->w.ld, g->c.offset,
                                        g->c.ld, &queue, bytes);
  pthread_mutex_unlock(&process.lock);
  return clblast(code, "CLBlastSGemmTempBufferSize");
}

clinfer_status ci_clblast_gemm(cl_command_queue queue,
                               const struct ci_product *g, cl_mem temporary,
                               cl_event *event) {
  pthread_mutex_lock(&process.lock);
  const CLBlastStatusCode
      code = CLBlastSgemmWithTempBuffer(CLBlastLayoutRowMajor,
                                        CLBlastTransposeNo, transpose_of(g),
                                        g->M, g->N, g->K, 1.0f, g->a.mem,
                                        g->a.offset, g->a.ld, g->w.mem,
                                        g->w.offset, g->w.ld, 0.0f, g->c.mem,
                                        g->c.offset, g->c.ld, &queue, event,
                                        temporary);
  pthread_mutex_unlock(&process.lock);
  return clblast(code, "CLBlastSgemmWithTempBuffer");
}

/* CLBlast compiles all that its products need before it looks at their sizes,
 * and refuses one without rows: so nothing is enqueued. */
clinfer_status ci_clblast_compile(cl_command_queue queue) {
  pthread_mutex_lock(&process.lock);
  const CLBlastStatusCode
      code = CLBlastSgemmWithTempBuffer(CLBlastLayoutRowMajor,
                                        CLBlastTransposeNo, CLBlastTransposeNo,
                                        0, 0, 0, 1.0f, NULL, 0, 0, NULL, 0, 0,
                                        0.0f, NULL, 0, 0, &queue, NULL, NULL);
  pthread_mutex_unlock(&process.lock);
  return code == CLBlastInvalidDimension
             ? CLINFER_OK
             : clblast(code, "CLBlastSgemmWithTempBuffer");
}

#else

void ci_clblast_tear_down(struct ci_clblast *c) { (void)c; }

static clinfer_status missing(void) {
  return ci_fail(CLINFER_UNSUPPORTED, 0, "this build has no CLBlast");
}

clinfer_status ci_clblast_temporary(struct ci_clblast *c,
                                    cl_command_queue queue,
                                    const struct ci_product *g, size_t *bytes) {
  (void)c, (void)queue, (void)g, (void)bytes;
  return missing();
}

clinfer_status ci_clblast_gemm(cl_command_queue queue,
                               const struct ci_product *g, cl_mem temporary,
                               cl_event *event) {
  (void)queue, (void)g, (void)temporary, (void)event;
  return missing();
}

clinfer_status ci_clblast_compile(cl_command_queue queue) {
  (void)queue;
  return missing();
}

#endif
