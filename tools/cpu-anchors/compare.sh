#!/bin/sh
# Puts clinfer's f32 GEMMs on this CPU beside OpenBLAS, oneDNN and PyTorch.
#
#   compare.sh BUILD_FOLDER [ROUNDS]
#
# Needs libopenblas-dev and libdnnl-dev; PyTorch only if PYTHON (python3) has
# it. The libraries take turns, so that what else the machine does meets them
# all; each figure is the median over the rounds. A ratio above 1: clinfer is
# faster.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bench=$1/tools/clinfer-bench/clinfer-bench
rounds=${2:-3}
gemms='1x768x768 1x3072x768 128x768x768 128x3072x768 128x768x3072'
gemms="$gemms 512x1024x1024 512x4096x1024 2048x768x3072 2048x2048x2048"

unset OPENBLAS_CORETYPE # OpenBLAS is to pick its best kernels itself
export POCL_AFFINITY=1  # or PoCL's threads may share a core
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cc -O2 -o "$work/anchors" "$here/anchors.c" -lopenblas -ldnnl

# clinfer's rows as the other libraries print theirs, from columns by name.
ours() {
  "$bench" -d "${CLINFER_DEVICE:-pocl}" -t f32 --csv "$work/csv" "$@" >&2
  awk -F, -v gemm="$1" '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    gemm == "--gemm" {
      print "clinfer", "gemm", $at["tokens"] "x" $at["features"] "x" \
        $at["hidden"], $at["warm_us"]; next }
    { print "clinfer", $at["operator"], $at["tokens"] "x" $at["hidden"],
        $at["warm_us"] }' "$work/csv"
}

uptime >&2
for round in $(seq "$rounds"); do
  # shellcheck disable=SC2086 # the shapes are words
  {
    "$work/anchors" openblas $gemms
    ours --gemm "$(echo $gemms | tr ' ' ,)"
    "$work/anchors" onednn $gemms
    ours --op qkv_gemm,mlp_gemm --tokens 128,512 --hidden 768,1024
    "${PYTHON:-python3}" "$here/torch_anchors.py" \
      128x768 512x768 128x1024 512x1024 || echo 'no PyTorch' >&2
  } >>"$work/times"
  echo "round $round of $rounds" >&2
done
uptime >&2

sort -k1,3 -k4,4n "$work/times" | awk '
  { key = $1 " " $2 " " $3; time[key, ++count[key]] = $4; row[$2 " " $3] }
  function median(key) { return time[key, int((count[key] + 1) / 2)] }
  END {
    for (r in row) {
      line = sprintf("%-26s clinfer %10.1f us", r, median("clinfer " r))
      for (i = split("openblas onednn torch", names, " "); i > 0; i--) {
        key = names[i] " " r
        if (!(key in count)) continue
        ratio = median(key) / median("clinfer " r)
        line = line sprintf("  %s %.2f", names[i], ratio)
        logs[names[i]] += log(ratio); rows[names[i]]++
      }
      print line
    }
    for (n in rows)
      printf "geometric mean: %s %.2f\n", n, exp(logs[n] / rows[n])
  }' | sort
