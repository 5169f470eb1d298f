/* unit_instructions.cl - the one instruction of each kind of matrix unit, for
 * matrix_units.cl: MULTIPLY_ADD(a, w, sums) is sums plus the product of the
 * blocks whose parts the lanes of a sub-group hold. */
#pragma OPENCL EXTENSION cl_khr_fp16 : enable

#if UNITS_ARE(mfma)

#define MULTIPLY_ADD_f16(a, w, sums)                                        \
  __builtin_amdgcn_mfma_f32_32x32x8f16(as_half4(a), as_half4(w), (sums), 0, \
                                       0, 0)
#define MULTIPLY_ADD_bf16(a, w, sums)                                      \
  __builtin_amdgcn_mfma_f32_32x32x8bf16_1k(as_short4(a), as_short4(w), \
                                           (sums), 0, 0, 0)

#elif UNITS_ARE(wmma)

#define MULTIPLY_ADD_f16(a, w, sums)                                     \
  __builtin_amdgcn_wmma_f32_16x16x16_f16_w32(as_half16(a), as_half16(w), \
                                             (sums))
#define MULTIPLY_ADD_bf16(a, w, sums)                                       \
  __builtin_amdgcn_wmma_f32_16x16x16_bf16_w32(as_short16(a), as_short16(w), \
                                              (sums))

#else

/* Of cl_intel_subgroup_matrix_multiply_accumulate; compilers that know the
 * instruction, but not this extension, want it declared. */
#if UNITS_ARE(dpas8)
typedef int8 dpas_a;
#define AS_DPAS_A as_int8
#else
typedef short8 dpas_a;
#define AS_DPAS_A as_short8
#endif
float8 __attribute__((overloadable))
intel_sub_group_f16_f16_matrix_mad_k16(dpas_a a, int8 w, float8 sums);
float8 __attribute__((overloadable))
intel_sub_group_bf16_bf16_matrix_mad_k16(dpas_a a, int8 w, float8 sums);

#define MULTIPLY_ADD_f16(a, w, sums) \
  intel_sub_group_f16_f16_matrix_mad_k16(AS_DPAS_A(a), as_int8(w), (sums))
#define MULTIPLY_ADD_bf16(a, w, sums) \
  intel_sub_group_bf16_bf16_matrix_mad_k16(AS_DPAS_A(a), as_int8(w), (sums))

#endif

#define MULTIPLY_ADD(a, w, sums) CAT(MULTIPLY_ADD_, A_TYPE)(a, w, sums)
