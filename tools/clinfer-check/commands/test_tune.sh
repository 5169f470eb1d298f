#!/bin/sh
# The command `tune`, and that --resume keeps what is known and adds the rest:
# test_tune.sh CLINFER-CHECK. Each contender compiles kernels of its own, so both
# layouts of a weight are for the wide run (CLINFER_TESTS=wide).
set -eu
check=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME="$work/cache"
table=$work/gemm.tuning
cases='k=32,n=32,wt=out_in' count=1
[ "${CLINFER_TESTS-}" != wide ] || cases='k=32,n=32' count=2

fail() {
  cat "$work/out" "$table" 2>/dev/null || true
  echo "test_tune.sh: $*" >&2
  exit 1
}

# tune CASES OPTION...: so many cases are tuned, and the table has a row of each.
tune() {
  want=$1
  shift
  "$check" tune --hidden 32 --tokens 3 --match "$cases" --output "$table" "$@" \
    >"$work/out" 2>&1 || fail "tune $*: exit status $?"
  grep -q "^$want cases, " "$work/out" || fail "tune $*: not $want cases"
}
rows() { grep '^gemm ' "$table"; }

tune "$count" --dtype f16
rows >"$work/halves"
[ "$(wc -l <"$work/halves")" -eq "$count" ] || fail "not $count rows of f16"

tune "$count" --dtype f32 --resume
[ "$(rows | wc -l)" -eq $((2 * count)) ] || fail "not $((2 * count)) rows"
rows | grep -vxF -f "$work/halves" >"$work/floats" || fail 'no row of f32'
[ "$(wc -l <"$work/floats")" -eq "$count" ] || fail 'a row of f16 has changed'
