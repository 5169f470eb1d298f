/* svm.c - an application written for OpenCL 2.0 or later, or for whatever its
 * headers take by themselves. Of clinfer.h and CL/cl.h, either may be first:
 *
 *   CLINFER_FIRST  clinfer.h is first
 *   TARGET         the application's CL_TARGET_OPENCL_VERSION; unset: none
 */
#ifdef CLINFER_FIRST
#include <clinfer/clinfer.h>
#endif
#ifdef TARGET
#define CL_TARGET_OPENCL_VERSION TARGET
#endif
#include <CL/cl.h>
#include <clinfer/clinfer.h>

int main(void) {
  void *(*alloc)(cl_context, cl_svm_mem_flags, size_t,
                 cl_uint) = clSVMAlloc; /* of OpenCL 2.0 */
  const cl_context none = clinfer_context_cl(NULL);
  return alloc != NULL && none == NULL && CL_TARGET_OPENCL_VERSION >= 200 ? 0
                                                                          : 1;
}
