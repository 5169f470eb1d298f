#!/bin/sh
# Compiles the kernels in the variants listed below. The portable ones are
# compiled as OpenCL C 1.2 without any extension: what passes needs nothing that
# a device may lack. Those for NVIDIA's GPUs are compiled for these, since their
# inline PTX names registers. Nothing runs, and no OpenCL device is needed.
set -eu
cd "$(dirname "$0")/.."

activation=ACTIVATION=none,relu,gelu_erf,gelu_tanh,gelu_sigmoid,silu
activation=$activation,leaky_relu,sigmoid
sum='X BIAS RESIDUAL GAMMA BETA Y SUM'
has_in_sum='HAS_BIAS HAS_RESIDUAL HAS_BETA HAS_SUM'
add='HIDDEN RESIDUAL ATTENTION ATTENTION_BIAS FINAL_BIAS Y'
has_in_add='HAS_ATTENTION HAS_ATTENTION_BIAS HAS_FINAL_BIAS'
norm_a='A A_BIAS RESIDUAL GAMMA BETA Y W BIAS C'
has_in_norm_a='HAS_A_BIAS HAS_RESIDUAL HAS_BETA HAS_Y HAS_BIAS'
tile='TILE_M=64 TILE_N=64 DEPTH=16'
skinny='W_OUT_IN=0,1 ROWS=1,4,8 WIDTH=8,64 A_WIDE=1 W_WIDE=1'
halves='-DA_TYPE=f16 -DW_TYPE=f16'

# Each kernel with its storage types, its flags, its other macros with the
# values to try, and what it is always given.
portable_variants() {
  variants bias_activation 'X BIAS Y' HAS_BIAS "LANES=1,4,8,16 $activation"
  variants bias_activation_reference 'X BIAS Y' HAS_BIAS "$activation"
  variants normalise_group "$sum" "$has_in_sum" 'SUBTRACT_MEAN=0,1 GROUP=1,256'
  variants normalise_item "$sum" "$has_in_sum" 'SUBTRACT_MEAN=0,1 LANES=4,8,16'
  variants normalise_reference "$sum" "$has_in_sum" 'SUBTRACT_MEAN=0,1'
  variants normalise_registers "$sum" "$has_in_sum" \
    'SUBTRACT_MEAN=0,1 LANES=1,4,8 ALIGNED=0,1 VECTORS=3 TEAM=32,256'
  variants residual_add "$add" "$has_in_add" \
    'ATTENTION_IS_SHARED=0,1 LANES=1,4,8,16'
  variants residual_add_reference "$add" "$has_in_add" 'ATTENTION_IS_SHARED=0,1'
  variants gemm_cpu 'A BIAS C' HAS_BIAS \
    "W_PACKED=0,1 ROWS=1,4,8 LANES=4,8,16 $activation"
  variants gemm_reference 'A W BIAS C' HAS_BIAS "W_OUT_IN=0,1 $activation"
  variants gemm_skinny 'A W BIAS C' HAS_BIAS "$skinny $activation"
  variants gemm_skinny_normalised "$norm_a" "$has_in_norm_a" \
    "SUBTRACT_MEAN=0,1 ROOM=512,4096 $skinny"
  variants gemm_tiled 'A W BIAS C' HAS_BIAS \
    "W_OUT_IN=0,1 A_ALIGNED=1 W_ALIGNED=1 C_ALIGNED=1 $tile $activation"
  variants pack_panels W '' 'W_OUT_IN=0,1 WIDTH=8,16,32'
  variants split_bf16 '' '' 'PLANES=2,3'
}

nvidia_variants() {
  for lanes in 4 8; do
    vectors="-DNVIDIA=1 -DALIGNED=1 -DLANES=$lanes"
    variants bias_activation 'X BIAS Y' HAS_BIAS '' "$vectors"
    variants normalise_registers "$sum" "$has_in_sum" \
      'SUBTRACT_MEAN=0 VECTORS=3 TEAM=32,256' "$vectors"
    variants residual_add "$add" "$has_in_add" ATTENTION_IS_SHARED=1 "$vectors"
  done
  variants gemm_skinny 'A W BIAS C' HAS_BIAS "$skinny W_WIDE=2" -DNVIDIA=1
  variants gemm_skinny_normalised "$norm_a" "$has_in_norm_a" "$skinny" \
    -DNVIDIA=1
  variants gemm_mma 'A W BIAS C' HAS_BIAS \
    "W_OUT_IN=0,1 COPY=2,4,8 SPLIT=1 C_ALIGNED=1 DEPTH=8 $activation"
  variants gemm_mma 'A W BIAS C' '' 'WARP_N=32 W_OUT_IN=1' -DPRODUCTS=3
  for size in '64 256' '64 128' '64 64' '128 192' '128 128' '128 64'; do
    variants gemm_wgmma 'BIAS C' HAS_BIAS '' \
      "$halves -DTILE_M=${size% *} -DTILE_N=${size#* }"
  done
  variants gemm_wgmma 'BIAS C' HAS_BIAS \
    "W_OUT_IN=0,1 W_ONCE=1 C_BY_TMA=1 SPLIT=2,4 PRODUCTS=3,6 $activation" \
    "$halves"
  variants gemm_wgmma 'BIAS C' HAS_BIAS 'W_OUT_IN=0,1 C_BY_TMA=1' \
    "$halves -DTILE_N=128 -DTAKE_TURNS=1"
}

# Prints the kernel with its defaults; with all types f32 and all f16, each
# with all flags 0 and all 1; then, from the last of these, every value of
# every other macro.
variants() {
  kernel="cl/$1.cl${5:+ $5}"
  echo "$kernel"
  for storage in f32 f16; do
    for flag in 0 1; do
      base=$kernel
      for type in $2; do base="$base -D${type}_TYPE=$storage"; done
      for name in $3; do base="$base -D$name=$flag"; done
      echo "$base"
    done
  done
  for macro in $4; do
    for value in $(echo "${macro#*=}" | tr , ' '); do
      echo "$base -D${macro%%=*}=$value"
    done
  done
}

lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT
trap 'exit 1' HUP INT TERM
portable_variants | sort -u >"$lists/portable"
nvidia_variants | sort -u >"$lists/nvidia"

grep -l __kernel cl/*.cl | while read -r file; do
  grep -qE "^$file( |\$)" "$lists/portable" "$lists/nvidia" || {
    echo "lint-kernels.sh: no variants of $file are listed" >&2
    exit 1
  }
done

# compile LIST TARGET [OPTION]. By design a variant leaves unused what only
# others use.
compile() {
  list=$lists/$1
  shift
  # shellcheck disable=SC2016 # $* is of the inner shell
  TARGET="$*" xargs -P "$(nproc)" -L 1 sh -c '
    ${CLANG:-clang-15} -x cl -cl-std=CL1.2 -target $TARGET \
      -Xclang -finclude-default-header -Xclang -cl-ext=-all \
      -Wall -Wextra -Wshadow -Werror -Wno-unused -Wno-unused-parameter \
      -Wno-unused-but-set-parameter -I cl -fsyntax-only "$@" || {
      echo "in the variant $*" >&2
      exit 1
    }
  ' lint <"$list"
}

compile portable spir64-unknown-unknown
echo "lint-kernels.sh: $(wc -l <"$lists/portable") variants are portable"
compile nvidia nvptx64-nvidia-nvcl -Dasm=__asm__
echo "lint-kernels.sh: $(wc -l <"$lists/nvidia") variants are for NVIDIA"
