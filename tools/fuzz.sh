#!/usr/bin/env bash
# Fuzz what reads files and texts of others, and the operators:
#   tools/fuzz.sh [SECONDS] [TARGET...]
# runs each target (default: all) for so long, and prints what it did. Stops at
# the first input that breaks one; it is kept in build-fuzz/crashes.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
if [ $# -eq 0 ]; then
  set -- cache gemm_table clblast_json safetensors selector case operator
fi

build() {
  cmake -S . -B build-fuzz -DCMAKE_C_COMPILER="${CLANG:-clang-15}" \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_SHARED_LIBS=OFF \
    -DCLINFER_BUILD_TESTS=OFF -DCLINFER_FUZZ=ON \
    -DCLINFER_SANITIZE=address,undefined
  cmake --build build-fuzz --parallel "$(nproc)" --target "${@/#/fuzz_}"
}
mkdir -p build-fuzz/crashes
build "$@" >build-fuzz/build.log 2>&1 || {
  tail -n 40 build-fuzz/build.log >&2
  exit 1
}

# What the operators compile is kept from one run to the next.
export CLINFER_CACHE_DIR=$PWD/build-fuzz/cache
export POCL_CACHE_DIR=${POCL_CACHE_DIR:-$PWD/build-fuzz/pocl}
export OCL_ICD_VENDORS=${OCL_ICD_VENDORS:-/etc/OpenCL/vendors/pocl.icd}
[ ! -w /dev/shm ] || export TMPDIR=${TMPDIR:-/dev/shm}
mkdir -p "$POCL_CACHE_DIR"

stat_of() { sed -n "s/^stat::$1: *//p" "$2"; }

# run TARGET: new inputs go to the first folder, the seeds are in the second.
run() {
  local found=build-fuzz/corpus/$1 log=build-fuzz/$1.log start=$SECONDS
  local executions=0 kept=0 code=0
  mkdir -p "$found"
  # PoCL leaks, and at the end of a run there are no frames to tell it by; the
  # LLVM in it takes over the signals of a crash.
  ASAN_OPTIONS=detect_leaks=1
  [ "$1" != operator ] ||
    ASAN_OPTIONS=detect_leaks=0:handle_abort=2:handle_segv=2
  export ASAN_OPTIONS
  "build-fuzz/tests/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=120 \
    -rss_limit_mb=4096 -print_final_stats=1 \
    -artifact_prefix="build-fuzz/crashes/$1-" \
    "$found" "tests/fuzz/corpus/$1" >"$log" 2>&1 || code=$?
  executions=$(stat_of number_of_executed_units "$log")
  kept=$(find "$found" -type f | wc -l)
  printf '%-20s %11s executions in %5d s, %5d inputs kept: %s\n' "$1" \
    "${executions:-?}" $((SECONDS - start)) "$kept" \
    "$([ "$code" -eq 0 ] && echo clean || echo BROKEN)"
  [ "$code" -eq 0 ] || tail -n 40 "$log" >&2
  return "$code"
}

for target; do run "$target"; done
