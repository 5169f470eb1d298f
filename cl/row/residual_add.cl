/* residual_add.cl - the sums of residual_terms.cl, with its macros.
 *
 *   LANES, ALIGNED, NVIDIA  as in vector.cl
 *   GROUP  work-items in a group
 *
 * `row_groups` groups share a row. Each element is read before it is written,
 * by the same work-item, so y may be any of the matrices.
 */
#ifndef GROUP
#error "row/residual_add.cl: a macro is missing"
#endif
#include "lib/vector.cl"
#include "row/residual_terms.cl"

__kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void
row_residual_add(RESIDUAL_PARAMETERS, uint row_groups) {
  const uint first = get_group_id(0) % row_groups * GROUP + get_local_id(0);
  GO_TO_ROW(get_group_id(0) / row_groups);

  for (uint c = first * LANES; c < cols; c += row_groups * GROUP * LANES) {
    if (c + LANES <= cols)
      STORES(Y_TYPE, SUM(LOADS, c), y, c);
    else
      for (uint i = c; i < cols; i++) STORE(Y_TYPE, SUM(LOAD, i), y, i);
  }
}
