#!/bin/sh
# The command `cache` on a folder of its own: test_cache.sh CLINFER-CHECK
set -eu
check=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CLINFER_CACHE_DIR="$work/cache"

fail() {
  echo "test_cache.sh: $*" >&2
  exit 1
}

# expect STATUS TEXT ARGUMENT...: that exit status, and that text in the output.
expect() {
  status=0
  want=$1 text=$2
  shift 2
  "$check" cache "$@" >"$work/out" 2>&1 || status=$?
  cat "$work/out"
  [ "$status" -eq "$want" ] || fail "cache $*: exit status $status, not $want"
  grep -qF -e "$text" "$work/out" || fail "cache $*: no \"$text\""
}

expect 0 'the folder is not there yet'
CLINFER_CACHE_DIR='' expect 0 'no kernels are kept' --verify

"$check" --reference --op layer_norm --dtype f32 --match m=3, >/dev/null
file=$(find "$work/cache" -name '*.bin' | head -n 1)
name=$(basename "$file")
expect 0 'damaged   0' --verify
expect 0 ' of clinfer ' --stat

cp "$file" "$work/cache/0123456789abcdef.bin" # whole, but of another name
cp "$file" "$file.XyZ123"
echo x >>"$file"
: >"$work/cache/gemm.tuning"
: >"$work/cache/mine.bin"
expect 0 'damaged   2'
expect 0 'leftover  1'
expect 1 "damaged   $name" --verify
expect 1 'damaged   0123456789abcdef.bin' --verify
expect 0 'removed   3 files' --clear
expect 0 'kernels   0 files' --verify
[ -e "$work/cache/gemm.tuning" ] || fail 'the table is gone'
[ -e "$work/cache/mine.bin" ] || fail "a file that isn't clinfer's is gone"

chmod 777 "$work/cache"
: >"$work/cache/$name"
expect 5 'others may write in it' --clear
[ -e "$work/cache/$name" ] || fail 'a file of a shared folder is gone'
