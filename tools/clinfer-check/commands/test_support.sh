#!/bin/sh
# The command `support` where a kernel does not build, and where all do:
# test_support.sh CLINFER-CHECK FOLDER-OF-KERNELS
set -eu
check=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CLINFER_CACHE_DIR="$work/cache"

fail() {
  cat "$work/out"
  echo "test_support.sh: $*" >&2
  exit 1
}

# expect STATUS ARGUMENT...
expect() {
  status=0
  want=$1
  shift
  "$check" support "$@" >"$work/out" 2>&1 || status=$?
  [ "$status" -eq "$want" ] || fail "exit status $status, not $want"
}

says() { grep -qE -e "$1" "$work/out" || fail "no \"$1\""; }

# lacks PATTERN
lacks() { ! grep -qE -e "$1" "$work/out" || fail "there is \"$1\""; }

expect 0 --op rms_norm
lacks 'no kernels are cached'
says '^reference +ready'
says '^rms_norm +f16/f32/f16 +yes +row/normalise'
expect 0 --op bias_activation --dtype f16 --disable elementwise
says '^elementwise +disabled'
says '^bias_activation +f16 +yes +row/bias_activation_reference'

mkdir -m 777 "$work/shared"
CLINFER_CACHE_DIR="$work/shared" expect 0 --op rms_norm --dtype f32
says "^no kernels are cached in $work/shared: others may write in it$"
CLINFER_CACHE_DIR='' expect 0 --op rms_norm --dtype f32
says '^no kernels are cached: no folder is named'

cp -r "$2" "$work/cl"
for kernel in "$work"/cl/row/normalise_*.cl; do
  echo 'no OpenCL C at all;' >>"$kernel"
done
export CLINFER_CL_DIR="$work/cl"
expect 1 --op rms_norm --dtype f32
says '^rms_norm +f32 +no +rms_norm: a kernel could not be built'
says '[Ee]rror:' # the compiler's words

"$check" support --op rms_norm --dtype f32 --json - 2>/dev/null |
  grep '"status":"FAIL"' | grep -q '"build_log":"[^"]' ||
  fail 'no build log in the JSON'
