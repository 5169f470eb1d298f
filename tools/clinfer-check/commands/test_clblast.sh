#!/bin/sh
# The command `clblast`, and that the library takes what it writes:
# test_clblast.sh CLINFER-CHECK
set -eu
check=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CLINFER_CACHE_DIR=
table=$work/gemm.tuning

fail() {
  cat "$work/out" "$table" 2>/dev/null || true
  echo "test_clblast.sh: $*" >&2
  exit 1
}

# tuned FILE FAMILY TIME PARAMETERS [DEVICE]: what a tuner writes.
tuned() {
  printf '{"kernel_family": "%s", "precision": "32", "best_time": "%s",\n' \
    "$2" "$3" >"$work/$1"
  printf '"best_parameters": "%s", "device": "%s"}\n' "$4" \
    "${5:-$device}" >>"$work/$1"
}

# expect STATUS TEXT FILE...: that exit status, and that text in the output.
expect() {
  status=0
  want=$1 text=$2
  shift 2
  (cd "$work" && "$check" clblast "$@") >"$work/out" 2>&1 || status=$?
  [ "$status" -eq "$want" ] || fail "$*: exit status $status, not $want"
  grep -qF -e "$text" "$work/out" || fail "$*: no \"$text\""
}
holds() { grep -qxF -e "$1" "$table" || fail "the table has no \"$1\""; }

# tune OPTION...: two rows, with few kernels to compile.
tune() {
  "$check" tune --hidden 32 --tokens 3 --dtype f32 --match k=32,n=32 \
    --disable gemm_cpu,gemm_tiled,gemm_clblast --output "$table" "$@" \
    >"$work/out" || fail "tune $*: exit status $?"
}

tune
device=$(sed -n 's/^device //p' "$table")
rows=$(grep '^gemm ' "$table")

tuned copy.json copy 0.5 'COPY_DIMX=8 COPY_DIMY=8 COPY_VW=4 COPY_WPT=2 PRECISION=32'
tuned slow.json xgemm_2 2.5 'GEMMK=1 MWG=16'
tuned fast.json xgemm_1 1.5 'GEMMK=0 MWG=64'
expect 0 'clblast Xgemm: GEMMK=0 MWG=64' fast.json slow.json copy.json
holds 'clblast Xgemm: GEMMK=0 MWG=64'
holds 'clblast Copy: COPY_DIMX=8 COPY_DIMY=8 COPY_VW=4 COPY_WPT=2'
[ "$(grep '^gemm ' "$table")" = "$rows" ] || fail 'the rows have changed'

# A kernel's line is replaced, the other stays; so they do when tuning goes on.
tuned copy.json copy 0.5 'COPY_DIMX=16 COPY_DIMY=8 COPY_VW=4 COPY_WPT=2'
expect 0 'COPY_DIMX=16' copy.json
sed -i '/^gemm f32 out_in/d' "$table"
tune --resume
rows=$(grep '^gemm ' "$table")
[ "$(printf '%s\n' "$rows" | wc -l)" -eq 2 ] || fail 'no row was measured'
holds 'clblast Copy: COPY_DIMX=16 COPY_DIMY=8 COPY_VW=4 COPY_WPT=2'
holds 'clblast Xgemm: GEMMK=0 MWG=64'
[ "$(grep -c '^clblast ' "$table")" -eq 2 ] || fail 'a line too many'

# The library reads it: these two rows, and no word against a line.
CLINFER_VERBOSE=1 CLINFER_TUNING_DIR=$work "$check" --op layer_norm \
  --match m=3,k=7 >"$work/out" 2>&1 || fail 'the check has failed'
grep -qF 'gemm.tuning: 2 rows' "$work/out" ||
  fail 'the library does not read the table'

# What does not fit is named, and nothing is written.
cp "$table" "$work/before"
tuned other.json pad 0.5 'PAD_DIMX=8' 'another device'
tuned strange.json xaxpy 0.5 'WGS=8'
tuned spoiled.json pad 0.5 'PAD_DIMX'
echo '{"kernel_family": ' >"$work/cut.json"
expect 5 'other.json: is about another device' copy.json other.json
expect 5 'strange.json: is not about a kernel' strange.json
expect 5 'spoiled.json: has no parameters' spoiled.json
expect 5 'cut.json: is no JSON' cut.json
expect 5 'missing.json: ' missing.json
expect 2 'which file?'
expect 2 'a table is for one device' --all-devices copy.json
cmp "$table" "$work/before" || fail 'the table has changed'
sed -i 's/^driver .*/driver 0/' "$table"
expect 2 'is for another device or version' copy.json

rm "$table"
expect 0 'clblast Copy' copy.json
holds "device $device"
