/* options.h - what kernels are built with. Each kernel, each option and each
 * word that an option can have stands here once: a wrong name does not compile.
 */
#ifndef CI_OPTIONS_H
#define CI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/device.h"
#include "base/types.h"

/* Every kernel: "gemm/tiled" is the function gemm_tiled of cl/gemm/tiled.cl. */
#define CI_KERNEL_MAP(X)                                            \
  X(ATTENTION_CPU, "attention/cpu")                                 \
  X(ATTENTION_FEW, "attention/few")                                 \
  X(ATTENTION_MMA, "attention/mma")                                 \
  X(ATTENTION_REFERENCE, "attention/reference")                     \
  X(ATTENTION_TILED, "attention/tiled")                             \
  X(ATTENTION_WGMMA, "attention/wgmma")                             \
  X(GEMM_CPU, "gemm/cpu")                                           \
  X(GEMM_MMA, "gemm/mma")                                           \
  X(GEMM_PACK_PANELS, "gemm/pack_panels")                           \
  X(GEMM_REFERENCE, "gemm/reference")                               \
  X(GEMM_SKINNY, "gemm/skinny")                                     \
  X(GEMM_SKINNY_NORMALISED, "gemm/skinny_normalised")               \
  X(GEMM_SPLIT_BF16, "gemm/split_bf16")                             \
  X(GEMM_TILED, "gemm/tiled")                                       \
  X(GEMM_UNITS, "gemm/units")                                       \
  X(GEMM_WGMMA, "gemm/wgmma")                                       \
  X(ROW_BIAS_ACTIVATION, "row/bias_activation")                     \
  X(ROW_BIAS_ACTIVATION_REFERENCE, "row/bias_activation_reference") \
  X(ROW_NORMALISE_GROUP, "row/normalise_group")                     \
  X(ROW_NORMALISE_ITEM, "row/normalise_item")                       \
  X(ROW_NORMALISE_REFERENCE, "row/normalise_reference")             \
  X(ROW_NORMALISE_REGISTERS, "row/normalise_registers")             \
  X(ROW_RESIDUAL_ADD, "row/residual_add")                           \
  X(ROW_RESIDUAL_ADD_REFERENCE, "row/residual_add_reference")

/* Every option: -D<name>=<value>. The kernels that read one say what it means.
 */
#define CI_OPTION_MAP(X) \
  X(A_ALIGNED)           \
  X(A_BIAS_TYPE)         \
  X(A_RESIDUAL_TYPE)     \
  X(A_TYPE)              \
  X(A_WIDE)              \
  X(ACTIVATION)          \
  X(AHEAD)               \
  X(ALIGNED)             \
  X(ATTENTION_BIAS_TYPE) \
  X(ATTENTION_IS_SHARED) \
  X(ATTENTION_TYPE)      \
  X(BETA_TYPE)           \
  X(BIAS_TYPE)           \
  X(C_ALIGNED)           \
  X(C_BY_TMA)            \
  X(C_TYPE)              \
  X(COPY)                \
  X(DEPTH)               \
  X(FINAL_BIAS_TYPE)     \
  X(GAMMA_TYPE)          \
  X(GATED)               \
  X(GROUP)               \
  X(HIDDEN_TYPE)         \
  X(ITEM_M)              \
  X(ITEM_N)              \
  X(K_TYPE)              \
  X(KEEP_LOCAL)          \
  X(LANES)               \
  X(MASK_TYPE)           \
  X(NVIDIA)              \
  X(PART_M)              \
  X(PART_N)              \
  X(PLANES)              \
  X(PRODUCTS)            \
  X(Q_TYPE)              \
  X(QUERIES)             \
  X(READS_LENGTHS)       \
  X(READS_POSITIONS)     \
  X(RESIDUAL_TYPE)       \
  X(ROOM)                \
  X(ROWS)                \
  X(SOFT_CAP)            \
  X(SPLIT)               \
  X(STAGES)              \
  X(STORES_Y)            \
  X(SUB_GROUP)           \
  X(SUBTRACT_MEAN)       \
  X(SUM_TYPE)            \
  X(TAKE_TURNS)          \
  X(TEAM)                \
  X(TILE_M)              \
  X(TILE_N)              \
  X(UNITS)               \
  X(V_TYPE)              \
  X(VECTORS)             \
  X(W_ALIGNED)           \
  X(W_ONCE)              \
  X(W_OUT_IN)            \
  X(W_PACKED)            \
  X(W_TYPE)              \
  X(W_WIDE)              \
  X(WARP_M)              \
  X(WARP_N)              \
  X(WIDTH)               \
  X(X_TYPE)              \
  X(Y_TYPE)

/* Every word that can be an option's value: a storage type or an activation, or
 * none of either; or a kind of matrix units. */
#define CI_UNITS_MAP(X) \
  X(CI_MFMA, mfma)      \
  X(CI_WMMA, wmma)      \
  X(CI_DPAS8, dpas8)    \
  X(CI_DPAS16, dpas16)
#define CI_WORD_MAP(X, TYPE) \
  X(CLINFER_NONE, none)      \
  CLINFER_DTYPE_MAP(TYPE)    \
  CI_ACTIVATION_MAP(X)       \
  CI_UNITS_MAP(X)

#define CI_KERNEL_ENUM(name, path) CI_KERNEL_##name,
enum ci_kernel_name { CI_KERNEL_MAP(CI_KERNEL_ENUM) CI_KERNELS };
#undef CI_KERNEL_ENUM

#define CI_OPTION_ENUM(name) CI_OPTION_##name,
enum ci_option_name { CI_OPTION_MAP(CI_OPTION_ENUM) CI_OPTIONS };
#undef CI_OPTION_ENUM

#define CI_WORD_ENUM(id, word) CI_WORD_##word,
#define CI_TYPE_ENUM(id, value, word, bytes) CI_WORD_##word,
enum ci_word { CI_WORD_MAP(CI_WORD_ENUM, CI_TYPE_ENUM) CI_WORDS };
#undef CI_WORD_ENUM
#undef CI_TYPE_ENUM

enum ci_word ci_dtype_word(clinfer_dtype dtype);
enum ci_word ci_activation_word(clinfer_activation activation);
enum ci_word ci_units_word(enum ci_units units);
const char *ci_word_text(enum ci_word word);

struct ci_option {
  uint16_t name;    /* an enum ci_option_name */
  uint16_t is_word; /* the value is an enum ci_word */
  uint32_t value;
};

/* What a kernel is built from: ids of the same bytes are the same kernel. One
 * option more than the most is kept, to tell that there were too many. */
enum { CI_MOST_OPTIONS = 31, CI_LONGEST_OPTIONS = 2048 };
struct ci_kernel_id {
  uint16_t kernel; /* an enum ci_kernel_name */
  uint16_t option_count;
  struct ci_option options[CI_MOST_OPTIONS + 1];
};

const char *ci_kernel_path(enum ci_kernel_name kernel);

void ci_id_begin(struct ci_kernel_id *id, enum ci_kernel_name kernel);
void ci_id_number(struct ci_kernel_id *id, enum ci_option_name name,
                  size_t number);
void ci_id_word(struct ci_kernel_id *id, enum ci_option_name name,
                enum ci_word word);

bool ci_id_equal(const struct ci_kernel_id *a, const struct ci_kernel_id *b);
uint64_t ci_id_hash(const struct ci_kernel_id *id);

/* The options as the compiler takes them. CLINFER_UNSUPPORTED if there are too
 * many. */
clinfer_status ci_options_text(const struct ci_kernel_id *id,
                               char text[CI_LONGEST_OPTIONS]);

#endif
