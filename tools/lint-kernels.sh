#!/bin/sh
# Compiles the kernels in the variants that the library can ask for, in any two
# options any two values at once: clinfer-variants lists them. Those for CPUs
# and GPUs in general are compiled as OpenCL C 1.2 without any extension: what
# passes needs nothing that a device may lack. Those for NVIDIA's GPUs and for
# matrix units are compiled for these, since they name registers or functions of
# theirs; those for Intel's ask for the size of a sub-group. And it compares the
# options that the library passes with those that the kernels read. Nothing
# runs, and no OpenCL device is needed.
#
#   lint-kernels.sh [-c FOLDER] [-k KERNEL] [-l LIST] [BUILD_FOLDER]
#
#   -c  the folder of the kernels, instead of cl
#   -k  check this kernel alone, such as gemm/tiled
#   -l  a list that clinfer-variants has printed, instead of a new one
set -eu
cd "$(dirname "$0")/.."
folder=cl kernel='' printed=''
while getopts c:k:l: option; do
  case $option in
  c) folder=$OPTARG ;;
  k) kernel=$OPTARG ;;
  l) printed=$OPTARG ;;
  *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
variants=${1:-build}/tools/variants/clinfer-variants

refuse() {
  echo "lint-kernels.sh: $*" >&2
  exit 1
}

# PoCL 3.1 crashes on vload_halfn and vstore_halfn of memory that is not aligned
# to the vector: they may only convert a private copy, as cl/lib/vector.cl does.
# vloada_halfn and vstorea_halfn ask for that alignment, so the macro that names
# them has ALIGNED in its name or stands behind #elif ALIGNED.
halves=$(grep -nE 'v(load|store)a?_half *([0-9]|, *[A-Z0-9a-z])' "$folder"/*/*.cl |
  grep -vE '\((const )?half \*\)&|ALIGNED_|/lib/vector.cl:[0-9]*:.*v(load|store)a_half' || true)
[ -z "$halves" ] ||
  refuse "halves are converted in memory of any alignment:
$halves"

lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT
trap 'exit 1' HUP INT TERM
if [ -n "$printed" ]; then cat "$printed"; else "$variants" pairs; fi |
  { if [ -n "$kernel" ]; then grep " $kernel "; else cat; fi; } >"$lists/all"

# All that has a name is used.
known() { "$variants" names | sed -n "s/^$1 //p" | sort; }
compare() {
  odd=$(comm -3 "$1" "$2" | tr -d '\t' | paste -s -d ' ')
  [ -z "$odd" ] || refuse "$3: $odd"
}
cut -d ' ' -f 2- "$lists/all" | sed 's/ -cl-std=[^ ]*//' | sort -u \
  >"$lists/variants"
awk -f tools/lint/options.awk "$lists/variants" | sort >"$lists/options"
if [ -z "$kernel" ]; then
  known kernel >"$lists/kernels"
  known option >"$lists/names"
  cut -d ' ' -f 1 "$lists/options" | sort -u >"$lists/asked"
  cut -d ' ' -f 2 "$lists/options" | sort -u >"$lists/passed"
  (cd "$folder" && grep -l __kernel ./*/*.cl) |
    sed 's,^\./,,; s,\.cl$,,' | sort >"$lists/files"
  compare "$lists/kernels" "$lists/files" "kernels without a file or a name"
  compare "$lists/kernels" "$lists/asked" "kernels that are never asked for"
  compare "$lists/names" "$lists/passed" "options that are never passed"
fi

# By kernel and option.
xargs -P "$(nproc)" -L 1 tools/lint/option.sh "$lists/variants" "$folder" \
  <"$lists/options" || exit 1
echo "lint-kernels.sh: $(wc -l <"$lists/options") options are passed and read"

list() {
  grep -E "^($1) " "$lists/all" | cut -d ' ' -f 2- |
    sed "s,^,$folder/,; s, ,.cl ," | sort -u >"$lists/$2"
}
list 'cpu|gpu' portable
list 'nvidia_[0-9]*' any_nvidia
comm -13 "$lists/portable" "$lists/any_nvidia" >"$lists/nvidia"
list intel_8 any_intel
comm -13 "$lists/portable" "$lists/any_intel" >"$lists/intel"
for units in amd_mfma amd_wmma 'intel_dpas[0-9]*'; do
  list "$units" any
  grep "^$folder/gemm/units.cl " "$lists/any" >"$lists/${units%%\[*}" || true
done

# compile LIST TARGET [OPTION]. By design a variant leaves unused what only
# others use.
compile() {
  list=$lists/$1
  shift
  # shellcheck disable=SC2016 # $* is of the inner shell
  TARGET="$*" FOLDER="$folder" xargs -r -P "$(nproc)" -L 1 sh -c '
    ${CLANG:-clang-15} -x cl -cl-std=CL1.2 \
      -Xclang -finclude-default-header -Xclang -cl-ext=-all -target $TARGET \
      -Wall -Wextra -Wshadow -Wundef -Werror -Wno-unused \
      -Wno-unused-parameter -Wno-unused-but-set-parameter -I "$FOLDER" \
      -fsyntax-only "$@" || {
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
