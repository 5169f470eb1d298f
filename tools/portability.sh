#!/bin/sh
# Runs the library wherever this machine can, compiles its kernels for what it
# cannot run, and writes down what came of it.
#
#   portability.sh [-i] [-p] [-w] [TARGET ...]
#
#   -i  install what is missing, from Debian and PyPI
#   -p  compile enough variants that any two options take any two values at
#       once; without it, that each option takes each value
#   -w  write docs/portability.md's tables and docs/measurements/portability.tsv
#
# Targets that run the tests: pocl rusticl intel-cpu oclgrind nvidia; those that
# are compiled for: spirv skl tgllp dg2 pvc gfx* sm_*. Without any: all. What
# cannot be done here is said, and stands in the tables as skipped. Results are
# kept by target in build/portability: the tables have all of them. The exit code
# is 1 if a test fails or a kernel does not compile.
#
# It wants a Release build in ./build, as tools/setup.sh makes it.
set -eu
cd "$(dirname "$0")/.."
parts=tools/portability
folder=build/portability
mkdir -p "$folder"
running='pocl rusticl intel-cpu oclgrind nvidia'
compiling='spirv skl tgllp dg2 pvc gfx906 gfx90a gfx942 gfx1030 gfx1100 gfx1200
  sm_75 sm_80 sm_86 sm_89 sm_90 sm_100 sm_120'

strength=values write='' install=''
while getopts ipw option; do
  case $option in
  i) install=1 ;;
  p) strength=pairs ;;
  w) write=1 ;;
  *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
# shellcheck disable=SC2086 # the targets are words
[ $# -gt 0 ] || set -- $running $compiling

say() { echo "portability.sh: $*" >&2; }
has() { command -v "$1" >/dev/null; }
is_in() { echo "$2" | grep -qw -e "$1"; }

# shellcheck source=tools/portability/tools.sh
. "$parts/tools.sh"
[ -z "$install" ] || install_tools "$@"

# The variants that a device of the target's kind is asked for.
kinds_of() {
  case $1 in
  spirv) echo 'cpu|gpu' ;;
  sm_75) echo nvidia_75 ;;
  sm_90) echo nvidia_90 ;;
  sm_*) echo nvidia_80 ;;
  gfx90a | gfx942) echo amd_mfma ;;
  gfx1100) echo amd_wmma ;;
  skl | tgllp) echo intel_8 ;;
  dg2) echo intel_dpas8 ;;
  pvc) echo intel_dpas16 ;;
  *) echo gpu ;;
  esac
}

jobs_of() {
  grep -E "^($(kinds_of "$1")) " "$folder/variants" | cut -d ' ' -f 2- |
    sort -u | sed "s/^/$1 /"
}

variants=build/tools/variants/clinfer-variants
"$variants" "$strength" >"$folder/variants"
cut -d ' ' -f 2 "$folder/variants" | sort -u | while read -r kernel; do
  mkdir -p "$folder/src/${kernel%/*}"
  "$variants" source "$kernel" >"$folder/src/$kernel.cl"
done

results=$folder/results
mkdir -p "$results"
: >"$folder/jobs"
for target; do
  if reason=$(missing "$target"); then
    say "SKIPPED: $target: $reason"
    printf 'run\t%s\tskipped: %s\n' "$target" "$reason" >"$results/$target.tsv"
  elif is_in "$target" "$running"; then
    say "running the tests on $target"
    "$parts/run.sh" "$folder" "$target" >"$results/$target.tsv"
  else
    prepare "$target"
    jobs_of "$target" >>"$folder/jobs"
  fi
done
say "compiling $(wc -l <"$folder/jobs") variants"
xargs -r -P "$(nproc)" -L 1 "$parts/compile.sh" "$folder" <"$folder/jobs" |
  sort >"$folder/cells.tsv"
[ "$(wc -l <"$folder/cells.tsv")" -eq "$(wc -l <"$folder/jobs")" ] || {
  say "some variants have no result"
  exit 1
}
awk -F '\t' -v folder="$results" '{ print >(folder "/" $2 ".tsv") }' \
  "$folder/cells.tsv"

awk -F '\t' -f "$parts/summary.awk" "$results"/*.tsv >"$folder/summary.tsv"
awk -F '\t' -f "$parts/tables.awk" "$folder/summary.tsv" >"$folder/tables.md"
cat "$folder/tables.md"
if [ -n "$write" ]; then
  cp "$folder/summary.tsv" docs/measurements/portability.tsv
  sed -i -e '/^<!-- portability.sh -->$/,/^<!-- end -->$/ {
    /^<!-- portability.sh -->$/ r '"$folder/tables.md"'
    /^<!--/ ! d
  }' docs/portability.md
fi
awk -F '\t' '$1 == "cell" && $4 != "ok" { bad = 1 }
             $1 == "run" && $5 ~ /^fail/ { bad = 1 }
             END { exit bad }' "$folder/summary.tsv"
