#!/bin/sh
# Compiles one variant of a kernel for one target, and looks at what came out:
#
#   compile.sh FOLDER TARGET KERNEL [OPTION...]
#
# FOLDER holds what portability.sh has made ready: src/KERNEL.cl, the includes
# put in, and what the compilers need. Prints a line, separated by tabs: the word
# variant, the target, the kernel, ok or what is wrong, registers (Intel: the SIMD width),
# bytes of a work-item's or thread's registers that spill to memory, bytes of
# local memory, and the options.
set -eu
here=$(dirname "$0")
folder=$1 target=$2 kernel=$3
shift 3
source=$folder/src/$kernel.cl
function=$(printf %s "$kernel" | tr / _)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
tab=$(printf '\t')
options=$*

tell() {
  [ $# -eq 4 ] || fail "its figures cannot be read"
  printf '%s\n' "variant$tab$target$tab$kernel$tab$1$tab$2$tab$3$tab$4$tab$options"
  exit 0
}
fail() { tell "$1" - - -; }

# What is compiled for matrix units must use them: check_units DISASSEMBLY.
check_units() {
  case $target in
  gfx9*) units='v_mfma_f32_32x32x8_?b?f16' ;;
  gfx11*) units='v_wmma_f32_16x16x16_b?f16' ;;
  *) units='dpas\.8x8' ;;
  esac
  grep -qE "$units" "$1" || fail "no matrix instructions"
}

# The first error of a compiler, in a line.
error_of() {
  grep -iE 'error|fatal|undefined|unresolved' "$1" | head -n 1 |
    tr '\t' ' ' | cut -c 1-160
}

# What comes out is looked at, since "Build succeeded" is said of everything.
intel() {
  ocloc compile -file "$source" -device "$target" -options "$options" \
    -out_dir "$work" >"$work/log" 2>&1 || fail "$(error_of "$work/log")"
  LD_LIBRARY_PATH=$folder/intel ocloc disasm -file "$work"/*.bin \
    -dump "$work/dump" -device "$target" >"$work/log" 2>&1 ||
    fail "it cannot be disassembled"
  grep -q EOT "$work/dump/${function}_KernelHeap.asm" ||
    fail "its instructions cannot be read"
  [ "$kernel" != gemm/units ] ||
    check_units "$work/dump/${function}_KernelHeap.asm"
  figures=$(awk -v kernel="$function" -f "$here/patch_tokens.awk" \
    "$work/dump/PTM.txt") || fail "its figures cannot be read"
  case $figures in 1*) fail "a function is unresolved" ;; esac
  # shellcheck disable=SC2086 # the figures are words
  tell ok ${figures#* }
}

# Linked, since an object may have unresolved functions. Clang 15 knows gfx1100,
# but makes it spill what later ones do not.
amd() {
  version=15
  case $target in gfx942 | gfx1[12]*) version=19 ;; esac
  # shellcheck disable=SC2086 # the options are words
  "clang-$version" -x cl -O2 $options -target amdgcn-amd-amdhsa -mcpu="$target" \
    --rocm-device-lib-path="$folder/amd" "$source" -o "$work/code" \
    >"$work/log" 2>&1 || fail "$(error_of "$work/log")"
  if [ "$kernel" = gemm/units ]; then
    "llvm-objdump-$version" -d "$work/code" >"$work/asm" 2>&1 ||
      fail "it cannot be disassembled"
    check_units "$work/asm"
  fi
  figures=$(llvm-readelf-15 --notes "$work/code" | awk '
    $1 == ".group_segment_fixed_size:" { local_memory = $2 }
    $1 == ".private_segment_fixed_size:" { spilled = $2 }
    $1 == ".vgpr_count:" { registers = $2 }
    END { print registers, spilled, local_memory }')
  # shellcheck disable=SC2086 # the figures are words
  tell ok $figures
}

# Clang knows no native_exp2 for PTX; exp2 stands for it. What the library makes
# of PTX for sm_90 (src/program/retarget.h) is done here likewise. More local memory than
# 48 KB is declared for sm_90 alone: the driver takes it there, ptxas for sm_90a.
nvidia() {
  # shellcheck disable=SC2086 # the options are words
  clang-15 -x cl -O2 $options -target nvptx64-nvidia-nvcl -Dasm=__asm__ \
    -Dnative_exp2=exp2 -Xclang -mlink-builtin-bitcode \
    -Xclang /usr/lib/clc/nvptx64--nvidiacl.bc -Xclang -target-cpu \
    -Xclang "sm_$((${target#sm_} < 80 ? 75 : 80))" -Xclang -target-feature \
    -Xclang +ptx75 -S "$source" -o "$work/ptx" >"$work/log" 2>&1 ||
    fail "$(error_of "$work/log")"
  arch=$target
  if grep -q '//sm_90a ' "$work/ptx" ||
    [ "${options#*-DKEEP_LOCAL=1}" != "$options" ]; then
    arch=sm_90a
    sed -i 's,//sm_90a ,,
      s/^\.version .*/.version 8.3/; s/^\.target .*/.target sm_90a/' "$work/ptx"
  fi
  "${PTXAS:-ptxas}" -arch="$arch" -v "$work/ptx" -o "$work/cubin" \
    >"$work/log" 2>&1 || fail "$(error_of "$work/log")"
  figures=$(awk '
    /bytes stack frame/ { spilled = $1 } # arrays, too
    match($0, /Used [0-9]+/) { registers = substr($0, RSTART + 5, RLENGTH - 5) }
    match($0, /[0-9]+ bytes smem/) { local_memory = substr($0, RSTART) + 0 }
    END { print registers, spilled, local_memory + 0 }
  ' "$work/log")
  # shellcheck disable=SC2086 # the figures are words
  tell ok $figures
}

# Without optimisation: clang optimises into what the translator cannot say in
# valid SPIR-V.
spirv() {
  # shellcheck disable=SC2086 # the options are words
  clang-15 -x cl $options -target spir64-unknown-unknown -O0 \
    -Xclang -finclude-default-header -emit-llvm -c "$source" -o "$work/bc" \
    >"$work/log" 2>&1 || fail "$(error_of "$work/log")"
  llvm-spirv-15 "$work/bc" --spirv-max-version=1.0 -o "$work/spv" \
    >"$work/log" 2>&1 || fail "$(error_of "$work/log")"
  spirv-val --target-env opencl1.2 "$work/spv" >"$work/log" 2>&1 ||
    fail "$(error_of "$work/log")"
  spirv-dis "$work/spv" | grep ' Import$' | grep -qv BuiltIn &&
    fail "a function is unresolved"
  tell ok - - -
}

case $target in
spirv) spirv ;;
gfx*) amd ;;
sm_*) nvidia ;;
*) intel ;;
esac
