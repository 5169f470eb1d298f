#!/bin/sh
# Draws what clinfer-bench has measured, with gnuplot, as SVG:
#
#   plot.sh FOLDER BENCH.csv [ANCHORS.csv [PROVIDER.csv...]]
#
# FOLDER/times-HIDDEN.svg: time against tokens for each operator, beside copies
# of as many bytes and, of ANCHORS.csv, PyTorch and DeepSpeed. FOLDER/gemm.svg:
# the rate of `linear` for each PROVIDER.csv, which is of a run whose --disable
# left that provider alone, and whose name ends in -PROVIDER.csv.
# All runs are of one type, as the anchors are: clinfer-bench --dtype f16.
set -eu
here=$(dirname "$0")
if [ $# -lt 2 ]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
folder=$1 bench=$2 anchors=${3:-}
shift 2
[ $# -eq 0 ] || shift
mkdir -p "$folder"

# column NAME FILE: the different values there, in their order
column() {
  awk -F, -v name="$1" '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next }
    !seen[$at]++ { print $at }' "$2" | tr '\n' ' '
}

hidden=$(column hidden "$bench")
for h in $hidden; do
  gnuplot -e "bench='$bench'; anchors='$anchors'; hidden=$h" \
    -e "operators='$(column operator "$bench")'" \
    "$here/times.gp" >"$folder/times-$h.svg"
done
if [ $# -gt 0 ]; then
  gnuplot -e "files='$*'; anchors='$anchors'; sizes='$hidden'" \
    "$here/gemm.gp" >"$folder/gemm.svg"
fi
