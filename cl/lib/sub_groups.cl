/* sub_groups.cl - how many work-items Intel's GPUs run in step.
 *
 *   SUB_GROUP  8, 16 or 32; 0: the compiler decides
 *
 * A thread's registers are shared by the work-items of a sub-group, and the
 * compiler likes large ones: a kernel that keeps many sums spills unless it asks
 * for a small one.
 */
#ifndef SUB_GROUP
#error "lib/sub_groups.cl: a macro is missing"
#endif

#if SUB_GROUP
#define IN_SUB_GROUPS __attribute__((intel_reqd_sub_group_size(SUB_GROUP)))
#else
#define IN_SUB_GROUPS
#endif
