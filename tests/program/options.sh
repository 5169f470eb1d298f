#!/bin/sh
# Plants, in a copy of the kernels, what host and kernel may disagree on about
# an option, and sees tools/lint-kernels.sh refuse each: options.sh SOURCE_FOLDER
set -eu
lint=$1/tools/lint-kernels.sh
command -v "${CLANG:-clang-15}" >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The host's side: what clinfer-variants says of one kernel.
cat >"$work/list" <<'END'
cpu gemm/pack_panels -cl-std=CL1.2 -DW_TYPE=f16 -DW_OUT_IN=0 -DWIDTH=16
cpu gemm/pack_panels -cl-std=CL1.2 -DW_TYPE=f32 -DW_OUT_IN=1 -DWIDTH=32
END

passes() {
  "$lint" -c "$work/cl" -k gemm/pack_panels -l "$work/planted" \
    >"$work/said" 2>&1
}

# plant NAME FILE SED WORDS: FILE is of the folder.
plant() {
  rm -rf "$work/cl"
  cp -r "$source/cl" "$work/cl"
  cp "$work/list" "$work/planted"
  passes || fail "$1: refused before it is planted"
  cp "$work/$2" "$work/before"
  sed -i "$3" "$work/$2"
  ! cmp -s "$work/$2" "$work/before" || fail "$1: nothing was planted"
  ! passes || fail "$1: not refused"
  grep -q "$4" "$work/said" || fail "$1: refused, but not for '$4'"
  echo "refused: $1"
}
fail() {
  echo "options.sh: $1" >&2
  cat "$work/said" >&2
  exit 1
}
source=$1

plant "a misspelt option in an #if" cl/gemm/weight.cl \
  's/^#if W_OUT_IN/#if W_OUTIN/' '"W_OUTIN" is not defined'
plant "a misspelt option in the code" cl/gemm/pack_panels.cl \
  's/j < WIDTH/j < WDITH/' "undeclared identifier 'WDITH'"
plant "an option that is not read any more" cl/gemm/weight.cl \
  's/^#if W_OUT_IN/#if 1/' 'W_OUT_IN is not read'
plant "an option whose lack nobody notices" cl/gemm/weight.cl \
  's/defined W_TYPE && //' 'nothing says that W_TYPE is missing'
plant "an option that the host does not pass" planted \
  's/ -DWIDTH=[0-9]*//' 'a macro is missing'
plant "an option that the host misspells" planted \
  's/-DWIDTH=/-DWDITH=/' 'a macro is missing'
plant "an option that only the host knows" planted \
  's/16$/16 -DAHEAD=0/; s/32$/32 -DAHEAD=1/' 'nothing says that AHEAD is missing'
plant "an option that never changes" planted \
  's/-DWIDTH=16/-DWIDTH=32/' 'WIDTH is always 32'
