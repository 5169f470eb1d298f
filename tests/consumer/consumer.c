/* consumer.c - what an application does: y = x W + b on the best device. */

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <clinfer/clinfer.h>
#include <stdio.h>

int main(void) {
  float x[2] = {1, 2}, w[2 * 3] = {1, 2, 3, 4, 5, 6}, b[3] = {10, 20, 30};
  float y[3] = {0, 0, 0};

  clinfer_context *ctx = NULL;
  clinfer_status status = clinfer_context_open(NULL, NULL, &ctx);
  if (status != CLINFER_OK) {
    fprintf(stderr, "no context: %s\n", clinfer_last_error()->message);
    return 1;
  }
  cl_context cl = clinfer_context_cl(ctx);
  cl_command_queue queue = clCreateCommandQueue(cl, clinfer_context_device(ctx),
                                                0, NULL);
  const cl_mem_flags copy = CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR;
  cl_mem dx = clCreateBuffer(cl, copy, sizeof x, x, NULL);
  cl_mem dw = clCreateBuffer(cl, copy, sizeof w, w, NULL);
  cl_mem db = clCreateBuffer(cl, copy, sizeof b, b, NULL);
  cl_mem dy = clCreateBuffer(cl, copy, sizeof y, y, NULL);

  const clinfer_exec exec = {.queue = queue};
  status = clinfer_linear(ctx, &exec, clinfer_matrix_of(dx, 1, 2, CLINFER_F32),
                          clinfer_weight_of(clinfer_matrix_of(dw, 2, 3,
                                                              CLINFER_F32)),
                          clinfer_vector_of(db, 3, CLINFER_F32), CLINFER_NONE,
                          clinfer_matrix_of(dy, 1, 3, CLINFER_F32));
  if (status != CLINFER_OK)
    fprintf(stderr, "%s: %s\n", clinfer_status_text(status),
            clinfer_last_error()->message);
  clEnqueueReadBuffer(queue, dy, CL_TRUE, 0, sizeof y, y, 0, NULL, NULL);
  printf("y = %g %g %g\n", y[0], y[1], y[2]);

  clReleaseMemObject(dx), clReleaseMemObject(dw);
  clReleaseMemObject(db), clReleaseMemObject(dy);
  clReleaseCommandQueue(queue);
  clinfer_context_destroy(ctx);
  return y[0] == 19 && y[1] == 32 && y[2] == 45 ? 0 : 1;
}
