/* team_sum.cl - sums over a team: TEAM neighbouring work-items of a group.
 *
 *   TEAM    work-items in a team, a power of two
 *   GROUP   work-items in a group, a multiple of TEAM
 *   NVIDIA  1: a team is one or more whole warps, whose work-items can hand
 *           each other values without local memory; 0: any device
 *
 * The order of the additions is fixed, and every work-item of a team receives
 * the same bits.
 */
#if !(defined TEAM && defined GROUP && defined NVIDIA)
#error "lib/team_sum.cl: a macro is missing"
#endif

#if NVIDIA
#include "lib/nvidia.cl"

enum { WARP = 32, SUM_SCRATCH = GROUP / WARP };

/* The sum of v over the team. Each call has a scratch of its own. */
static float2 team_sum(float2 v, __local float2 scratch[SUM_SCRATCH]) {
#pragma unroll
  for (uint apart = WARP / 2; apart > 0; apart /= 2)
    v += (float2)(exchange(v.x, apart), exchange(v.y, apart));
#if TEAM > 32
  const uint id = get_local_id(0);
  if (id % WARP == 0) scratch[id / WARP] = v;
  barrier(CLK_LOCAL_MEM_FENCE);
  scratch += id / TEAM * (TEAM / WARP);
  v = scratch[0];
  for (uint i = 1; i < TEAM / WARP; i++) v += scratch[i];
#endif
  return v;
}

#else

enum { SUM_SCRATCH = GROUP };

/* The sum of v over the team. Each call has a scratch of its own. */
static float2 team_sum(float2 v, __local float2 scratch[SUM_SCRATCH]) {
  const uint id = get_local_id(0);
  scratch[id] = v;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint span = TEAM / 2; span > 0; span /= 2) {
    if (id % TEAM < span) scratch[id] += scratch[id + span];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  return scratch[id / TEAM * TEAM];
}

#endif
