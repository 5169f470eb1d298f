#!/bin/sh
# From a clean clone to tested: installs what is missing, builds, and runs all
# tests, on PoCL or on the device that CLINFER_DEVICE names. Arguments go to
# ctest, for example -L unit. With CLINFER_TESTS=wide each test does all that it
# can do, as in CI (docs/reliability.md): that takes three times as long.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

"$root/tools/setup.sh"

# A PoCL cache of its own: what an earlier build left behind must not decide.
# (Who sets POCL_CACHE_DIR shares what PoCL has compiled between several runs.)
# The library's own cache is in the build folder.
pocl_cache=$(mktemp -d)
trap 'rm -rf "$pocl_cache"' EXIT
trap 'exit 1' HUP INT TERM
export POCL_CACHE_DIR="${POCL_CACHE_DIR:-$pocl_cache}"
export CLINFER_DEVICE="${CLINFER_DEVICE-pocl}"
echo "test.sh: running all tests on the device \"$CLINFER_DEVICE\""
ctest --test-dir "$root/build" --output-on-failure --parallel "$(nproc)" "$@"
