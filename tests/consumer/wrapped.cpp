// wrapped.cpp - an application in which OpenCL's C++ wrappers hold the objects.
// Of clinfer.h and CL/opencl.hpp, either may be first:
//
//   CLINFER_FIRST  clinfer.h is first
//   TARGET         the application's CL_HPP_TARGET_OPENCL_VERSION; unset: none
#ifdef CLINFER_FIRST
#include <clinfer/clinfer.h>
#endif
#ifdef TARGET
#define CL_HPP_TARGET_OPENCL_VERSION TARGET
#define CL_HPP_MINIMUM_OPENCL_VERSION TARGET
#endif
#include <CL/opencl.hpp>
#include <clinfer/clinfer.h>

#include <cstdio>

int main() {
  clinfer_context *ctx = nullptr;
  if (clinfer_context_open(nullptr, nullptr, &ctx) != CLINFER_OK) {
    std::fprintf(stderr, "%s\n", clinfer_last_error()->message);
    return 1;
  }
  cl_float x[4] = {-1, 2, -3, 4};
  {
    const cl::Context context(clinfer_context_cl(ctx), true);
    const cl::Device device(clinfer_context_device(ctx), true);
    const cl::CommandQueue queue(context, device);
    const cl::Buffer buffer(context, CL_MEM_COPY_HOST_PTR, sizeof x, x);
    const clinfer_matrix m = clinfer_matrix_of(buffer(), 2, 2, CLINFER_F32);
    cl::Event done;
    clinfer_exec exec = {};
    exec.queue = queue();
    exec.event = &done();
    if (clinfer_bias_activation(ctx, &exec, m, clinfer_no_vector(),
                                CLINFER_RELU, m) != CLINFER_OK)
      std::fprintf(stderr, "%s\n", clinfer_last_error()->message);
    done.wait();
    queue.enqueueReadBuffer(buffer, CL_TRUE, 0, sizeof x, x);
  }
  clinfer_context_destroy(ctx);
  return x[0] == 0 && x[1] == 2 && x[2] == 0 && x[3] == 4 ? 0 : 1;
}
