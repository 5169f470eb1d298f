#!/bin/sh
# run.sh BUILD LIBDIR [STATIC] - installs BUILD to a prefix, moves that prefix,
# then builds and runs the programs beside this file and the first C example of
# README.md against it: once by find_package, once by pkg-config. LIBDIR is the
# libraries' folder in the prefix, STATIC is --static for a static library.
# Reads CC, CXX, CFLAGS, CXXFLAGS and LDFLAGS, as CMake does.
set -eu
build=$1 libdir=$2 static=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
export CLINFER_DEVICE="${CLINFER_DEVICE-pocl}" # as for every test
strict='-Wall -Wextra -Wpedantic -Werror'

cmake --install "$build" --prefix "$work/first" >"$work/log"
mv "$work/first" "$work/prefix"

mkdir "$work/source" "$work/by-pkg-config"
cp "$here/CMakeLists.txt" "$here/consumer.c" "$here/cplusplus.cpp" \
  "$work/source"
awk '/^```/ { if (inside) exit; inside = $0 == "```c"; next } inside' \
  "$here/../../README.md" >"$work/source/readme.c"
[ -s "$work/source/readme.c" ] || {
  echo "README.md has no block of C" >&2
  exit 1
}

run_programs() {
  for program in consumer readme cplusplus; do
    echo "$1: $program"
    "$work/$1/$program"
  done
}

cmake -S "$work/source" -B "$work/by-cmake" \
  -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log" || {
  cat "$work/log"
  exit 1
}
cmake --build "$work/by-cmake"
run_programs by-cmake

export PKG_CONFIG_PATH="$work/prefix/$libdir/pkgconfig:${PKG_CONFIG_PATH:-}"
export LD_LIBRARY_PATH="$work/prefix/$libdir:${LD_LIBRARY_PATH:-}"
# shellcheck disable=SC2086 # options are words
{
  flags=$(pkg-config --cflags --libs $static clinfer)
  for program in consumer readme; do
    ${CC:-cc} -std=c11 $strict ${CFLAGS:-} "$work/source/$program.c" \
      -o "$work/by-pkg-config/$program" $flags ${LDFLAGS:-}
  done
  ${CXX:-c++} -std=c++11 $strict ${CXXFLAGS:-} "$work/source/cplusplus.cpp" \
    -o "$work/by-pkg-config/cplusplus" $flags ${LDFLAGS:-}
}
run_programs by-pkg-config
