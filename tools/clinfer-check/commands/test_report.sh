#!/bin/sh
# What --report holds of a kernel that does not build, and that no path is in
# it: test_report.sh CLINFER-CHECK FOLDER-OF-KERNELS
set -eu
check=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
secret="$work/jane zyxw"
report="$work/report"

fail() {
  cat "$report"
  echo "test_report.sh: $*" >&2
  exit 1
}
says() { grep -qF -e "$1" "$report" || fail "no \"$1\""; }

# Each folder that a log or a compiler may name has the secret in its path.
mkdir -p "$secret/cache" "$secret/pocl" "$secret/home" "$secret/tuning"
cp -r "$2" "$secret/cl"
for kernel in "$secret"/cl/row/normalise_*.cl; do
  printf '#include "%s/zyxw/none.cl"\n' "$work" >>"$kernel"
done
chmod 777 "$secret/cache" # so that the log names it
echo '{}' >"$secret/tuning/clblast_x.json"
export CLINFER_CL_DIR="$secret/cl" CLINFER_CACHE_DIR="$secret/cache" \
  CLINFER_TUNING_DIR="$secret/tuning" POCL_CACHE_DIR="$secret/pocl" \
  HOME="$secret/home" TMPDIR="$secret"

status=0
cd "$secret"
"$check" --op rms_norm --dtype f32 --match m=3, --report "$report" || status=$?
[ "$status" -eq 1 ] || fail "exit status $status, not 1"

says 'extensions           '
says 'reference            ready'
says 'FAIL rms_norm:f32:m=3,'
says 'a kernel could not be built'
says '  repro: clinfer-check --device '
says 'no kernels are cached in <path>: others may write in it'
grep -q '[Ee]rror:' "$report" || fail "none of the compiler's words"
for word in jane "$work" "${secret#/}" zyxw; do
  ! grep -qF -e "$word" "$report" || fail "\"$word\" is in the report"
done
