/* reference.cl - attention, one query a work-item, in the plainest way.
 *
 *   the macros of attention.cl
 *
 * A row of `sums` takes what will be y before it is divided.
 */
#include "attention/attention.cl"

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
attention_reference(ATTENTION_PARAMETERS, __global float *sums,
                    ulong2 sums_at) {
  const size_t row = get_global_id(0);
  const uint i = row % queries, h = row / queries % heads,
             b = row / queries / heads;
  const uint p = POSITION(b) + i;
  const uint end = end_of_keys(p, behind, LENGTH(b));
  q += ROW_AT(q_at, b, h, i);
  y += ROW_AT(y_at, b, h, i);
  sums += sums_at.s0 + row * sums_at.s1;
  for (uint c = 0; c < value_size; c++) sums[c] = 0.0f;

  float most = NO_SCORE, total = 0.0f;
  for (uint j = first_key(p, before); j < end; j++) {
    float dot = 0.0f;
    for (uint d = 0; d < size; d++)
      dot += LOAD(Q_TYPE, q, d) *
             LOAD(K_TYPE, k, ROW_AT(k_at, b, h / share, j) + d);
    float score = CAPPED(scale * dot);
#if HAS(MASK_TYPE)
    score += LOAD(MASK_TYPE, mask, ROW_AT(mask_at, b, h, i) + j);
    if (score == -INFINITY) continue;
#endif
    const float larger = fmax(most, score), fade = exp(most - larger);
    const float weight = exp(score - larger);
    for (uint c = 0; c < value_size; c++)
      sums[c] = fma(weight,
                    LOAD(V_TYPE, v, ROW_AT(v_at, b, h / share, j) + c),
                    sums[c] * fade);
    total = total * fade + weight;
    most = larger;
  }
  for (uint c = 0; c < value_size; c++)
    STORE(Y_TYPE, total == 0.0f ? 0.0f : sums[c] / total, y, c);
}
