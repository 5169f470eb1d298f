/* retarget.h - a program for Hopper's own instructions.
 *
 * NVIDIA's compiler makes PTX for sm_90, where the assembler knows no wgmma,
 * setmaxnreg or tensormap.replace: those need sm_90a. So a kernel hides such
 * an instruction behind a comment of the PTX,
 *   asm volatile("//sm_90a wgmma.fence.sync.aligned;");
 * and the PTX that the driver hands out is changed and built again. */
#ifndef CI_RETARGET_H
#define CI_RETARGET_H

#include "base/status.h"

#define CI_RETARGET_MARK "//sm_90a "

/* PTX for sm_90, in `size` bytes with NULs at its end or none, as PTX for
 * sm_90a with the marks gone and one NUL. The caller frees it. NULL, with the
 * reason as the last error, if it is no such PTX or there is no memory. */
char *ci_retarget(const char *ptx, size_t size, size_t *new_size);

#endif
