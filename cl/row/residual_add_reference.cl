/* residual_add_reference.cl - the sums of residual_terms.cl, a work-item a
 * row, in the plainest way.
 */
#include "row/residual_terms.cl"

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
row_residual_add_reference(RESIDUAL_PARAMETERS) {
  GO_TO_ROW(get_global_id(0));
  for (uint c = 0; c < cols; c++) STORE(Y_TYPE, SUM(LOAD, c), y, c);
}
