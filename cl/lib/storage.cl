/* storage.cl - the storage types, f32, f16 and bf16: elements are computed with
 * as float, whatever they are stored as.
 *
 * A kernel names the storage type of an operand X by the macro X_TYPE:
 * __global const STORAGE(X_TYPE) *x; float v = LOAD(X_TYPE, x, i). Of an operand
 * that may be left out it is also `none`; then HAS(X_TYPE) is 0, and the pointer
 * is not looked at.
 * vload_half and vstore_half are core OpenCL C: no cl_khr_fp16 is needed.
 */
#ifndef CAT
#define CAT_(a, b) a##b
#define CAT(a, b) CAT_(a, b)

#define STORAGE_none float
#define STORAGE_f32 float
#define STORAGE_f16 half
#define STORAGE_bf16 ushort
#define STORAGE(type) CAT(STORAGE_, type)

/* Questions for the preprocessor: whether there is an operand, whether its type
 * is `other`, how many bytes an element has. A type's bytes do not tell which it
 * is. */
#define TYPE_none 0
#define TYPE_f32 1
#define TYPE_f16 2
#define TYPE_bf16 3
#define HAS(type) (CAT(TYPE_, type) != 0)
#define IS(type, other) (CAT(TYPE_, type) == TYPE_##other)

#define BYTES_f32 4
#define BYTES_f16 2
#define BYTES_bf16 2
#define BYTES(type) CAT(BYTES_, type)

/* A bf16 is the upper half of a float. Of n elements, or nothing for one: as
 * floats; and to the nearest, even in the middle, where NaN stays NaN. */
#define FROM_BF16(n, v) CAT(as_float, n)(CAT(convert_uint, n)(v) << 16)
#define TO_BF16(n, v) \
  CAT(convert_ushort, n)(ROUND_BF16(CAT(as_uint, n)(v)) >> 16)
#define ROUND_BF16(bits)                                \
  (((bits)&0x7fffffff) > 0x7f800000 ? (bits) | 0x400000 \
                                    : (bits) + 0x7fff + ((bits) >> 16 & 1))
static ushort to_bf16(float v) { return TO_BF16(, v); }

#define LOAD_f32(p, i) ((p)[i])
#define LOAD_f16(p, i) vload_half((i), (p))
#define LOAD_bf16(p, i) FROM_BF16(, (p)[i])
#define LOAD(type, p, i) CAT(LOAD_, type)(p, i)

#define STORE_f32(v, p, i) ((p)[i] = (v))
#define STORE_f16(v, p, i) vstore_half_rte((v), (i), (p))
#define STORE_bf16(v, p, i) ((p)[i] = to_bf16(v))
#define STORE(type, v, p, i) CAT(STORE_, type)(v, p, i)
#endif
