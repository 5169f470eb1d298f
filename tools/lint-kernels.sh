#!/bin/sh
# Compiles the kernels in the variants that the library can ask for, in any two
# options any two values at once: clinfer-variants lists them. Those for CPUs
# and GPUs in general are compiled as OpenCL C 1.2 without any extension: what
# passes needs nothing that a device may lack. Those for NVIDIA's GPUs and for
# matrix units are compiled for these, since they name registers or functions of
# theirs; those for Intel's ask for the size of a sub-group. Nothing runs, and no OpenCL device is needed.
#
#   lint-kernels.sh [BUILD_FOLDER]
set -eu
cd "$(dirname "$0")/.."
variants=${1:-build}/tools/variants/clinfer-variants

# PoCL 3.1 crashes on vload_halfn and vstore_halfn of memory that is not aligned
# to the vector: they may only convert a private copy, as cl/lib/vector.cl does.
# vloada_halfn and vstorea_halfn ask for that alignment, so the macro that names
# them has ALIGNED in its name or stands behind #elif ALIGNED.
halves=$(grep -nE 'v(load|store)a?_half *([0-9]|, *[A-Z0-9a-z])' cl/*/*.cl |
  grep -vE '\((const )?half \*\)&|ALIGNED_|cl/lib/vector.cl:[0-9]*:.*v(load|store)a_half' || true)
if [ -n "$halves" ]; then
  printf '%s\n' "$halves" >&2
  echo "lint-kernels.sh: halves are converted in memory of any alignment" >&2
  exit 1
fi

lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT
trap 'exit 1' HUP INT TERM
"$variants" pairs >"$lists/all"

list() {
  grep -E "^($1) " "$lists/all" | cut -d ' ' -f 2- |
    sed 's,^,cl/,; s, ,.cl ,' | sort -u >"$lists/$2"
}
list 'cpu|gpu' portable
list 'nvidia_[0-9]*' any_nvidia
comm -13 "$lists/portable" "$lists/any_nvidia" >"$lists/nvidia"
list intel_8 any_intel
comm -13 "$lists/portable" "$lists/any_intel" >"$lists/intel"
for units in amd_mfma amd_wmma 'intel_dpas[0-9]*'; do
  list "$units" any
  grep '^cl/gemm/units.cl ' "$lists/any" >"$lists/${units%%\[*}"
done

grep -l __kernel cl/*/*.cl | while read -r file; do
  cat "$lists"/* | grep -qE "^$file( |\$)" || {
    echo "lint-kernels.sh: the library never asks for $file" >&2
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
    ${CLANG:-clang-15} -x cl -cl-std=CL1.2 \
      -Xclang -finclude-default-header -Xclang -cl-ext=-all -target $TARGET \
      -Wall -Wextra -Wshadow -Wundef -Werror -Wno-unused -Wno-unused-parameter \
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
compile intel spir64-unknown-unknown
echo "lint-kernels.sh: $(wc -l <"$lists/intel") variants are for Intel"
half='-Xclang -cl-ext=+cl_khr_fp16'
compile amd_mfma amdgcn-amd-amdhsa -nogpulib -mcpu=gfx90a "$half"
compile amd_wmma amdgcn-amd-amdhsa -nogpulib -mcpu=gfx1100 "$half"
compile intel_dpas spir64-unknown-unknown "$half"
echo "lint-kernels.sh: $(cat "$lists"/amd_* "$lists"/intel_dpas |
  wc -l) variants are for the matrix units of AMD and Intel"
