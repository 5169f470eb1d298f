/* split_bf16.cl - floats as sums of bf16, which have a float's exponent and
 * 8 of its 24 bits: x = y_0 + y_1 + ..., each y the nearest to what the ones
 * before leave over.
 *
 *   PLANES  2 or 3: then nothing is left over, unless x is near the smallest or
 *           the largest floats
 *
 * x is [rows, cols]; plane p of y begins p * plane_rows rows below the first.
 * Rows and columns of a plane beyond those of x are 0. An Inf in x leaves NaN in
 * the other planes. *_at: (offset, leading dimension) in elements.
 */
#ifndef PLANES
#error "gemm/split_bf16.cl: a macro is missing"
#endif
#include "lib/storage.cl"
#include "gemm/wgmma.h"

__kernel __attribute__((reqd_work_group_size(SPLIT_BF16_GROUP, 1, 1))) void
gemm_split_bf16(__global const float *x, ulong2 x_at, __global ushort *y,
           ulong2 y_at, uint rows, uint cols, uint plane_rows) {
  const uint row = get_group_id(1), col = get_global_id(0);
  if (col >= y_at.s1) return;
  float left = row < rows && col < cols
                   ? x[x_at.s0 + row * x_at.s1 + col]
                   : 0.0f;
  y += y_at.s0 + row * y_at.s1 + col;
#pragma unroll
  for (uint p = 0; p < PLANES; p++) {
    const ushort nearest = to_bf16(left);
    y[p * plane_rows * y_at.s1] = nearest;
    left -= FROM_BF16(, nearest);
  }
}
