/* clblast.c - the only file that calls CLBlast. */

#include "clblast.h"

#include "clblast_parameters.h"
#include "submit.h"

#if CI_WITH_CLBLAST

#include <clblast_c.h>

/* CLBlast before 1.6.1 is not safe to call from two threads, and its caches
 * belong to the process: so does this lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

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

static void override(clinfer_context *ctx,
                     const struct ci_clblast_kernel *kernel) {
  const char *names[CI_CLBLAST_MOST_PARAMETERS];
  for (size_t i = 0; i < kernel->count; i++) names[i] = kernel->names[i];
  const CLBlastStatusCode
      code = CLBlastOverrideParameters(ctx->device.id, kernel->name,
                                       CLBlastPrecisionSingle, kernel->count,
                                       names, kernel->values);
  if (code == CLBlastSuccess)
    ci_log(ctx, "CLBlast %s: %zu parameters from %s", kernel->name,
           kernel->count, kernel->origin);
  else
    ci_log(ctx, "CLBlast refused the parameters of %s from %s (%d)",
           kernel->name, kernel->origin, (int)code);
}

void ci_clblast_set_up(clinfer_context *ctx, const char *folder) {
  pthread_mutex_lock(&lock);
  ci_clblast_builtin(ctx, override);
  if (folder != NULL && *folder) ci_clblast_read_folder(ctx, folder, override);
  pthread_mutex_unlock(&lock);
}

void ci_clblast_tear_down(clinfer_context *ctx) {
  if (!atomic_load(&ctx->used_clblast)) return;
  pthread_mutex_lock(&lock);
  CLBlastClearCache();
  pthread_mutex_unlock(&lock);
}

static CLBlastTranspose transpose_of(const clinfer_weight *w) {
  return w->layout == CLINFER_OUT_IN ? CLBlastTransposeYes : CLBlastTransposeNo;
}

/* A matrix at offset 0 may need no copy. Where scratch puts one is not known
 * yet, so it counts as lying anywhere else. */
static size_t likely_offset(const clinfer_matrix *m) {
  return m->mem == CI_SCRATCH ? 1 : m->offset;
}

clinfer_status ci_clblast_temporary(cl_command_queue queue,
                                    const struct ci_gemm *g, size_t *bytes) {
  pthread_mutex_lock(&lock);
  const CLBlastStatusCode
      code = CLBlastSGemmTempBufferSize(CLBlastLayoutRowMajor,
                                        CLBlastTransposeNo, transpose_of(&g->w),
                                        g->c.rows, g->c.cols, g->a.cols,
                                        likely_offset(&g->a), g->a.ld,
                                        g->w.matrix.offset, g->w.matrix.ld,
                                        likely_offset(&g->c), g->c.ld, &queue,
                                        bytes);
  pthread_mutex_unlock(&lock);
  return clblast(code, "CLBlastSGemmTempBufferSize");
}

clinfer_status ci_clblast_gemm(cl_command_queue queue, const struct ci_gemm *g,
                               cl_mem temporary, cl_event *event) {
  pthread_mutex_lock(&lock);
  const CLBlastStatusCode
      code = CLBlastSgemmWithTempBuffer(CLBlastLayoutRowMajor,
                                        CLBlastTransposeNo, transpose_of(&g->w),
                                        g->c.rows, g->c.cols, g->a.cols, 1.0f,
                                        g->a.mem, g->a.offset, g->a.ld,
                                        g->w.matrix.mem, g->w.matrix.offset,
                                        g->w.matrix.ld, 0.0f, g->c.mem,
                                        g->c.offset, g->c.ld, &queue, event,
                                        temporary);
  pthread_mutex_unlock(&lock);
  return clblast(code, "CLBlastSgemmWithTempBuffer");
}

/* CLBlast compiles all that its products need before it looks at their sizes,
 * and refuses one without rows: so nothing is enqueued. */
clinfer_status ci_clblast_compile(cl_command_queue queue) {
  pthread_mutex_lock(&lock);
  const CLBlastStatusCode
      code = CLBlastSgemmWithTempBuffer(CLBlastLayoutRowMajor,
                                        CLBlastTransposeNo, CLBlastTransposeNo,
                                        0, 0, 0, 1.0f, NULL, 0, 0, NULL, 0, 0,
                                        0.0f, NULL, 0, 0, &queue, NULL, NULL);
  pthread_mutex_unlock(&lock);
  return code == CLBlastInvalidDimension
             ? CLINFER_OK
             : clblast(code, "CLBlastSgemmWithTempBuffer");
}

#else

void ci_clblast_set_up(clinfer_context *ctx, const char *folder) {
  (void)folder;
  ctx->enabled[CI_GEMM_CLBLAST] = false;
}

void ci_clblast_tear_down(clinfer_context *ctx) { (void)ctx; }

static clinfer_status missing(void) {
  return ci_fail(CLINFER_UNSUPPORTED, 0, "this build has no CLBlast");
}

clinfer_status ci_clblast_temporary(cl_command_queue queue,
                                    const struct ci_gemm *g, size_t *bytes) {
  (void)queue, (void)g, (void)bytes;
  return missing();
}

clinfer_status ci_clblast_gemm(cl_command_queue queue, const struct ci_gemm *g,
                               cl_mem temporary, cl_event *event) {
  (void)queue, (void)g, (void)temporary, (void)event;
  return missing();
}

clinfer_status ci_clblast_compile(cl_command_queue queue) {
  (void)queue;
  return missing();
}

#endif
