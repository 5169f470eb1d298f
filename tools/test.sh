#!/bin/sh
# From a clean clone to tested: installs what is missing, builds, and runs all
# tests, on PoCL or on the device that CLINFER_DEVICE names. Arguments go to
# ctest, for example -L unit.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

"$root/tools/setup.sh"

# Caches of its own: what an earlier build left behind must not decide. (Who
# sets POCL_CACHE_DIR shares what PoCL has compiled between several runs.)
caches=$(mktemp -d)
trap 'rm -rf "$caches"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$caches/pocl"
export POCL_CACHE_DIR="${POCL_CACHE_DIR:-$caches/pocl}"
export CLINFER_CACHE_DIR="$caches/clinfer"
export CLINFER_DEVICE="${CLINFER_DEVICE-pocl}"
echo "test.sh: running all tests on the device \"$CLINFER_DEVICE\""
ctest --test-dir "$root/build" --output-on-failure --parallel "$(nproc)" "$@"
