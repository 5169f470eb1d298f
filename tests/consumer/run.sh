#!/bin/sh
# run.sh BUILD LIBDIR [STATIC] - installs BUILD to a prefix, moves that prefix,
# then builds and runs the programs beside this file and the first C example of
# README.md against it: once by find_package, once by pkg-config, where clinfer.h
# and OpenCL's headers come in either order. LIBDIR is the libraries' folder in
# the prefix, STATIC is --static for a static library.
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
cp "$here/CMakeLists.txt" "$here"/*.c "$here"/*.cpp "$work/source"
awk '/^```/ { if (inside) exit; inside = $0 == "```c"; next } inside' \
  "$here/../../README.md" >"$work/source/readme.c"
[ -s "$work/source/readme.c" ] || {
  echo "README.md has no block of C" >&2
  exit 1
}

run_programs() {
  for program in consumer readme cplusplus host; do
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
flags=$(pkg-config --cflags --libs $static clinfer)

# compile_c NAME SOURCE OPTION..., compile_cxx NAME SOURCE OPTION...
compile_c() {
  name=$1 source=$2
  shift 2
  # shellcheck disable=SC2086
  ${CC:-cc} -std=c11 $strict ${CFLAGS:-} "$work/source/$source" "$@" \
    -o "$work/by-pkg-config/$name" $flags ${LDFLAGS:-}
}
compile_cxx() {
  name=$1 source=$2
  shift 2
  # shellcheck disable=SC2086
  ${CXX:-c++} -std=c++11 $strict ${CXXFLAGS:-} "$work/source/$source" "$@" \
    -o "$work/by-pkg-config/$name" $flags ${LDFLAGS:-}
}

compile_c consumer consumer.c
compile_c readme readme.c
compile_cxx cplusplus cplusplus.cpp
compile_c libplugin.so consumer.c -shared -fPIC -Dmain=plugin
compile_c host host.c "$work/by-pkg-config/libplugin.so" \
  "-Wl,-rpath,$work/by-pkg-config"
run_programs by-pkg-config

# Two shared libraries, each with a static one of its own, must not meet.
if [ -n "$static" ] &&
  nm -D --defined-only "$work/by-pkg-config/libplugin.so" | grep ' clinfer_'
then
  echo "the shared library hands the static one's functions on" >&2
  exit 1
fi

# g++ takes the members that an initialiser leaves out for forgotten ones.
compile_cxx cplusplus20 cplusplus.cpp -std=c++20 -Wno-missing-field-initializers
"$work/by-pkg-config/cplusplus20"

# orders NAME COMPILE SOURCE TARGET...: with either header first, for each
# version of OpenCL, and for none.
orders() {
  name=$1 compile=$2 source=$3
  shift 3
  for order in -DOPENCL_FIRST -DCLINFER_FIRST; do
    for target in -DNO_TARGET "$@"; do
      echo "by-pkg-config: $name $order $target"
      "$compile" "$name" "$source" $order "$target"
      "$work/by-pkg-config/$name"
    done
  done
}
orders svm compile_c svm.c -DTARGET=200 -DTARGET=300
orders wrapped compile_cxx wrapped.cpp -DTARGET=120 -DTARGET=200 -DTARGET=300
