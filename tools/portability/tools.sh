# tools.sh - what the targets need; part of portability.sh, which sets $folder.
# shellcheck shell=sh disable=SC2154

packages_of() {
  case $1 in
  pocl) echo pocl-opencl-icd ;;
  rusticl) echo mesa-opencl-icd ;;
  oclgrind) echo oclgrind ;;
  intel-cpu) echo python3-venv ;;
  spirv) echo clang-15 llvm-spirv-15 spirv-tools ;;
  gfx942 | gfx1[12]*)
    echo clang-15 clang-19 llvm-15 llvm-19 lld-19 rocm-device-libs ;;
  gfx*) echo clang-15 llvm-15 lld-15 rocm-device-libs ;;
  sm_*) echo clang-15 libclc-15 python3-venv ;;
  nvidia) ;;
  *) echo intel-opencl-icd ;;
  esac
}

# pypi PACKAGE...: into the folder, for this script alone.
pypi() {
  [ -x "$folder/pypi/bin/pip" ] || python3 -m venv "$folder/pypi"
  "$folder/pypi/bin/pip" install -q --disable-pip-version-check \
    --no-compile "$@"
}

install_tools() {
  packages=$(for target; do packages_of "$target"; done | tr ' ' '\n' | sort -u)
  as_root=''
  [ "$(id -u)" -eq 0 ] || as_root=sudo
  say "installing $(echo "$packages" | paste -s -d ' ')"
  $as_root apt-get update -qq || say "apt-get update failed"
  for package in $packages; do
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
      --no-install-recommends "$package" >/dev/null ||
      say "apt-get could not install $package"
  done
  for target; do
    case $target in
    sm_*) find_ptxas || pypi nvidia-cuda-nvcc || say "PyPI gave no ptxas" ;;
    intel-cpu) install_intel_cpu || say "PyPI gave no runtime of Intel's" ;;
    esac
  done
}

# The package brings a loader of its own, which does not know OCL_ICD_VENDORS as
# this one does, and leaves out a package that it needs.
install_intel_cpu() {
  pypi intel-opencl-rt intel-cmplr-lib-rt &&
    rm -f "$folder"/pypi/lib/libOpenCL.so*
}

find_ptxas() {
  for PTXAS in "$(command -v ptxas)" /usr/local/cuda/bin/ptxas \
    "$folder"/pypi/lib/python*/site-packages/nvidia/*/bin/ptxas; do
    [ -x "$PTXAS" ] && export PTXAS && return
  done
  return 1
}

# What a target lacks here; fails if that is nothing.
missing() {
  case $1 in
  pocl) missing_file /etc/OpenCL/vendors/pocl.icd ;;
  rusticl) missing_file /etc/OpenCL/vendors/rusticl.icd ;;
  oclgrind) missing_file /usr/lib/oclgrind/liboclgrind-rt-icd.so ;;
  intel-cpu) missing_file "$folder/pypi/lib/libintelocl.so" ;;
  nvidia) [ ! -e /dev/nvidiactl ] && echo "there is no NVIDIA GPU here" ;;
  spirv) missing_program clang-15 llvm-spirv-15 spirv-val ;;
  gfx942 | gfx1[12]*) missing_program clang-19 ld.lld-19 llvm-readelf-15 llvm-objdump-19 ||
    missing_file "$rocm" ;;
  gfx*) missing_program clang-15 ld.lld-15 llvm-readelf-15 llvm-objdump-15 ||
    missing_file "$rocm" ;;
  sm_*) missing_program clang-15 || missing_file "$libclc" ||
    { ! find_ptxas && echo "no ptxas"; } ;;
  *) missing_program ocloc ;;
  esac
}

rocm=/usr/lib/x86_64-linux-gnu/amdgcn/bitcode
libclc=/usr/lib/clc/nvptx64--nvidiacl.bc

missing_file() { [ ! -e "$1" ] && echo "no $1"; }
missing_program() {
  for program; do
    has "$program" || { echo "no $program" && return; }
  done
  return 1
}

# What compile.sh finds in the folder.
prepare() {
  case $1 in
  gfx*) prepare_amd ;;
  skl | tgllp | dg2 | pvc) # the disassembler looks for this name
    mkdir -p "$folder/intel"
    ln -sf /usr/lib/x86_64-linux-gnu/libiga64.so.1 "$folder/intel/libiga64.so" ;;
  esac
}

# Debian's device libraries know no device younger than themselves. What differs
# for one is its number.
prepare_amd() {
  [ ! -d "$folder/amd" ] || return 0
  mkdir -p "$folder/amd"
  ln -s "$rocm"/*.bc "$folder/amd"
  for isa in 1100=11000 942=9402 1200=12000; do
    file=$folder/amd/oclc_isa_version_${isa%=*}.bc
    [ ! -e "$file" ] || continue
    echo "extern const __constant int __oclc_ISA_version;
          const __constant int __oclc_ISA_version = ${isa#*=};" |
      clang-15 -x cl -Xclang -finclude-default-header \
        -target amdgcn-amd-amdhsa -nogpulib -O2 -emit-llvm -c - -o "$file"
  done
}
